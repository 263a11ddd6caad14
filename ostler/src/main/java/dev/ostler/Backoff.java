package dev.ostler;

import java.time.Duration;

/**
 * A delay before a restart that grows from one restart of a child to the next.
 *
 * @param first the delay before the first restart, positive
 * @param most the longest delay
 * @param reset once a child has lived for this long, its next restart waits for the first delay
 *     again
 */
public record Backoff(Duration first, Duration most, Duration reset) {

  /** Refuses delays that are not positive, and a most that is less than the first. */
  public Backoff {
    if (!first.isPositive() || most.compareTo(first) < 0 || reset.isNegative()) {
      throw new IllegalArgumentException(
          "a backoff needs 0 < first <= most and reset >= 0, not "
              + (first + ", " + most + ", " + reset));
    }
  }

  /** Doubles from the first up to the most; starts again after as long a life. */
  public static Backoff doubling(Duration first, Duration most) {
    return new Backoff(first, most, most);
  }

  /**
   * The delay before a restart.
   *
   * @param attempts how many restarts there were before, without a life of length between them
   */
  Duration delay(int attempts) {
    Duration delay = first;
    for (int i = 0; i < attempts && delay.compareTo(most) < 0; i++) {
      delay = delay.compareTo(most.dividedBy(2)) < 0 ? delay.multipliedBy(2) : most;
    }
    return delay;
  }
}
