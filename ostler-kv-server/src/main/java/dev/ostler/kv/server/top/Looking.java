package dev.ostler.kv.server.top;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Asks for what a view shows, and remembers the looks that growth is compared with. One thread. */
final class Looking {
  private final ObserverClient observer;
  private Optional<String> last = Optional.empty(); // the look before
  private Optional<String> mark = Optional.empty();
  private boolean marked;

  Looking(ObserverClient observer) {
    this.observer = observer;
  }

  /**
   * Asks for this.
   *
   * @param rows how many rows the table has
   */
  Snapshot ask(View view, int rows) throws IOException {
    Told overview = observer.ask("overview");
    if (view.process().isPresent()) {
      return new Snapshot(
          view, overview, Told.NOTHING, process(view.process().get(), view.state()));
    }
    if (view.marked() && !marked) {
      mark = last;
    }
    marked = view.marked();
    Told page = page(view, rows);
    last = page.text("look");
    return new Snapshot(view, overview, page, Optional.empty());
  }

  private Optional<Told> process(long pid, boolean state) throws IOException {
    try {
      return Optional.of(observer.ask("processes/" + pid + (state ? "?state=true" : "")));
    } catch (ObserverClient.Refused e) {
      if (e.status == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Told page(View view, int rows) throws IOException {
    Optional<String> since = marked ? mark : last;
    if (since.isPresent()) {
      try {
        return observer.ask(query(view, rows) + "&since=" + since.get());
      } catch (ObserverClient.Refused e) {
        if (e.status != 400) {
          throw e;
        }
        // The observer has begun again, or many others look: it has forgotten that look.
        mark = Optional.empty();
      }
    }
    return observer.ask(query(view, rows));
  }

  private static String query(View view, int rows) {
    String filter = URLEncoder.encode(view.filter(), StandardCharsets.UTF_8);
    return "processes?sort="
        + view.sort().field
        + "&order="
        + (view.descending() ? "desc" : "asc")
        + (view.growth() && view.sort().grows() ? "&growth=true" : "")
        + (filter.isEmpty() ? "" : "&q=" + filter)
        + "&offset="
        + view.offset()
        + "&limit="
        + Math.min(rows, 1000);
  }
}
