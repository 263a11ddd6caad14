package dev.ostler.kv.server.top;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Shows the processes of a running program. Used by one thread. */
public final class Top {
  /** Wide enough that nothing is cut. */
  private static final int ANY_WIDTH = 10_000;

  private final ObserverClient observer;
  private final View view;
  private final Duration interval;

  /**
   * Prepares to show them.
   *
   * @param sort the column by which they are sorted, one of {@link #columns}
   * @param growth whether by growth since the look before
   * @param filter what their labels contain
   * @throws IllegalArgumentException if there is no such column
   */
  public Top(
      ObserverClient observer, String sort, boolean growth, String filter, Duration interval) {
    Column column =
        Column.named(sort)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expects one of " + columns() + ", and found '" + sort + "'"));
    this.observer = observer;
    this.view = View.of(column, growth, filter);
    this.interval = interval;
  }

  /** The names of all columns. */
  public static String columns() {
    return Column.names();
  }

  /**
   * Shows them on this terminal until somebody quits.
   *
   * @throws IOException if there is no observer
   */
  public void live() throws IOException {
    new Looking(observer).ask(view, 1); // else the screen would only flash
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(false).build()) {
      new LiveScreen(terminal, observer, view, interval).run();
    }
  }

  /**
   * Prints them so many times.
   *
   * @param rows how many of them
   * @throws IOException if there is no observer, or no longer
   */
  public void print(PrintWriter out, int count, int rows) throws IOException {
    var looking = new Looking(observer);
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        pause();
        out.println();
      }
      print(out, looking.ask(view, rows));
    }
  }

  private void pause() {
    long end = System.nanoTime() + interval.toNanos();
    for (long left = interval.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
    }
  }

  private void print(PrintWriter out, Snapshot seen) {
    Summary.of(seen.overview()).forEach(line -> out.println(line.text()));
    out.println(Screen.order(seen));
    var table = new Table(seen, ANY_WIDTH);
    out.println(table.header().text());
    List<Line> lines = table.lines(-1);
    lines.forEach(line -> out.println(line.text()));
    out.flush();
  }
}
