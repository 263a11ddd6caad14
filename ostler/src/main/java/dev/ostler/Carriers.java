package dev.ostler;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Wakes another carrier, if one is free, for the work that waits behind a long callback.
 *
 * <p>Activations report that they alternate with each other ({@link #watch}). The timer's thread
 * does the rest.
 */
final class Carriers {
  /*
   * The JDK wakes a sleeping carrier for a virtual thread that enters an empty queue. While callers
   * and activations stand back for each other in one queue (Thread.yield), that queue is seldom
   * empty, so no carrier is woken. That is why it is cheap. But if one of them then runs for long,
   * in a callback or in the caller's own code, other threads wait behind it although a carrier
   * sleeps. They may even be what the long one waits for.
   *
   * So while there are such activations, the timer's thread checks every millisecond whether each
   * has moved since the last check. If one has not, it starts a virtual thread, the waker, as a
   * platform thread does. That wakes a carrier, which runs the waker and, before it sleeps again,
   * all other waiting threads. It fails if the waker itself entered a queue that was not empty. The
   * queue depends on the thread that starts the waker. So if the waker has not run by the next
   * check, a new platform thread starts another. If all carriers are busy, no waker runs, and none
   * is needed. So the number of wakers is limited; the first few in a row get a platform thread
   * each, later ones only now and then.
   */
  private static final long EVERY_NANOS = 1_000_000;
  private static final int WAKERS = 8;
  private static final int IN_A_ROW = 4;
  private static final int THEN_EVERY = 16;

  /** After so many looks without any movement, it stops until a thread stands back again. */
  private static final int PATIENCE = 50;

  private static final AtomicBoolean LOOKING = new AtomicBoolean();

  private static final AtomicInteger RAN = new AtomicInteger();

  // Of the timer's thread.
  private static final @Nullable Runner[] RUNNERS = new Runner[Watchdog.POSTS];
  private static final int[] SEEN = new int[Watchdog.POSTS];
  private static final boolean[] HELPED = new boolean[Watchdog.POSTS];
  private static int started;
  private static int looks;
  private static int stillLooks;
  private static int threadsLeft = IN_A_ROW;

  private Carriers() {}

  /** Called by a thread that stands back soon, after it has recorded that it moves. */
  static void watch() {
    if (!LOOKING.get() && LOOKING.compareAndSet(false, true)) {
      lookSoon();
    }
  }

  /** The timers were ended: the next thread that stands back sets a new one. */
  static void timersEnded() {
    LOOKING.set(false);
  }

  /** How many wakers have run. */
  static int wakersRun() {
    return RAN.get();
  }

  private static void lookSoon() {
    try {
      if (Timers.whileAlive(EVERY_NANOS, Carriers::look) == null) {
        LOOKING.set(false);
      }
    } catch (Throwable thrown) {
      LOOKING.set(false); // the next thread that stands back tries again
      throw thrown;
    }
  }

  private static void look() {
    boolean again = true;
    try {
      again = lookAtAll();
    } finally {
      if (again) {
        lookSoon();
      }
    }
  }

  /** Looks, and wakes a carrier where one is needed; whether to look again. */
  private static boolean lookAtAll() {
    int waiting = started - RAN.get();
    boolean moved = waiting > 0;
    boolean stuck = false;
    for (int post = 0; post < Watchdog.POSTS; post++) {
      if (hasMoved(post)) {
        moved = true;
      } else if (isStuck(post)) {
        HELPED[post] = true;
        stuck = true;
      }
    }
    if (++looks % THEN_EVERY == 0 && threadsLeft < IN_A_ROW) {
      threadsLeft++;
    }
    if (waiting > 0 || stuck) {
      wake(waiting);
    }
    stillLooks = moved || stuck ? 0 : stillLooks + 1;
    return stillLooks < PATIENCE || !stop();
  }

  private static boolean hasMoved(int post) {
    Runner runner = Watchdog.activation(post);
    Activation activation = runner == null ? null : runner.activation;
    if (activation == null || !activation.isStoodBackFor()) {
      runner = null;
    }
    int callbacks = runner == null ? 0 : runner.callbacks();
    if (runner == RUNNERS[post] && callbacks == SEEN[post]) {
      return false;
    }
    RUNNERS[post] = runner;
    SEEN[post] = callbacks;
    HELPED[post] = false;
    return true;
  }

  private static boolean isStuck(int post) {
    Runner runner = RUNNERS[post];
    return runner != null
        && !HELPED[post]
        && runner.thread.getState() == Thread.State.RUNNABLE; // else its carrier is free
  }

  private static void wake(int waiting) {
    if (waiting == 0) {
      started++;
      startWaker();
    } else if (waiting < WAKERS && threadsLeft > 0) {
      threadsLeft--;
      Threads.daemon("ostler-waker", Carriers::startWaker).start();
      started++;
    }
  }

  private static void startWaker() {
    try {
      Scheduler.onJdks("ostler-waker", RAN::incrementAndGet).start();
    } catch (OutOfMemoryError e) {
      RAN.incrementAndGet(); // it counts as run, so that it is not waited for
    }
  }

  /**
   * Stops looking, unless a thread moves just now. A thread that stands back later starts it again.
   */
  private static boolean stop() {
    stillLooks = 0;
    LOOKING.set(false);
    for (int post = 0; post < Watchdog.POSTS; post++) {
      if (hasMoved(post) && LOOKING.compareAndSet(false, true)) {
        return false;
      }
    }
    Arrays.fill(RUNNERS, null); // they may be those of ended threads soon
    return true;
  }
}
