package dev.ostler;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The one clock of the runtime: runs things later, on one platform thread.
 *
 * <p>What it runs must be short and must not block: it queues a message, or looks at a thread.
 */
final class Timers {
  private static final ScheduledThreadPoolExecutor CLOCK = clock();

  private Timers() {}

  private static ScheduledThreadPoolExecutor clock() {
    var executor = new ScheduledThreadPoolExecutor(1, task -> Threads.daemon("ostler-timer", task));
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }

  static Future<?> after(long nanos, Runnable action) {
    return CLOCK.schedule(action, nanos, TimeUnit.NANOSECONDS);
  }

  static void every(long nanos, Runnable action) {
    var _ = CLOCK.scheduleWithFixedDelay(action, nanos, nanos, TimeUnit.NANOSECONDS);
  }
}
