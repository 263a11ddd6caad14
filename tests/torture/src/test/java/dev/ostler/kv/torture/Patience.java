package dev.ostler.kv.torture;

import java.util.concurrent.TimeUnit;

/**
 * Time that is spent with waiting. A machine that was suspended meanwhile has not waited. One
 * thread.
 */
final class Patience {
  private static final long MOST_STEP_NANOS = TimeUnit.SECONDS.toNanos(2);

  private long left;
  private long last = System.nanoTime();

  Patience(long seconds) {
    left = TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Whether it is at an end; asked at least every second. */
  boolean isOver() {
    long now = System.nanoTime();
    left -= Math.min(now - last, MOST_STEP_NANOS);
    last = now;
    return left <= 0;
  }
}
