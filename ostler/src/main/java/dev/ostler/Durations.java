package dev.ostler;

import java.time.Duration;

/**
 * Converts durations to nanoseconds. Negative ones are refused; unbounded ones become the maximum.
 */
final class Durations {
  private Durations() {}

  static Duration checked(Duration duration, String what) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(what + " must not be negative, but is " + duration);
    }
    return duration;
  }

  /** Nanoseconds; {@link Long#MAX_VALUE}, which never passes, for 292 years and more. */
  static long nanos(Duration duration, String what) {
    checked(duration, what);
    return duration.toSeconds() >= Long.MAX_VALUE / 1_000_000_000
        ? Long.MAX_VALUE
        : duration.toNanos();
  }
}
