package dev.ostler;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * How many restarts a supervisor tolerates within a window of time.
 *
 * <p>Used by one thread; time is passed in. Counts in whole seconds, as {@code supervisor} of OTP:
 * a restart counts while it is no more than the window ago.
 */
final class RestartIntensity {
  private final int limit;
  private final long windowSeconds;
  private final ArrayDeque<Long> restarts = new ArrayDeque<>();

  RestartIntensity(int limit, long windowSeconds) {
    this.limit = limit;
    this.windowSeconds = windowSeconds;
  }

  /** Records a restart; false once there are more than the limit within the window. */
  boolean record(long nowSeconds) {
    while (!restarts.isEmpty() && restarts.peek() < nowSeconds - windowSeconds) {
      restarts.poll();
    }
    restarts.add(nowSeconds);
    return restarts.size() <= limit;
  }

  /** How many more are tolerated now. */
  int left() {
    return Math.max(0, limit - restarts.size());
  }

  Duration window() {
    return Duration.ofSeconds(windowSeconds);
  }
}
