package dev.ostler;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finishes what another thread could not, for lack of memory, of a thread, or of stack.
 *
 * <p>Any thread may hand work over. To do so needs no memory, so that it does not fail for the same
 * reason. One platform thread does the work, and tries again until it is done.
 */
final class Rescuer {
  /*
   * Work that was handed over is never lost, and never done twice at the same time:
   *
   *   a server     busy, but its owner is gone: it gets an activation
   *   a Death      has begun, and may be half done: it continues where it stopped
   *   a Death.Due  a death for which the stack was too short: it begins
   *   TIMERS       the timer's thread has ended: another one is started
   *
   * Deaths free memory, so they come first in each round. Work that fails stays for the next round.
   * If all places are taken, a thread that brings work waits for one.
   *
   * The cushion is some memory that is released when a round meets a full heap. Then a death and a
   * restart have the little that they need, unless other threads take it first.
   */
  private static final int PLACES = 16 * 1024;
  private static final int CUSHION_BYTES = 512 * 1024;
  private static final long SHORTEST_PAUSE_NANOS = 1_000_000;
  private static final long LONGEST_PAUSE_NANOS = 100_000_000;

  private static final Object LOCK = new Object();
  private static final Object TIMERS = new Object();

  // Under the lock.
  private static final @Nullable Object[] WAITING = new Object[PLACES];
  private static int count;
  private static @Nullable Thread thread;

  // Of the rescuer's thread.
  private static byte @Nullable [] cushion = new byte[CUSHION_BYTES];

  private Rescuer() {}

  /** Makes sure that the thread is there before memory is short. */
  static void begin() {
    synchronized (LOCK) {
      if (thread == null) {
        Thread begun = Threads.daemon("ostler-rescuer", Rescuer::run);
        begun.start();
        thread = begun;
      }
    }
  }

  /**
   * Ends the thread, once it has done what there is; false if it does not end within the time. It
   * begins again with the next timer, or with the next work.
   */
  static boolean end(long nanos) throws InterruptedException {
    Thread ended;
    synchronized (LOCK) {
      ended = thread;
      thread = null;
      LOCK.notifyAll();
    }
    return ended == null || ended.join(Duration.ofNanos(nanos));
  }

  /** Hands over a server that is owned by the current thread, which cannot start its activation. */
  static void activate(ServerProc server) {
    add(server);
  }

  /** Hands over a death that the current thread has begun and cannot finish. */
  static void finish(Death death) {
    add(death);
  }

  /** Hands over a death for which the current thread's stack is too short. */
  static void finish(Death.Due death) {
    add(death);
  }

  /** Sees to it that there is a thread for timers. */
  static void restartTimers() {
    add(TIMERS);
  }

  private static void add(Object work) {
    boolean interrupted = false;
    synchronized (LOCK) {
      while (count == PLACES) {
        try {
          LOCK.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      WAITING[count++] = work;
      LOCK.notifyAll();
      try {
        begin();
      } catch (Throwable thrown) {
        // The runtime was ended, and there is no memory: the next thread that brings work tries
        // again.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run() {
    long pause = SHORTEST_PAUSE_NANOS;
    while (true) {
      try {
        int waiting = awaitWork();
        if (waiting == 0) {
          return;
        }
        boolean all = round(waiting, true);
        all &= round(waiting, false);
        pause = all ? SHORTEST_PAUSE_NANOS : Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        if (all && cushion == null) {
          cushion = new byte[CUSHION_BYTES];
        }
      } catch (Throwable thrown) {
        // Nothing is lost: unfinished work still waits.
      }
      LockSupport.parkNanos(pause); // so that what fails for good does not keep the thread busy
    }
  }

  /** How much there is to do; 0 if there is nothing, and the thread is to end. */
  private static int awaitWork() throws InterruptedException {
    synchronized (LOCK) {
      while (count == 0 && thread == Thread.currentThread()) {
        LOCK.wait();
      }
      return count;
    }
  }

  /** Tries all that waited when the round began, deaths or servers; whether none of it failed. */
  private static boolean round(int waiting, boolean deaths) {
    boolean all = true;
    for (int i = waiting - 1; i >= 0; i--) {
      Object work = peek(i);
      if (work == null || work instanceof Death != deaths) {
        continue;
      }
      try {
        if (work instanceof Death death) {
          death.proceed();
        } else if (work instanceof Death.Due death) {
          death.begin();
        } else if (work instanceof ServerProc server) {
          Activation.startOrThrow(server);
        } else {
          Timers.restart();
        }
        remove(i);
      } catch (Throwable thrown) {
        cushion = null;
        all = false;
      }
    }
    return all;
  }

  private static @Nullable Object peek(int place) {
    synchronized (LOCK) {
      return place < count ? WAITING[place] : null;
    }
  }

  /** Takes out what was at this place. The last takes its place. */
  private static void remove(int place) {
    synchronized (LOCK) {
      WAITING[place] = WAITING[--count];
      WAITING[count] = null;
      LOCK.notifyAll();
    }
  }
}
