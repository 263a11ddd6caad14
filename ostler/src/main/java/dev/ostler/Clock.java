package dev.ostler;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * The clock of a process, for its timers, idle timeouts, call deadlines and restart windows: the
 * system's clock, or one that a test advances. The runtime's own loops use the system's clock.
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
      if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
        new PoolPark(blocker, nanos).park();
      } else {
        parkNow(blocker, nanos);
      }
    }

    private static void parkNow(Object blocker, long nanos) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(blocker);
      } else {
        LockSupport.parkNanos(blocker, nanos);
      }
    }

    /** Parks a worker of a fork-join pool, which may start another one for the time. */
    private record PoolPark(Object blocker, long nanos) implements ForkJoinPool.ManagedBlocker {
      void park() {
        try {
          ForkJoinPool.managedBlock(this);
        } catch (InterruptedException e) { // block throws none
          Thread.currentThread().interrupt();
        } catch (RejectedExecutionException e) { // the pool has as many threads as it may
          parkNow(blocker, nanos);
        }
      }

      @Override
      public boolean block() {
        parkNow(blocker, nanos);
        return true;
      }

      @Override
      public boolean isReleasable() {
        return false;
      }
    }
  }

  /** The clock of the process the current thread runs. */
  static Clock current() {
    Proc self = Runner.process();
    return self == null ? SYSTEM : self.clock();
  }
}
