package dev.ostler.kv.server.top;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lines for a terminal of a size. Needs no terminal. */
final class Screen {
  private static final String TABLE_KEYS =
      "q quit  ↑↓ select  Enter details  ←→ sort  r reverse  g growth  m growth from now  / filter";
  private static final String PROCESS_KEYS = "q quit  Esc back  ↑↓ scroll  s state on or off";

  private Screen() {}

  /** How many rows of the table there are on a screen of this height. */
  static int rows(Snapshot seen, int height) {
    int others = Summary.of(seen.overview()).size() + 3; // what is sorted, the header, the keys
    return Math.max(1, height - others);
  }

  /**
   * The whole screen.
   *
   * @param trouble why there is nothing newer
   */
  static List<Line> draw(
      View view, Snapshot seen, Optional<String> trouble, int width, int height) {
    var lines = new ArrayList<Line>(Summary.of(seen.overview()));
    int rows = rows(seen, height);
    if (view.process().isPresent()) {
      process(view, seen, rows + 1, width, lines);
    } else {
      table(view, seen, rows, width, lines);
    }
    while (lines.size() < height - 1) {
      lines.add(Line.plain(""));
    }
    while (lines.size() > Math.max(0, height - 1)) {
      lines.removeLast();
    }
    lines.add(last(view, trouble));
    return lines.stream()
        .map(line -> new Line(Text.cut(line.text(), width), line.style()))
        .toList();
  }

  private static void table(View view, Snapshot seen, int rows, int width, List<Line> lines) {
    var table = new Table(seen, width);
    lines.add(new Line(order(seen), Line.Style.FAINT));
    lines.add(table.header());
    List<Line> all = table.lines(view.selected());
    lines.addAll(all.subList(0, Math.min(rows, all.size())));
  }

  /** What the table shows: which of the processes, in which order. */
  static String order(Snapshot seen) {
    View view = seen.asked();
    long total = seen.page().count("total");
    int shown = seen.page().parts("rows").size();
    String since = !view.growth() ? "" : view.marked() ? ", growth since the mark" : ", growth";
    String order = "by " + view.sort().text() + since;
    String range =
        shown == 0
            ? "none"
            : Text.number(view.offset() + 1L)
                + " to "
                + Text.number((long) view.offset() + shown)
                + " of "
                + Text.number(total);
    return range
        + " "
        + order
        + (view.filter().isEmpty() ? "" : ", with '" + Text.clean(view.filter()) + "'");
  }

  private static void process(View view, Snapshot seen, int rows, int width, List<Line> lines) {
    if (seen.process().isEmpty()) {
      lines.add(
          Line.plain(
              seen.page().isEmpty()
                  ? "the process " + Text.numbered(view.process().orElse(0L)) + " has ended"
                  : "asking…"));
      return;
    }
    List<Line> all = Details.of(seen.process().get(), width);
    int first = Math.clamp(view.scroll(), 0, Math.max(0, all.size() - rows));
    lines.add(Line.plain(""));
    lines.addAll(all.subList(first, Math.min(all.size(), first + rows)));
  }

  private static Line last(View view, Optional<String> trouble) {
    if (view.typing().isPresent()) {
      return Line.plain("filter: " + Text.clean(view.typing().get()) + "█");
    }
    return trouble
        .map(why -> new Line(Text.clean(why), Line.Style.TROUBLE))
        .orElseGet(
            () ->
                new Line(view.process().isPresent() ? PROCESS_KEYS : TABLE_KEYS, Line.Style.FAINT));
  }
}
