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
   * A carrier asleep is woken for a virtual thread that comes into an empty queue. When callers and
   * activations stand back for each other in one queue (Thread.yield), it is seldom empty, and
   * nobody is woken, which is what makes it cheap. But then, while one of them runs for long, be it
   * in a callback or in the caller's own code, others wait behind the one that stood back, though a
   * carrier sleeps; they may even be what the long one waits for.
   *
   * So the timer's thread looks every millisecond, as long as there are such activations, whether
   * each has moved since the last look. If one has not, it starts a virtual thread, the waker, as a
   * platform thread does: that wakes a carrier, which runs it and, before it sleeps again, all that
   * waits anywhere. Unless the waker itself came into a queue that was not empty. Which queue that
   * is depends on the thread that starts it. So if it has not run by the next look, another platform
   * thread, made for that, starts another. If all carriers are busy no waker runs, and none is
   * needed. So there are only so many at a time, and threads are made for a few of them in a row,
   * then for one now and then.
   */
  private static final long EVERY_NANOS = 1_000_000;
  private static final int WAKERS = 8;
  private static final int IN_A_ROW = 4;
  private static final int THEN_EVERY = 16;

  /** After so many looks at nothing that moves, there are no more until somebody stands back. */
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

  /** Called by one who stands back soon, after it has shown that it moves. */
  static void watch() {
    if (!LOOKING.get() && LOOKING.compareAndSet(false, true)) {
      lookSoon();
    }
  }

  /** The timers were ended: whoever comes next sets its own again. */
  static void timersEnded() {
    LOOKING.set(false);
  }

  /** How many wakers have run. */
  static int wakersRun() {
    return RAN.get();
  }

  private static void lookSoon() {
    try {
      var _ = Timers.after(EVERY_NANOS, Carriers::look);
    } catch (Throwable thrown) {
      LOOKING.set(false); // the next who stands back tries again
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
      RAN.incrementAndGet(); // it counts as run: nobody is to wait for it
    }
  }

  /** Ends the looks, unless somebody moves just now; whoever comes later starts them again. */
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
