package dev.ostler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a process, and of those that die with it over links.
 *
 * <p>Runs on the thread that caused it, as one step for all who look: whoever asks a closed process
 * anything waits until it is gone. It runs no user code.
 */
final class Death {
  /*
   * The order, for the whole cascade:
   *
   *   1  close one that dies: later messages are dropped
   *   2  free its names and keys; cancel its timers; then 1 and 2 for those it takes along
   *   3  queue EXIT at links that trap, in their order, but at parents after all others
   *   4  queue DOWN at monitors
   *   5  interrupt the threads that run the dead
   *   6  deliver the last reply
   *   7  fail the callers who wait for one of them
   *   8  that one is gone: who waited for its end goes on; then 7 and 8 for the next
   *
   * A work list, not recursion: a chain of a million links is no deeper than one. Who hears in 3 or
   * 4 of one death finds every other of its cascade closed, and waits if it asks them.
   */

  /** For tests: told the number of the step about to begin. */
  static volatile @Nullable Consumer<Integer> probe;

  private final List<Estate> dying = new ArrayList<>(1);

  private Death() {}

  /** What a process leaves behind. */
  static final class Estate extends Mailbox.Closing {
    final Proc dead;
    final ExitReason reason;
    @Nullable Object links;
    @Nullable MonitorRef watchers;
    private @Nullable Name<?> name;
    private @Nullable MonitorRef watched;
    private @Nullable HashSet<Timer> timers;
    private @Nullable HashSet<Request<?>> deferred;
    private @Nullable ArrayDeque<Message> held;
    private @Nullable Object registrations;
    private @Nullable List<Proc> trapping;

    Estate(Proc dead, ExitReason reason) {
      this.dead = dead;
      this.reason = reason;
    }

    /** Takes over, under the lock of the dead. */
    void take(Aux aux) {
      name = aux.name;
      watched = aux.watched;
      timers = aux.timers;
      deferred = aux.deferred;
      held = aux.held;
      registrations = aux.registrations;
      for (MonitorRef each = watched; each != null; each = each.nextWatched) {
        each.deactivate();
      }
      aux.watched = null;
      aux.timers = null;
      aux.deferred = null;
      aux.held = null;
      aux.registrations = null;
    }
  }

  /** Ends a process, unless it is dead already. */
  static void of(Proc victim, ExitReason reason) {
    of(victim, reason, null, null);
  }

  /** Ends a process whose last word is a reply; false if it was dead already. */
  static boolean of(
      Proc victim, ExitReason reason, @Nullable Request<?> last, @Nullable Object reply) {
    step(1);
    Estate first = victim.close(reason);
    if (first == null) {
      return false;
    }
    var death = new Death();
    death.dying.add(first);
    death.spread();
    step(3);
    death.dying.forEach(Death::tellLinks);
    death.dying.forEach(Death::tellParent);
    step(4);
    death.dying.forEach(Death::tellMonitors);
    step(5);
    for (Estate each : death.dying) {
      Runner runner = each.wasIdle && !each.dead.hasThread() ? null : each.dead.runner();
      if (runner != null) {
        runner.interrupt(each.dead);
        Zombies.watch(each.dead);
      }
    }
    step(6);
    if (last != null) {
      last.complete(reply);
    }
    death.dying.forEach(Death::settle);
    return true;
  }

  private static void step(int number) {
    Consumer<Integer> observer = probe;
    if (observer != null) {
      observer.accept(number);
    }
  }

  /** Closes everybody the first death takes along. */
  private void spread() {
    for (int i = 0; i < dying.size(); i++) { // grows while it runs
      Estate estate = dying.get(i);
      step(2);
      release(estate);
      for (Proc peer : Few.<Proc>each(estate.links)) {
        Boolean dies = peer.linkBroke(estate.dead, estate.reason);
        if (dies == null) {
          continue;
        }
        if (dies) {
          step(1);
          Estate next = peer.close(estate.reason);
          if (next != null) {
            dying.add(next);
          }
        } else {
          if (estate.trapping == null) {
            estate.trapping = new ArrayList<>(1);
          }
          estate.trapping.add(peer);
        }
      }
    }
  }

  private static void release(Estate estate) {
    if (estate.name != null) {
      Names.free(estate.name, estate.dead);
    }
    for (Registration each : Few.<Registration>each(estate.registrations)) {
      each.table.drop(each);
    }
    if (estate.timers != null) {
      estate.timers.forEach(Timer::drop);
    }
    for (MonitorRef each = estate.watched; each != null; each = each.nextWatched) {
      each.watcherClosed();
    }
  }

  /** In the order of the links; the parent comes later. Whom it leaves behind is an orphan. */
  private static void tellLinks(Estate estate) {
    if (estate.trapping != null) {
      for (Proc peer : estate.trapping) {
        if (!isParent(peer, estate.dead)) {
          peer.put(exit(estate));
          if (estate.dead.ancestors != null && peer.isParent(estate.dead)) {
            Orphans.add(peer);
          }
        }
      }
    }
  }

  /** After all others, so that a supervisor that starts the dead again knows of the orphans. */
  private static void tellParent(Estate estate) {
    if (estate.trapping != null) {
      for (Proc peer : estate.trapping) {
        if (isParent(peer, estate.dead)) {
          peer.put(exit(estate));
        }
      }
    }
  }

  private static boolean isParent(Proc peer, Proc dead) {
    return dead.ancestors != null && dead.ancestors.parent == peer;
  }

  private static Message exit(Estate estate) {
    return new Message.Signal(new Exit(estate.dead, estate.reason));
  }

  private static void tellMonitors(Estate estate) {
    MonitorRef each = estate.watchers;
    while (each != null) {
      MonitorRef next = each.nextWatcher;
      if (each.targetClosed()) {
        each.watcher.put(new Message.Signal(new Down(each, estate.dead, estate.reason)));
      }
      each = next;
    }
  }

  private static void settle(Estate estate) {
    step(7);
    Consumer<Message> fail = message -> fail(message, estate.reason);
    estate.dead.abandon(estate.unread, fail);
    if (estate.held != null) {
      estate.held.forEach(fail);
    }
    if (estate.deferred != null) {
      estate.deferred.forEach(fail);
    }
    estate.dead.forget();
    step(8);
    estate.dead.gone();
  }

  /** Tells whoever waits for this message that nobody will handle it. */
  static void fail(Message message, ExitReason reason) {
    if (message instanceof Request<?> request) {
      request.fail(reason);
    }
  }
}
