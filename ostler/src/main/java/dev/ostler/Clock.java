package dev.ostler;

import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * What a process goes by for its timers, idle timeouts, call deadlines and restart windows: the
 * system's time, or one that a test advances. The runtime's own loops go by the system's.
 */
interface Clock {
  /** The system's time. */
  Clock SYSTEM = new SystemClock();

  /** A time in nanoseconds, from any origin. */
  long nanos();

  /** Does something short once so much time has passed. */
  Future<?> after(long nanos, Runnable action);

  /** Parks the current thread until it is woken, at the latest once so much time has passed. */
  void park(Object blocker, long nanos);

  /** The system's time. */
  final class SystemClock implements Clock {
    @Override
    public long nanos() {
      return System.nanoTime();
    }

    @Override
    public Future<?> after(long nanos, Runnable action) {
      return Timers.after(nanos, action);
    }

    @Override
    public void park(Object blocker, long nanos) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(blocker);
      } else {
        LockSupport.parkNanos(blocker, nanos);
      }
    }
  }

  /** The clock of the process the current thread runs. */
  static Clock current() {
    Proc self = Runner.process();
    return self == null ? SYSTEM : self.clock();
  }
}
