package dev.ostler;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks later, on the one timer thread of the runtime.
 *
 * <p>A task must be short and must not block: it queues a message, or looks at a thread. The thread
 * starts with the first timer, and again with the first one after {@link #end}.
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
    Runnable surviving =
        () -> {
          try {
            action.run();
          } catch (Throwable thrown) {
            // What it looks at now it looks at again the next time.
          }
        };
    var _ = clock().scheduleWithFixedDelay(surviving, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private static ScheduledThreadPoolExecutor clock() {
    ScheduledThreadPoolExecutor current = clock;
    return current != null ? current : start();
  }

  private static synchronized ScheduledThreadPoolExecutor start() {
    ScheduledThreadPoolExecutor current = clock;
    if (current == null) {
      Rescuer.begin();
      current =
          new ScheduledThreadPoolExecutor(
              1, loop -> Threads.daemon("ostler-timer", () -> runToTheEnd(loop)));
      current.setRemoveOnCancelPolicy(true);
      clock = current;
    }
    return current;
  }

  /** Runs the executor's loop. It ends where there is no memory for the wait for a timer. */
  private static void runToTheEnd(Runnable loop) {
    try {
      loop.run();
    } finally {
      lost();
    }
  }

  /**
   * The thread ends. If the runtime has ended it, there is nothing to rescue: work that came to the
   * Rescuer now would start the Rescuer's thread again, which nobody would end.
   */
  private static synchronized void lost() {
    if (clock != null) {
      Rescuer.restartTimers();
    }
  }

  /** Makes sure that a thread waits for the timers. If it throws, there may be none. */
  static void restart() {
    ScheduledThreadPoolExecutor current = clock;
    if (current != null) {
      current.prestartCoreThread();
    }
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
