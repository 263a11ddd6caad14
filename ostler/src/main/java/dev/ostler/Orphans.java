package dev.ostler;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Processes that are about to end: they trap exits and have just lost their parent, or their
 * supervisor stops them. A supervisor waits for that before it starts the parent again.
 *
 * <p>Any thread may add one and wait. The lock of the queue guards everything; no thread waits
 * while it has the lock.
 */
final class Orphans {
  /*
   * On one scheduler of the BEAM, processes run in the order in which they got their EXIT: first
   * the children of the dead process, then its supervisor. Here each has a thread of its own. So a
   * restart waits for the orphans, for an event and not for a time:
   *
   *   the parent dies      Death tells of each linked child that traps, or is dying of another
   *                        cause, before the parent's own supervisor loses the link. A child that
   *                        the parent was stopping has lost its link before: Stopping tells of it
   *   its supervisor       waits for the end of the death, which queues the EXIT, then asks each
   *                        for its turn: a request behind the EXIT in its mailbox
   *   the orphan ends      the request fails with it, and its own children are orphans now
   *   or it lives on       a raw process that receives again answers it: its turn is over
   *
   * No restart waits longer than PATIENCE, counted from the EXIT. Then it continues, and fails
   * if a name is still taken, just as it would have failed without the wait.
   */
  static final long PATIENCE = 5_000_000_000L;

  /**
   * How long a supervisor waits in place before it handles other messages meanwhile. Nearly all
   * orphans have ended by then, so the next caller of the supervisor finds the restart done.
   */
  private static final long BRIEFLY = 500_000_000L;

  /** One that has its EXIT. */
  private static final class Orphan {
    final WeakReference<Proc> process;
    final WeakReference<Proc> parent; // a death in progress keeps it
    final long since = System.nanoTime();
    volatile boolean turnOver;

    Orphan(Proc process, @Nullable Proc parent) {
      this.process = new WeakReference<>(process);
      this.parent = new WeakReference<>(parent);
    }

    long left() {
      return PATIENCE - (System.nanoTime() - since);
    }

    /** The process, while there is something to wait for. */
    @Nullable Proc waitedFor() {
      Proc orphan = process.get();
      return orphan == null || orphan.isGone() || turnOver || left() <= 0 ? null : orphan;
    }
  }

  /** A request that is answered when its receiver gets to it, whatever that is. */
  static final class Turn extends Request<Object> {
    Turn(Proc orphan) {
      super("its turn", orphan, null);
    }

    @Override
    void deliver(ServerProc server) {
      complete(null);
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      complete(null);
      return null;
    }

    @Override
    boolean endsIdleTime() {
      return false;
    }

    @Override
    boolean waitsFor(ServerProc suspended) {
      return false;
    }

    @Override
    String describe() {
      return "its turn";
    }
  }

  /** Oldest first. */
  private static final ArrayDeque<Orphan> ORPHANS = new ArrayDeque<>();

  private Orphans() {}

  /**
   * The parent of this process is dead, and will tell it so; or the process itself is dying, and
   * its own children are not yet told.
   *
   * @param parent null if the process has its exit signal already
   */
  static void add(Proc orphan, @Nullable Proc parent) {
    synchronized (ORPHANS) {
      while (!ORPHANS.isEmpty() && ORPHANS.peek().waitedFor() == null) {
        ORPHANS.poll();
      }
      ORPHANS.add(new Orphan(orphan, parent));
    }
  }

  /** Those that descend from a dead process, and have not had their turn. */
  private static List<Orphan> of(Pid dead) {
    synchronized (ORPHANS) {
      if (ORPHANS.isEmpty()) {
        return List.of();
      }
      ORPHANS.removeIf(each -> each.waitedFor() == null);
      return ORPHANS.stream()
          .filter(
              each -> {
                Proc orphan = each.waitedFor();
                return orphan != null && Ancestors.contains(orphan.ancestors, dead);
              })
          .toList();
    }
  }

  /** Waits on the current thread until all that descend from a dead process have had their turn. */
  static void await(Pid dead) {
    for (List<Orphan> left = of(dead); !left.isEmpty(); left = of(dead)) {
      left.forEach(each -> await(each, each.left(), true));
    }
  }

  /** The same for a moment only; whether all have had their turn. */
  private static boolean awaitBriefly(Pid dead) {
    long start = System.nanoTime();
    List<Orphan> left = of(dead);
    for (long nanos = BRIEFLY; !left.isEmpty() && nanos > 0; left = of(dead)) {
      for (Orphan each : left) {
        await(each, Math.min(each.left(), nanos), false);
        nanos = BRIEFLY - (System.nanoTime() - start);
      }
    }
    return left.isEmpty();
  }

  /**
   * Waits for one orphan.
   *
   * @param shown whether the orphan's calls to the waiting process count as a cycle. They do not if
   *     that process is soon free
   */
  private static void await(Orphan each, long nanos, boolean shown) {
    Proc orphan = each.waitedFor();
    if (orphan == null) {
      return;
    }
    Runner runner = Runner.get();
    Slot outer = runner.waiting;
    var turn = new Turn(orphan);
    long start = System.nanoTime();
    try {
      Proc parent = each.parent.get();
      if (parent != null && !parent.awaitGone(nanos)) { // its EXIT is in the mailbox then
        return;
      }
      long left = nanos - (System.nanoTime() - start);
      if (!orphan.put(turn)) {
        orphan.awaitGone(left);
        return;
      }
      if (shown) {
        runner.waiting = turn;
      }
      Object result = turn.await(runner, Clock.SYSTEM, left);
      each.turnOver = result != null && !(result instanceof Slot.Failure);
    } catch (InterruptedException e) {
      Runner.living();
      each.turnOver = true; // the supervisor's own business is more urgent
      runner.thread.interrupt();
    } finally {
      runner.waiting = outer;
      turn.close();
    }
  }

  /**
   * Runs something on a thread of its own, once all descendants of a dead process have had their
   * turn. Returns false if there are none left after a moment: then the caller continues itself.
   */
  static boolean after(Pid dead, Runnable then) {
    if (awaitBriefly(dead)) {
      return false;
    }
    try {
      Scheduler.virtual(
              "turn of orphans",
              () -> {
                await(dead);
                then.run();
              })
          .start();
      return true;
    } catch (Throwable noThread) {
      return false;
    }
  }
}
