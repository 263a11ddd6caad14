package dev.ostler;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * What a thread pays for the messages that it sends: the more wait for their receiver, the longer
 * it pauses. So senders cannot keep all carriers from the processes that they send to.
 *
 * <p>Called by the sending thread, after a message is queued.
 */
final class Backpressure {
  /*
   * A thread counts its sends (Runner.sent). After CREDIT of them it gives way if it has been busy
   * for a while, as after a call (Breath), and looks at the backlog of the last receiver: the
   * messages that it has not taken yet, priority messages included. Those that a raw process has
   * looked at and saved do not count, nor those that a suspended server holds: to pause would not
   * bring their turn nearer.
   *
   *   up to FREE     nothing
   *   up to YIELDS   it lets others have their turn
   *   above          it pauses, NANOS_A_MESSAGE for each that waits, from LEAST to MOST
   *
   * Who pauses: a virtual thread, whether it runs a raw process, a server or none, unless a direct
   * server or the start of a server is nested on its stack. Such a thread owns another server, or
   * more than one. A process that sends to itself does not pause. Platform threads never pause: the
   * operating system divides the processors among them, and they may be the loop of somebody's
   * network. A bounded mailbox with Overflow.BLOCK is for them. Timers do not pause either. A virtual
   * thread outside all processes is counted only from the first process on that it has woken.
   *
   * There is no deadlock, because each pause ends by itself, after MOST. A receiver that waits for
   * the sender, by a call or in any other way, takes nothing meanwhile. So if it has taken nothing
   * during pauses that were IN_VAIN together, the thread pauses only for LEAST after each
   * IN_VAIN_CREDIT sends, until it sees the receiver take a message again. That also holds if several
   * such receivers wait. A server that pauses in a callback makes its callers wait as any callback
   * does.
   *
   * An interrupt, and so a kill, ends a pause. The end of the runtime drops the timer of a pause, and
   * wakes the threads that pause.
   */

  /** A thread looks at the backlog of a receiver once in so many sends. */
  static final int CREDIT = 64;

  private static final int IN_VAIN_CREDIT = 1024;

  /** More than a burst: for so many a receiver needs a millisecond or two. */
  static final int FREE = 16_384;

  private static final int YIELDS = 2 * FREE;
  private static final int NANOS_A_MESSAGE = 2;
  private static final long LEAST_NANOS = 100_000;
  private static final long MOST_NANOS = 5_000_000;
  private static final long IN_VAIN_NANOS = 1_000_000_000;

  private static final Set<Thread> PAUSED = ConcurrentHashMap.newKeySet();

  private Backpressure() {}

  /**
   * Lets the current thread pay for its sends, of which the last was to this receiver.
   *
   * @param inVain how long it has paused in vain, in nanoseconds: the last result, at first 0
   * @return the same, after this pause
   */
  static long pay(Runner runner, Proc receiver, long inVain) {
    if (!runner.isVirtual() || runner.depth() > 0) {
      return inVain;
    }
    runner.breathe(true);
    int backlog = receiver.backlog();
    if (backlog <= FREE || receiver == runner.runs()) {
      return inVain;
    }
    Message before = receiver.handling();
    letOthersRun();
    if (backlog <= YIELDS) {
      return inVain;
    }
    long nanos = pauseNanos(backlog, inVain);
    pause(nanos);
    runner.rested();
    return receiver.handling() == before ? inVain + nanos : 0;
  }

  /** How many sends are free after a payment. */
  static int credit(long inVain) {
    return inVain >= IN_VAIN_NANOS ? IN_VAIN_CREDIT : CREDIT;
  }

  /** How long to pause while so many messages wait. */
  static long pauseNanos(int backlog, long inVain) {
    return inVain >= IN_VAIN_NANOS
        ? LEAST_NANOS
        : Math.clamp((long) backlog * NANOS_A_MESSAGE, LEAST_NANOS, MOST_NANOS);
  }

  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop
  private static void letOthersRun() {
    try {
      if (Scheduler.isHere()) {
        Scheduler.standAside();
      } else {
        Thread.yield();
      }
    } catch (OutOfMemoryError e) {
      // Then it does not give way this time.
    }
  }

  /** Parks the current thread; less if it is interrupted, or the runtime ends. */
  static void pause(long nanos) {
    Thread thread = Thread.currentThread();
    try {
      PAUSED.add(thread); // before it has a timer that could be dropped
      TimedPark.park(PAUSED, nanos);
    } catch (OutOfMemoryError e) {
      // Then it does not pause this time.
    } finally {
      PAUSED.remove(thread);
    }
  }

  /** Called when the timers were ended: those of the pauses may never fire. */
  static void timersEnded() {
    PAUSED.forEach(LockSupport::unpark);
  }

  /** For tests: whether the thread pauses, or is about to. */
  static boolean isPaused(Thread thread) {
    return PAUSED.contains(thread);
  }
}
