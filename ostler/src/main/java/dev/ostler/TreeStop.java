package dev.ostler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a supervision tree that was told to stop. Some supervisors in it may be
 * stuck in the start of a child that does not return: it waits for something, or has called {@link
 * System#exit}, which waits for this.
 *
 * <p>Used by the thread that stops the tree, which is outside of it.
 */
final class TreeStop {
  /*
   * A supervisor that is starting a child handles the request to stop only after that start. So,
   * every GRACE:
   *
   *   a child that is being started     is ended; its thread is interrupted. Its supervisor then
   *                                     usually continues, and stops as it should
   *   if its supervisor does not        it is stuck, as are all others on its thread: its children
   *                                     are stopped for it, the newest first, and it is ended
   *
   * A supervisor that waits for the end of a child is not stuck.
   */
  private static final long GRACE = 2_000_000_000L;

  /** How many starts of a supervisor are ended before it is taken for stuck. */
  private static final int MOST_STARTS = 3;

  /** The process above the tree. */
  private final Proc master;

  /** How many starts by a supervisor were ended. */
  private final Map<Proc, Integer> starts = new HashMap<>();

  /**
   * The processes that were busy with something unknown at the last look, and how far they were.
   */
  private final Map<Proc, Integer> busy = new HashMap<>();

  private TreeStop(Proc master) {
    this.master = master;
  }

  /** Waits until the process above a tree, which was told to stop, has ended. */
  static void await(Pid master) {
    var stop = new TreeStop((Proc) master);
    stop.look(stop.master);
    stop.await(stop.master, Long.MAX_VALUE);
    Orphans.await(master);
  }

  /** Waits for the end of a process and all below it; false if it takes longer than it may. */
  private boolean await(Proc root, long nanos) {
    DeathWatch end = DeathWatch.on(root);
    long began = System.nanoTime();
    while (true) {
      long left = nanos == Long.MAX_VALUE ? nanos : nanos - (System.nanoTime() - began);
      if (left <= 0) {
        end.cancel();
        return false;
      }
      if (end.await(Math.min(left, GRACE)) != null) {
        return true;
      }
      look(root);
    }
  }

  /** Looks at all supervisors from the given one downwards, the newest first. */
  private void look(Proc root) {
    Set<Proc> ended = new HashSet<>();
    for (Proc starter : starters(root)) {
      Runner runner = starter.runner();
      if (runner == null || !starter.isBusy() || waitsForAnEnd(runner)) {
        busy.remove(starter);
        continue;
      }
      Proc child = beingStarted(starter, runner);
      if (child == null) {
        Integer before = busy.put(starter, runner.callbacks());
        if (before != null && before == runner.callbacks()) {
          takeOver(starter, runner);
        }
      } else if (!isSupervisor(child) && !ended.contains(child)) {
        // else it is looked at itself, or its thread may come back yet
        if (child.isClosed() || starts.merge(starter, 1, Integer::sum) > MOST_STARTS) {
          takeOver(starter, runner);
        } else {
          Death.of(child, ExitReason.SHUTDOWN);
          ended.add(child);
        }
      }
    }
  }

  private List<Proc> starters(Proc root) {
    return Stream.concat(Stream.of(root), ProcessTable.list().stream())
        .filter(each -> each == root || Ancestors.contains(each.ancestors, root))
        .distinct()
        .filter(each -> each == master || isSupervisor(each))
        .sorted(Comparator.comparingLong(Pid::id).reversed())
        .toList();
  }

  private static boolean isSupervisor(Proc process) {
    if (!(process instanceof ServerProc server)) {
      return false;
    }
    Object callbacks = server.peekCallbacks();
    return callbacks instanceof SupervisorServer || callbacks instanceof DynamicSupervisorServer;
  }

  private static boolean waitsForAnEnd(Runner runner) {
    Slot waiting = runner.waiting;
    return waiting instanceof DeathWatch || waiting instanceof Orphans.Turn;
  }

  /** What is being started on the starter's thread, or for it; null if nothing is. */
  private static @Nullable Proc beingStarted(Proc starter, Runner runner) {
    Slot waiting = runner.waiting;
    if (waiting instanceof SystemRequest begun && begun.call == ServerStart.BEGUN) {
      return waiting.target;
    }
    List<Proc> nested = runner.nestedIn(starter);
    return nested.isEmpty() ? null : nested.getLast();
  }

  /** Does what a stuck supervisor would do if it could, and ends it. */
  private void takeOver(Proc stuck, Runner runner) {
    List<Proc> onItsThread = runner.nestedIn(stuck);
    for (Pid each : new ArrayList<>(stuck.linked()).reversed()) {
      var child = (Proc) each;
      if (child.isParent(stuck) && !onItsThread.contains(child)) {
        child.exit(stuck, ExitReason.SHUTDOWN);
        if (!await(child, time(child))) {
          Death.of(child, ExitReason.KILLED);
        }
      }
    }
    onItsThread.reversed().forEach(each -> Death.of(each, ExitReason.SHUTDOWN));
    Death.of(stuck, ExitReason.SHUTDOWN);
  }

  /** How long a child may take to stop, as far as it says so itself. */
  private static long time(Proc child) {
    Shutdown shutdown =
        child instanceof ServerProc server ? server.options.shutdown() : Shutdown.DEFAULT;
    return switch (shutdown) {
      case Shutdown.After(Duration time) -> Durations.nanos(time, "shutdown");
      case Shutdown.BrutalKill _ -> 0;
      case Shutdown.Infinity _ -> Long.MAX_VALUE;
    };
  }
}
