package dev.ostler;

import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Parks a thread for a time, also while the heap is full.
 *
 * <p>A virtual thread that parks for a time unmounts first; then its carrier makes the timer. If
 * there is no memory for the timer, the JDK (25, {@code VirtualThread.afterYield}) loses the
 * thread: it never runs again, whoever unparks it. For a thread that owns a server this must not
 * be. So it makes its timer here, before it parks. Calls and {@code receive} park as the JDK does,
 * whose timers are quicker than ours: a caller that is lost there is a thread of its own.
 */
final class TimedPark {
  private TimedPark() {}

  /**
   * Parks the current thread until it is unparked, at the latest after so many nanoseconds. May
   * return for no reason, as {@link LockSupport#park} may. Never throws for want of memory.
   */
  static void park(Object blocker, long nanos) {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      parkVirtual(thread, blocker, nanos);
    } else {
      LockSupport.parkNanos(blocker, nanos);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // no memory for a timer: others may give some back
  private static void parkVirtual(Thread thread, Object blocker, long nanos) {
    try {
      Future<?> timer = Timers.after(nanos, () -> LockSupport.unpark(thread));
      LockSupport.park(blocker);
      timer.cancel(false);
    } catch (OutOfMemoryError e) {
      try {
        Thread.yield();
      } catch (OutOfMemoryError again) {
        // Then it goes on at once.
      }
    }
  }
}
