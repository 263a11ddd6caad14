package dev.ostler;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until a test advances it.
 *
 * <p>The process that {@linkplain #install installs} it, and all processes that it then starts, use
 * it for timers, idle timeouts, the deadlines of calls and receives, restart windows and backoffs.
 * Shutdown times of children, and the runtime's own loops, use the system's clock. Any thread may
 * advance it.
 */
public final class ManualClock {
  private final Manual clock = new Manual();

  private ManualClock() {}

  /** Gives the calling process, and all that it starts from now on, a clock of its own. */
  public static ManualClock install() {
    Proc self = (Proc) Self.pid();
    var manual = new ManualClock();
    self.clock(manual.clock);
    return manual;
  }

  /**
   * Lets time pass. All that is due runs, in order, on the calling thread, before this returns. The
   * message of a timer is then queued, but not handled; call its receiver to wait for that.
   *
   * @param time not negative
   */
  public void advance(Duration time) {
    clock.advance(Durations.nanos(time, "time"));
  }

  /** How much time has passed since it was installed. */
  public Duration elapsed() {
    return Duration.ofNanos(clock.nanos());
  }

  /** The number of timers, timeouts and deadlines that are set. */
  public int pending() {
    return clock.pending();
  }

  /** Something to be done at a time; those of one time in the order they were asked for. */
  private static final class Due extends FutureTask<Void> {
    private final Manual clock;
    private final long at;
    private final long order;

    Due(Manual clock, long at, long order, Runnable action) {
      super(action, null);
      this.clock = clock;
      this.at = at;
      this.order = order;
    }

    @Override
    protected void done() {
      if (isCancelled()) {
        clock.forget(this);
      }
    }
  }

  private static final class Manual implements Clock {
    // Under the lock of this.
    private final PriorityQueue<Due> waiting =
        new PriorityQueue<>(
            Comparator.<Due>comparingLong(due -> due.at).thenComparingLong(due -> due.order));
    private long now;
    private long asked;

    /**
     * The time each thread has seen last. What it then waits for counts from there, though others
     * may have let time pass before it waits.
     */
    private final ThreadLocal<Long> seen = ThreadLocal.withInitial(() -> 0L);

    @Override
    public synchronized long nanos() {
      seen.set(now);
      return now;
    }

    @Override
    public synchronized Future<?> after(long nanos, Runnable action) {
      return at(sum(now, nanos), action);
    }

    private synchronized Due at(long time, Runnable action) {
      var due = new Due(this, time, asked++, action);
      waiting.add(due);
      return due;
    }

    private static long sum(long time, long nanos) {
      return time + Math.min(nanos, Long.MAX_VALUE - time);
    }

    @Override
    public void park(Object blocker, long nanos) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(blocker);
        return;
      }
      Thread self = Thread.currentThread();
      Due wake = wakeAt(sum(seen.get(), nanos), self);
      if (wake != null) {
        LockSupport.park(blocker);
        wake.cancel(false);
      }
    }

    /** Wakes the thread then; null if it is then, or later. */
    private synchronized @Nullable Due wakeAt(long time, Thread thread) {
      return time <= now ? null : at(time, () -> LockSupport.unpark(thread));
    }

    void advance(long nanos) {
      long until;
      synchronized (this) {
        until = sum(now, nanos);
      }
      for (Due due = next(until); due != null; due = next(until)) {
        due.run();
      }
    }

    /**
     * The next that is due until then, its time being now; null if there is none, and it is then.
     */
    private synchronized @Nullable Due next(long until) {
      Due due = waiting.peek();
      if (due == null || due.at > until) {
        now = Math.max(now, until);
        return null;
      }
      waiting.poll();
      now = Math.max(now, due.at);
      return due;
    }

    /** It was cancelled: most deadlines are, and many tests never let the time pass. */
    synchronized void forget(Due due) {
      waiting.remove(due);
    }

    synchronized int pending() {
      return waiting.size();
    }
  }
}
