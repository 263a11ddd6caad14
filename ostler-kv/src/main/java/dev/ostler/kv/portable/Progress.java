package dev.ostler.kv.portable;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A progress bar on a terminal. Without a terminal it shows nothing. Used by one thread. */
public final class Progress implements AutoCloseable {
  /** A system property that {@code ./kv} sets if standard error is a terminal. */
  public static final String TERMINAL = "dev.ostler.kv.terminal";

  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int WIDTH = 30;

  private final PrintWriter out;
  private final String what;
  private final String unit;
  private final boolean shown;
  private final LongSupplier nanoTime;
  private long next;
  private int length; // of the visible line

  /**
   * Shows nothing yet.
   *
   * @param what the activity, such as {@code export}
   * @param unit what is counted, such as {@code buckets}
   */
  public Progress(PrintWriter out, String what, String unit) {
    this(out, what, unit, Boolean.getBoolean(TERMINAL), System::nanoTime);
  }

  /** With another terminal and clock, for tests. */
  public Progress(PrintWriter out, String what, String unit, boolean shown, LongSupplier nanoTime) {
    this.out = out;
    this.what = what;
    this.unit = unit;
    this.shown = shown;
    this.nanoTime = nanoTime;
    this.next = nanoTime.getAsLong();
  }

  /** Shows that so much of all is done; {@code all} is 0 if unknown. */
  public void show(long done, long all) {
    if (!shown || nanoTime.getAsLong() - next < 0) {
      return;
    }
    next = nanoTime.getAsLong() + EVERY_NANOS;
    String line =
        all == 0
            ? String.format(Locale.ROOT, "%s  %,d %s", what, done, unit)
            : String.format(
                Locale.ROOT,
                "%s  [%s] %3d %%  %,d of %,d %s",
                what,
                bar(done, all),
                percent(done, all),
                done,
                all,
                unit);
    write(line);
  }

  private static long percent(long done, long all) {
    return Math.min(100, done * 100 / all);
  }

  private static String bar(long done, long all) {
    int full = (int) (percent(done, all) * WIDTH / 100);
    return "#".repeat(full) + ".".repeat(WIDTH - full);
  }

  private void write(String line) {
    out.print("\r" + line + " ".repeat(Math.max(0, length - line.length())));
    out.flush();
    length = line.length();
  }

  /** Clears the line. */
  @Override
  public void close() {
    if (length > 0) {
      out.print("\r" + " ".repeat(length) + "\r");
      out.flush();
      length = 0;
    }
  }
}
