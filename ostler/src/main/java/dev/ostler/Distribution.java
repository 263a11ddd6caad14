package dev.ostler;

import java.time.Duration;

/**
 * How long something took, of many: their number, sum and percentiles. Immutable.
 *
 * <p>It is a histogram, so that one can be subtracted from another. Each time that it tells is too
 * long by an eighth at most, and never too short.
 */
public final class Distribution {
  private final long[] values; // of a Meter
  private final int from;

  Distribution(long[] values, int from) {
    this.values = values;
    this.from = from;
  }

  /** How many were timed. */
  public long count() {
    long count = 0;
    for (int i = 0; i < LogLinear.CLASSES; i++) {
      count += values[from + i];
    }
    return count;
  }

  /** How long all of them took together; exact. */
  public Duration sum() {
    return Duration.ofNanos(values[from + LogLinear.CLASSES]);
  }

  /**
   * The time within which a share of them was done; zero if there were none.
   *
   * @param share from 0 to 1: 0.5 for the median
   */
  public Duration percentile(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share is a number from 0 to 1, not " + share);
    }
    long left = Math.max(1, (long) Math.ceil(share * count()));
    for (int i = 0; i < LogLinear.CLASSES; i++) {
      left -= values[from + i];
      if (left <= 0) {
        return Duration.ofNanos(LogLinear.longest(i));
      }
    }
    return Duration.ZERO;
  }

  /** The longest; zero if there were none. */
  public Duration max() {
    return percentile(1);
  }

  /** How many surely took no longer than this: of those that took about as long, not all. */
  public long countWithin(Duration limit) {
    long most = Durations.nanos(limit, "limit");
    long count = 0;
    for (int i = 0; i < LogLinear.CLASSES && LogLinear.longest(i) <= most; i++) {
      count += values[from + i];
    }
    return count;
  }

  @Override
  public String toString() {
    return count()
        + " times, p50 "
        + percentile(0.5)
        + ", p90 "
        + percentile(0.9)
        + ", p99 "
        + percentile(0.99)
        + ", max "
        + max();
  }
}
