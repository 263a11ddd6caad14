package dev.ostler.kv.journal;

import java.util.ArrayList;
import java.util.List;

/**
 * A thread that works in turns and wakes others at the end of one: once, however much it had for
 * them meanwhile. Any thread may have somebody {@linkplain #wake woken}; it ends its turns itself.
 *
 * <p>What it would tell others early they would begin with early, and with less: a sync for one
 * client, where at the end of the turn one would do for all.
 */
public final class TurnThread extends Thread {
  /** Who waits to be woken. */
  public interface Sleeper {
    /** Wakes it; on any thread, and it need not sleep. */
    public void wake();
  }

  private final List<Sleeper> sleepers = new ArrayList<>(); // its own

  /** A thread that is not started. */
  public TurnThread(String name, Runnable task) {
    super(null, task, name);
    setDaemon(true);
  }

  /** Wakes somebody: at the end of this thread's turn if it works in turns, else now. */
  public static void wake(Sleeper sleeper) {
    if (!(Thread.currentThread() instanceof TurnThread turning)) {
      sleeper.wake();
    } else if (!turning.sleepers.contains(sleeper)) {
      try {
        turning.sleepers.add(sleeper);
      } catch (OutOfMemoryError e) {
        sleeper.wake(); // now rather than never
      }
    }
  }

  /** Wakes whoever is to be woken by now. Called by the thread itself, before it may wait. */
  public void endTurn() {
    if (!sleepers.isEmpty()) {
      sleepers.forEach(Sleeper::wake); // which must not have others woken
      sleepers.clear();
    }
  }
}
