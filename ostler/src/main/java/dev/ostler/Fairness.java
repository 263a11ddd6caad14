package dev.ostler;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Ensures that work from platform threads and timers runs in time, however busy the servers are.
 *
 * <p>A carrier first runs the virtual threads that its own virtual threads started or woke, and
 * stays with a queue until it is empty. So servers that keep each other busy can keep all carriers
 * from ever taking work from outside.
 */
final class Fairness {
  /*
   * From time to time a busy thread has the timer's thread send a probe. The probe is a virtual
   * thread; since the timer's thread is no carrier, it is queued like other work from outside. If
   * the probe is late, every busy thread that calls breathe() pauses until the probe has run. When
   * all of them have paused, the carriers have only the work from outside left.
   *
   *   0                -> time it was sent   a busy thread, if the last probe was some time ago
   *   time it was sent -> 0                  the probe has run; paused threads continue
   */
  private static final long EVERY_NANOS = 4_000_000;
  private static final long LATE_NANOS = 2_000_000;

  /** The longest pause of a thread. */
  private static final long MOST_NANOS = 50_000_000;

  private static final AtomicLong SENT = new AtomicLong();
  private static final ConcurrentLinkedQueue<Thread> ASIDE = new ConcurrentLinkedQueue<>();
  private static volatile long ranAt = System.nanoTime();

  private Fairness() {}

  /** Called from time to time by busy virtual threads. */
  static void breathe(long now) {
    try {
      if (Scheduler.isHere()) {
        Scheduler.standAside();
      } else {
        lookForProbe(now);
      }
    } catch (OutOfMemoryError e) {
      // Then this thread does not pause this time.
    }
  }

  private static void lookForProbe(long now) {
    long sent = SENT.get();
    if (sent == 0) {
      if (now - ranAt > EVERY_NANOS && SENT.compareAndSet(0, now == 0 ? 1 : now)) {
        sendProbe();
      }
    } else if (now - sent > LATE_NANOS) {
      standAside(sent);
    }
  }

  /** Called when the timers were ended: the probe that was sent may never run. */
  static void timersEnded() {
    SENT.set(0);
    letGo();
  }

  private static void sendProbe() {
    try {
      if (Timers.whileAlive(0, Fairness::startProbe) == null) {
        probed();
      }
    } catch (Throwable thrown) {
      probed();
      throw thrown;
    }
  }

  private static void startProbe() {
    try {
      Scheduler.onJdks("ostler-probe", Fairness::probe).start();
    } catch (Throwable thrown) { // there is no probe to wait for
      probed();
    }
  }

  private static void standAside(long sent) {
    ASIDE.add(Thread.currentThread());
    if (SENT.get() == sent) {
      TimedPark.park(ASIDE, MOST_NANOS);
    }
  }

  private static void probe() {
    TimedPark.park(SENT, 1); // other work from outside runs meanwhile
    probed();
  }

  private static void probed() {
    ranAt = System.nanoTime();
    SENT.set(0);
    letGo();
  }

  private static void letGo() {
    for (Thread each = ASIDE.poll(); each != null; each = ASIDE.poll()) {
      LockSupport.unpark(each);
    }
  }
}
