package dev.ostler;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one clock of the runtime: runs things later, on one platform thread.
 *
 * <p>What it runs must be short and must not block: it queues a message, or looks at a thread. The
 * thread starts with the first timer, and again with the first one after {@link #end}.
 */
final class Timers {
  private static volatile @Nullable ScheduledThreadPoolExecutor clock;

  private Timers() {}

  static Future<?> after(long nanos, Runnable action) {
    while (true) {
      ScheduledThreadPoolExecutor current = clock();
      try {
        return current.schedule(action, nanos, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        if (current == clock) {
          throw e;
        } // else it has just been ended: the next one takes it
      }
    }
  }

  static void every(long nanos, Runnable action) {
    var _ = clock().scheduleWithFixedDelay(action, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private static ScheduledThreadPoolExecutor clock() {
    ScheduledThreadPoolExecutor current = clock;
    return current != null ? current : start();
  }

  private static synchronized ScheduledThreadPoolExecutor start() {
    ScheduledThreadPoolExecutor current = clock;
    if (current == null) {
      current = new ScheduledThreadPoolExecutor(1, task -> Threads.daemon("ostler-timer", task));
      current.setRemoveOnCancelPolicy(true);
      clock = current;
    }
    return current;
  }

  /** Ends the thread, dropping all timers. False if it does not end within the time. */
  static boolean end(long nanos) throws InterruptedException {
    ScheduledThreadPoolExecutor ended;
    synchronized (Timers.class) {
      ended = clock;
      clock = null;
    }
    if (ended == null) {
      return true;
    }
    ended.shutdownNow();
    return ended.awaitTermination(nanos, TimeUnit.NANOSECONDS);
  }
}
