package dev.ostler;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a process, and of those that die with it over links.
 *
 * <p>It runs on the thread that caused it, as one step for all other threads: a thread that asks a
 * closed process for anything waits until this step has finished. It runs no user code.
 */
final class Death {
  /*
   * The order, for the whole cascade:
   *
   *   1  close a process: later messages to it are dropped
   *   2  free its names and keys, and cancel its timers; then 1 and 2 for the processes that die
   *      with it, parents after all others
   *   3  queue EXIT at linked processes that trap exits, in their order, but parents come last
   *   4  queue DOWN at monitors
   *   5  deliver the last reply
   *   6  fail the callers that wait for one of the dead
   *   7  this process is gone: threads that waited for its end continue; then 6 and 7 for the next
   *   8  interrupt the threads that run the dead
   *
   * In 2 a parent comes last for this reason: when a supervisor has lost the link to its dead
   * child, all orphans of that death are known. The supervisor itself may be killed at that moment.
   * Its own supervisor then starts it again, and must wait for these orphans.
   *
   * It is a work list, not recursion: a chain of a million links is no deeper than one. A process
   * that hears of one death in 3 or 4 finds all other processes of the cascade closed; if it asks
   * one of them something, it waits. Threads are interrupted last, because an interrupt may run
   * code of the channel on which a thread waits.
   *
   * Memory may run out anywhere. So each part of a step allocates what it needs before it changes
   * anything. What has been done is removed from the list, or may be done twice. If a death fails,
   * the thread of the Rescuer continues it where it stopped. If there is no memory for the object
   * of a new death, the first close takes one from the reserve: so a process that ends itself is
   * always closed.
   */

  /** For tests: called with the number of each step before it begins. */
  static volatile @Nullable Consumer<Integer> probe;

  /** Between two tries to close a process, for which there was no memory. */
  private static final long PAUSE_NANOS = 10_000_000;

  private static final Reserve RESERVE = new Reserve();

  /** The reason of a death if there is no memory for the real one. */
  static final ExitReason OUT_OF_MEMORY =
      new ExitReason.Crash(new OutOfMemoryError("no memory was left for the details"));

  // All dying processes, in the order in which they were closed.
  private final Estate first = new Estate();
  private Estate latest = first;

  // The progress of the death. The Rescuer may continue it on its thread.
  private @Nullable Estate spreading = first;
  private @Nullable Estate rising = first; // the next to break the link with its parent
  private @Nullable Estate settling = first;
  private @Nullable Request<?> last;
  private @Nullable Object reply;

  private Death() {}

  /** What a process leaves behind. */
  static final class Estate extends Mailbox.Closing {
    @Nullable Proc dead;
    ExitReason reason = OUT_OF_MEMORY;
    @Nullable Object links;
    @Nullable MonitorRef watchers;
    private @Nullable Name<?> name;
    private @Nullable MonitorRef watched;
    private @Nullable HashSet<Timer> timers;
    private @Nullable HashSet<Slot> deferred;
    private @Nullable ArrayDeque<Message> held;
    private @Nullable Object registrations;
    private boolean reported;

    /** The linked processes that get an EXIT, in the order of the links; and the parent. */
    private @Nullable Told told;

    private @Nullable Told latestTold;
    private @Nullable Proc toldParent;

    /** The next process of the cascade. */
    private @Nullable Estate next;

    private Proc dead() {
      return Objects.requireNonNull(dead);
    }

    private Message exit() {
      return new Message.Signal(new Exit(dead(), reason));
    }

