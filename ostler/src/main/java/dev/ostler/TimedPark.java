package dev.ostler;

import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Parks a thread for a time, also while the heap is full.
 *
 * <p>A virtual thread that parks for a time unmounts first; then its carrier makes the timer. If
 * there is no memory for the timer, the JDK (25, {@code VirtualThread.afterYield}) loses the
 * thread: it never runs again, even if it is unparked. This must not happen to a thread that owns a
 * server. So such a thread makes its timer here, before it parks. Calls and {@code receive} park as
 * the JDK does, because its timers are faster: a loss there stops only the caller itself.
 */
final class TimedPark {
  private TimedPark() {}

  /**
   * Parks the current thread until it is unparked, at the latest after so many nanoseconds. May
   * return for no reason, as {@link LockSupport#park} may, and does so once the runtime was shut
   * down. Never throws for lack of memory.
   */
  static void park(Object blocker, long nanos) {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      parkVirtual(thread, blocker, nanos);
    } else {
      LockSupport.parkNanos(blocker, nanos);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // without a timer: others may end, or give memory back
  private static void parkVirtual(Thread thread, Object blocker, long nanos) {
    try {
      Future<?> timer = Timers.whileAlive(nanos, () -> LockSupport.unpark(thread));
      if (timer == null) {
        Thread.yield();
        return;
      }
      LockSupport.park(blocker);
      timer.cancel(false);
    } catch (OutOfMemoryError e) {
      try {
        Thread.yield();
      } catch (OutOfMemoryError again) {
        // Then it returns at once.
      }
    }
  }
}
