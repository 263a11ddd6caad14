package dev.ostler;

import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks later, on the runtime's one timer thread. Any thread may use it.
 *
 * <p>A task must be short and must not block: it queues a message, or checks on a thread. The first
 * timer starts the thread, and so does the first one after {@link #end} that a user or a living
 * process needs.
 */
final class Timers {
  private static volatile @Nullable ScheduledThreadPoolExecutor clock;
  private static volatile @Nullable Thread thread; // the latest one, until it ends; it writes this
  private static boolean hasEnded; // and has not started since; under the lock

  private Timers() {}

  static Future<?> after(long nanos, Runnable action) {
    return Objects.requireNonNull(schedule(nanos, action, true));
  }

  /**
   * As {@link #after}, for the runtime itself. Null if the runtime was shut down and no process
   * lives: then a thread that is late, or the timer's own, must not start the timer's thread again,
   * because nothing would end it.
   */
  static @Nullable Future<?> whileAlive(long nanos, Runnable action) {
    return schedule(nanos, action, false);
  }

  private static @Nullable Future<?> schedule(long nanos, Runnable action, boolean always) {
    while (true) {
      ScheduledThreadPoolExecutor current = clock(always);
      if (current == null) {
        return null;
      }
      try {
        return current.schedule(action, nanos, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        if (current == clock) {
          throw e;
        } // otherwise it has just ended: its successor takes the task, if there is one
      }
    }
  }

  /** Whether this thread runs the timers' tasks. */
  static boolean isRunBy(Thread other) {
    return thread == other;
  }

  /** Runs the action again and again; false if it never will, see {@link #whileAlive}. */
  static boolean every(long nanos, Runnable action) {
    Runnable surviving =
        () -> {
          try {
            action.run();
          } catch (Throwable thrown) {
            // The action checks the same things again the next time.
          }
        };
    ScheduledThreadPoolExecutor current = clock(false);
    if (current == null) {
      return false;
    }
    var _ = current.scheduleWithFixedDelay(surviving, nanos, nanos, TimeUnit.NANOSECONDS);
    return true;
  }

  /** The executor; null if there is none and, unless always, none is started. */
  private static @Nullable ScheduledThreadPoolExecutor clock(boolean always) {
    ScheduledThreadPoolExecutor current = clock;
    return current != null ? current : start(always);
  }

  private static synchronized @Nullable ScheduledThreadPoolExecutor start(boolean always) {
    ScheduledThreadPoolExecutor current = clock;
    if (current == null && (always || !hasEnded || !ProcessTable.list().isEmpty())) {
      Rescuer.begin();
      current =
          new ScheduledThreadPoolExecutor(
              1, loop -> Threads.daemon("ostler-timer", () -> runToTheEnd(loop)));
      current.setRemoveOnCancelPolicy(true);
      clock = current;
      hasEnded = false;
    }
    return current;
  }

  /** Runs the executor's loop. It ends if there is no memory to wait for a timer. */
  private static void runToTheEnd(Runnable loop) {
    thread = Thread.currentThread();
    try {
      loop.run();
    } finally {
      if (isRunBy(Thread.currentThread())) { // its successor may have begun
        thread = null;
      }
      lost();
    }
  }

  /**
   * Called when the thread ends. If the runtime has ended it, this does nothing: work for the
   * Rescuer would start the Rescuer's thread again, and nothing would end that thread.
   */
  private static synchronized void lost() {
    if (clock != null) {
      Rescuer.restartTimers();
    }
  }

  /** Starts the timer thread if it has died. If this throws, there may be none. */
  static void restart() {
    ScheduledThreadPoolExecutor current = clock;
    if (current != null) {
      current.prestartCoreThread();
    }
  }

  /** Ends the thread and drops all timers. False if the thread does not end within the time. */
  static boolean end(long nanos) throws InterruptedException {
    ScheduledThreadPoolExecutor ended;
    synchronized (Timers.class) {
      ended = clock;
      clock = null;
      hasEnded = true;
    }
    if (ended == null) {
      return true;
    }
    ended.shutdownNow();
    return ended.awaitTermination(nanos, TimeUnit.NANOSECONDS);
  }
}
