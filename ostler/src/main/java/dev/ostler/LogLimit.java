package dev.ostler;

/**
 * How many events may be logged within a window of time; further ones are counted. The limit is
 * that of OTP's logger handlers: {@code burst_limit_max_count} and {@code burst_limit_window_time}.
 *
 * <p>Used by one thread; time is passed in.
 */
final class LogLimit {
  static final int MOST = 500;
  static final long WINDOW_NANOS = 1_000_000_000;

  private boolean begun;
  private long since;
  private int admitted;
  private long leftOut;

  /** Whether one more may be logged. A window begins with the first one after the last window. */
  boolean admits(long now) {
    if (!begun || now - since >= WINDOW_NANOS) {
      begun = true;
      since = now;
      admitted = 0;
    }
    if (admitted < MOST) {
      admitted++;
      return true;
    }
    leftOut++;
    return false;
  }

  /** How much of the window is left. */
  long left(long now) {
    return Math.max(0, WINDOW_NANOS - (now - since));
  }

  /** How many were left out that have not been told. */
  long leftOut() {
    return leftOut;
  }

  /** They have been told. */
  void told() {
    leftOut = 0;
  }
}
