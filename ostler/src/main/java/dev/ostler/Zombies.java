package dev.ostler;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Reports dead processes whose code still runs, although it was interrupted.
 *
 * <p>Any thread may add a suspect. At most {@value #MOST} are remembered at a time; if there are
 * more, some are not checked again.
 */
final class Zombies {
  static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST = 1024;
  private static final int FEW = 8;

  /** A process killed while it ran. Its code, if it runs on, keeps it from the collector. */
  private record Suspect(WeakReference<Proc> process, long killedAt) {
    /** The process, if its code runs on. */
    @Nullable Proc running() {
      Proc dead = process.get();
      Runner runner = dead == null ? null : dead.runner();
      return runner != null && runner.current() == dead && runner.thread.isAlive() ? dead : null;
    }
  }

  // Under the lock of SUSPECTS.
  private static final ArrayDeque<Suspect> SUSPECTS = new ArrayDeque<>(); // oldest first
  private static boolean looking; // whether the timer comes, or is here

  private Zombies() {}

  /**
   * Looks again later whether the thread that ran the dead process still does. Never throws: this
   * is a step of its death.
   */
  static void watch(Proc dead) {
    try {
      synchronized (SUSPECTS) {
        if (SUSPECTS.size() >= MOST) {
          makeRoom();
        }
        if (SUSPECTS.size() < MOST) {
          SUSPECTS.add(new Suspect(new WeakReference<>(dead), System.nanoTime()));
        }
        if (!looking) {
          lookAfter(PATIENCE.toNanos());
        }
      }
    } catch (Throwable failed) {
      Events.drop(); // no memory: this one is not watched
    }
  }

  /** The timers were ended: the next suspect sets a new one. */
  static void timersEnded() {
    synchronized (SUSPECTS) {
      SUSPECTS.clear();
      looking = false;
    }
  }

  /** Forgets those of the oldest that have ended, as most do at once. Looks at a few only. */
  private static void makeRoom() {
    Iterator<Suspect> oldest = SUSPECTS.iterator();
    for (int i = 0; i < FEW; i++) { // so that each of a storm of kills costs little
      if (oldest.next().running() == null) {
        oldest.remove();
      }
    }
  }

  /** Called under the lock. */
  private static void lookAfter(long nanos) {
    looking = false; // if there is no memory for this, the next suspect tries again
    looking = Timers.whileAlive(nanos, Zombies::look) != null;
  }

  /** Checks the suspects whose time has come, and sets the timer for the next one. */
  private static void look() {
    for (Suspect suspect = next(); suspect != null; suspect = next()) {
      try {
        Proc dead = suspect.running();
        Runner runner = dead == null ? null : dead.runner();
        if (dead != null && runner != null) {
          report(dead, runner.thread.getStackTrace());
        }
      } catch (Throwable failed) {
        Events.drop();
      }
    }
  }

  /**
   * The next suspect whose time has come. Null if there is none: then a timer is set for the next.
   */
  private static @Nullable Suspect next() {
    synchronized (SUSPECTS) {
      Suspect suspect = SUSPECTS.peek();
      if (suspect == null) {
        looking = false;
        return null;
      }
      long left = PATIENCE.toNanos() - (System.nanoTime() - suspect.killedAt());
      if (left > 0) {
        lookAfter(left);
        return null;
      }
      return SUSPECTS.poll();
    }
  }

  private static void report(Proc dead, StackTraceElement[] stack) {
    Object called = dead.called();
    Events.publish(
        EventKind.ZOMBIE,
        () -> new Event.Zombie(dead, called.toString(), PATIENCE, Text.stack(stack, 30)));
  }
}