    private void tells(Told peer) {
      if (isParent(peer.peer, dead())) {
        toldParent = peer.peer;
      } else if (latestTold == null) {
        told = peer;
        latestTold = peer;
      } else {
        latestTold.next = peer;
        latestTold = peer;
      }
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

  /** A process that traps exits, and gets an EXIT. */
  static final class Told {
    private final Proc peer;
    private @Nullable Told next;

    Told(Proc peer) {
      this.peer = peer;
    }
  }

  /** The reason of a process that threw. */
  static ExitReason crash(Throwable thrown) {
    try {
      return new ExitReason.Crash(thrown);
    } catch (OutOfMemoryError e) {
      return OUT_OF_MEMORY;
    }
  }

  /** Ends a process, unless it is dead already. */
  static void of(Proc victim, ExitReason reason) {
    of(victim, reason, null, null);
  }

  /**
   * Ends a process that replies to a call as its last act; false if it was dead already.
   *
   * <p>If it throws, the process is closed and the rest is done by the {@link Rescuer}, unless the
   * stack was too short to begin.
   */
  static boolean of(
      Proc victim, ExitReason reason, @Nullable Request<?> last, @Nullable Object reply) {
    StackRoom.forStep();
    step(1);
    Death death = RESERVE.make();
    if (!victim.close(reason, death.first)) {
      return false;
    }
    death.last = last;
    death.reply = reply;
    try {
      death.proceed();
    } catch (Throwable thrown) {
      Rescuer.finish(death);
      throw thrown;
    }
    return true;
  }

  /**
   * Ends a process on the thread that runs it, whatever fails: tries again until the process is
   * closed. The rest of its death may follow on the thread of the {@link Rescuer}. If the stack is
   * too short, which no further try would change, all of it happens there.
   */
  static void surely(Proc victim, ExitReason reason) {
    surely(victim, reason, null, null);
  }

  /** As {@link #surely(Proc, ExitReason)}, with a reply as its last word. */
  static void surely(
      Proc victim, ExitReason reason, @Nullable Request<?> last, @Nullable Object reply) {
    while (!victim.isClosed()) {
      try {
        of(victim, reason, last, reply);
      } catch (StackOverflowError e) {
        Rescuer.finish(new Due(victim, reason, last, reply));
        while (!victim.isClosed()) {
          Thread.onSpinWait(); // to park takes stack, too
        }
      } catch (Throwable thrown) {
        if (!victim.isClosed()) {
          TimedPark.park(victim, PAUSE_NANOS);
        }
      }
    }
  }

  /** A death that is to begin on another thread. */
  record Due(Proc victim, ExitReason reason, @Nullable Request<?> last, @Nullable Object reply) {
    void begin() {
      of(victim, reason, last, reply);
    }
  }

  private static void step(int number) {
    Consumer<Integer> observer = probe;
    if (observer != null) {
      observer.accept(number);
    }
  }

  /** Does what is left to do. */
  void proceed() {
    spread();
    step(3);
    for (Estate each = first; each != null; each = each.next) {
      tellLinks(each);
    }
    for (Estate each = first; each != null; each = each.next) {
      tellParent(each);
    }
    step(4);
    for (Estate each = first; each != null; each = each.next) {
      tellMonitors(each);
    }
    step(5);
    if (last != null) {
      last.complete(reply);
      last = null;
    }
    while (settling != null) {
      settle(settling);
      settling = settling.next;
    }
    step(8);
    for (Estate each = first; each != null; each = each.next) {
      interrupt(each);
    }
  }

  /** Closes all processes that die with the first one. */
  private void spread() {
    spreadToAllButParents();
    while (rising != null) {
      Estate estate = rising;
      breakLinkWithParent(estate);
      rising = estate.next;
      spreadToAllButParents();
    }
  }

  private void spreadToAllButParents() {
    while (spreading != null) {
      Estate estate = spreading;
      step(2);
      release(estate);
      breakLinks(estate);
      spreading = estate.next;
    }
  }

  private void breakLinks(Estate estate) {
    Proc dead = estate.dead();
    for (Proc peer : Few.<Proc>each(estate.links)) {
      if (!isParent(peer, dead)) {
        boolean diesNow = breakLink(peer, estate) instanceof Estate;
        // Checked after the link is broken: the peer may have begun to trap exits just before that.
        if (!diesNow && peer.isParent(dead) && (peer.traps() || peer.isClosed())) {
          Orphans.add(peer, dead);
        }
      }
    }
  }

  private void breakLinkWithParent(Estate estate) {
    Proc dead = estate.dead();
    Ancestors ancestors = dead.ancestors;
    if (ancestors != null && Few.contains(estate.links, ancestors.parent)) {
      breakLink(ancestors.parent, estate);
    }
  }

  private static boolean isParent(Proc peer, Proc of) {
    return of.ancestors != null && of.ancestors.parent == peer;
  }

  /** Breaks the link with a peer. Returns what {@link Proc#linkBroke} returns. */
  private @Nullable Object breakLink(Proc peer, Estate estate) {
    step(1);
    Object consequence = peer.linkBroke(estate.dead(), estate.reason);
    if (consequence instanceof Estate died) {
      latest.next = died;
      latest = died;
      if (spreading == null) {
        spreading = died;
      }
    } else if (consequence instanceof Told told) {
      estate.tells(told);
    }
    return consequence;
  }

  private static void release(Estate estate) {
    Proc dead = estate.dead();
    if (!estate.reported) {
      estate.reported = true;
      Happening.ended(dead, estate.reason); // before anybody is told: see Event
    }
    if (estate.name != null) {
      Names.free(estate.name, dead);
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

  /** In the order of the links; the parent comes later. */
  private static void tellLinks(Estate estate) {
    while (estate.told != null) {
      Told told = estate.told;
      Message exit = estate.exit();
      told.peer.put(exit);
      estate.told = told.next;
    }
  }

  /** After all others, so that a supervisor that restarts the dead knows of the orphans. */
  private static void tellParent(Estate estate) {
    if (estate.toldParent != null) {
      estate.toldParent.put(estate.exit());
      estate.toldParent = null;
    }
  }

  private static void tellMonitors(Estate estate) {
    while (estate.watchers != null) {
      MonitorRef each = estate.watchers;
      MonitorRef next = each.nextWatcher;
      var down = new Message.Signal(new Down(each, estate.dead(), estate.reason));
      if (each.targetClosed()) {
        each.watcher.put(down);
      }
      estate.watchers = next;
    }
  }

  private static void settle(Estate estate) {
    step(6);
    Proc dead = estate.dead();
    Consumer<Message> fail = message -> fail(message, estate.reason);
    dead.abandon(estate.unread, fail);
    if (estate.held != null) {
      estate.held.forEach(fail);
    }
    if (estate.deferred != null) {
      estate.deferred.forEach(fail);
    }
    dead.forget();
    step(7);
    dead.gone();
  }

  private static void interrupt(Estate estate) {
    Proc dead = estate.dead();
    Runner runner = estate.wasIdle && !dead.hasThread() ? null : dead.runner();
    if (runner == null) {
      return;
    }
    try {
      Zombies.watch(dead);
    } catch (OutOfMemoryError e) {
      // If its code runs on, that is not reported.
    }
    try {
      runner.interrupt(dead);
    } catch (RuntimeException | Error e) {
      // Thrown by code of the thread, or of the channel on which it waits. The process is dead
      // anyway.
    }
  }

  /** Some spare objects, for deaths that find no memory. */
  private static final class Reserve {
    private static final int SIZE = 256;

    private final @Nullable Death[] kept = new Death[SIZE];
    private int count;

    Reserve() {
      while (count < SIZE) {
        kept[count++] = new Death();
      }
    }

    /** A new death, or one of the reserve. */
    Death make() {
      try {
        Death made = new Death();
        if (count < SIZE) {
          refill();
        }
        return made;
      } catch (OutOfMemoryError e) {
        Death taken = take();
        if (taken == null) {
          throw e;
        }
        return taken;
      }
    }

    private synchronized @Nullable Death take() {
      Death taken = count == 0 ? null : kept[--count];
      if (taken != null) {
        kept[count] = null;
      }
      return taken;
    }

    private synchronized void refill() {
      if (count < SIZE) {
        kept[count++] = new Death();
      }
    }
  }

  /** If a caller waits for this message, its call fails: the message will not be handled. */
  static void fail(Message message, ExitReason reason) {
    if (message instanceof Slot slot) {
      slot.fail(reason);
    }
  }
}
