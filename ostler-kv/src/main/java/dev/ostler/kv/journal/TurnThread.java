package dev.ostler.kv.journal;

import java.util.ArrayList;
import java.util.List;

/**
 * A thread that works in turns, and wakes others at the end of each turn: each of them once,
 * however often it had something for them. Any thread may call {@link #wake}; the thread ends its
 * turns itself.
 *
 * <p>If it woke others earlier, they would begin with less work: the journal would sync for one
 * client, where at the end of the turn one sync suffices for all.
 */
public final class TurnThread extends Thread {
  /** Somebody to wake. */
  public interface Sleeper {
    /** Wakes it. Called on any thread, also if it does not sleep. */
    public void wake();
  }

  private final List<Sleeper> sleepers = new ArrayList<>(); // used by this thread only

  /** A thread that is not started yet. */
  public TurnThread(String name, Runnable task) {
    super(null, task, name);
    setDaemon(true);
  }

  /** Wakes a sleeper: at the end of the current thread's turn if that works in turns, else now. */
  public static void wake(Sleeper sleeper) {
    if (!(Thread.currentThread() instanceof TurnThread turning)) {
      sleeper.wake();
    } else if (!turning.sleepers.contains(sleeper)) {
      try {
        turning.sleepers.add(sleeper);
      } catch (OutOfMemoryError e) {
        sleeper.wake(); // early rather than never
      }
    }
  }

  /** Wakes the sleepers of this turn. Called by the thread itself, before it may wait. */
  public void endTurn() {
    if (!sleepers.isEmpty()) {
      sleepers.forEach(Sleeper::wake); // a sleeper must not call TurnThread.wake
      sleepers.clear();
    }
  }
}
