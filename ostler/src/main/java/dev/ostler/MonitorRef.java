package dev.ostler;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A monitor of one process on another. When the other ends, the watcher gets a {@link Down} with
 * it.
 *
 * <p>Monitors are compared by identity. {@link Self#monitor} sets one, {@link Self#demonitor} ends
 * it.
 */
public sealed class MonitorRef permits MonitorRef.Special {
  final Proc watcher;
  final Proc target;
  private final @Nullable Object tag;

  // The watcher's list of what it watches. Under the watcher's lock.
  @Nullable MonitorRef nextWatched;
  private @Nullable MonitorRef previousWatched;
  private boolean active = true;

  // The target's list of its watchers. Under the target's lock, until the target is closed.
  @Nullable MonitorRef nextWatcher;
  private @Nullable MonitorRef previousWatcher;

  // Touched by the watcher only: which of its messages are not, or no longer, in the mailbox.
  private boolean flushed;
  private boolean downReceived;
  private boolean replyReceived;

  private MonitorRef(Proc watcher, Proc target, @Nullable Object tag) {
    this.watcher = watcher;
    this.target = target;
    this.tag = tag;
  }

  /** A monitor that has yet to {@linkplain #begin() begin}. */
  static MonitorRef make(Proc watcher, Proc target, @Nullable Name<?> name, @Nullable Object tag) {
    long mark = watcher.mark();
    return name == null && mark == 0
        ? new MonitorRef(watcher, target, tag)
        : new Special(watcher, target, tag, name, mark);
  }

  /** What only some monitors have, kept out of the others. */
  static final class Special extends MonitorRef {
    private final @Nullable Name<?> name;
    private final long mark;

    private Special(
        Proc watcher, Proc target, @Nullable Object tag, @Nullable Name<?> name, long mark) {
      super(watcher, target, tag);
      this.name = name;
      this.mark = mark;
    }

    @Override
    long mark() {
      return mark;
    }

    @Override
    @Nullable Name<?> peekName() {
      return name;
    }
  }

  /** The messages that came to the watcher before have no number above this. See ThreadProc. */
  long mark() {
    return 0;
  }

  @Nullable Name<?> peekName() {
    return null;
  }

  /** The monitored process; {@link Processes#NOBODY} if no process had the name. */
  public final Pid pid() {
    return target;
  }

  /** The name the monitor was set by, if it was. */
  public final Optional<Name<?>> name() {
    return Optional.ofNullable(peekName());
  }

  /** What the watcher gave the monitor, see {@link Self#monitor(Pid, Object)}, if it did. */
  public final Optional<Object> tag() {
    return Optional.ofNullable(tag);
  }

  // --- The watch ---

  /** Begins the watch; false if one of the two does not live. */
  final boolean begin() {
    Aux aux = watcher.aux();
    synchronized (watcher.first(target)) {
      synchronized (watcher.second(target)) {
        if (watcher.isClosed() || target.isClosed()) {
          deactivate();
          return false;
        }
        aux.watched = addWatched(aux.watched);
        target.watchers = addWatcher(target.watchers);
        return true;
      }
    }
  }

  /** The watcher ends the watch; false if it had ended, and then its message is queued. */
  final boolean end() {
    synchronized (watcher.first(target)) {
      synchronized (watcher.second(target)) {
        if (deactivate()) {
          leaveWatcher();
          if (!target.isClosed()) {
            target.watchers = removeWatcher(target.watchers);
          }
          return true;
        }
      }
    }
    if (target.isClosed() && target != watcher) {
      target.awaitGone();
    }
    return false;
  }

  /** The target is closed; false if the watch had ended, and there is nothing to tell. */
  final boolean targetClosed() {
    synchronized (watcher) {
      if (watcher.isClosed() || !deactivate()) {
        return false;
      }
      leaveWatcher();
      return true;
    }
  }

  /** The watcher is closed. */
  final void watcherClosed() {
    synchronized (target) {
      if (!target.isClosed()) {
        target.watchers = removeWatcher(target.watchers);
      }
    }
  }

  /** Ends the watch; false if it had ended. Under the watcher's lock. */
  final boolean deactivate() {
    boolean was = active;
    active = false;
    return was;
  }

  private void leaveWatcher() {
    Aux aux = watcher.aux();
    aux.watched = removeWatched(aux.watched);
  }

  // --- Its messages ---

  /** The monitor that a message tells of; null if it tells of none. */
  static @Nullable MonitorRef of(Object message) {
    return switch (message) {
      case Down down -> down.ref();
      case TaskReply reply -> reply.ref();
      default -> null;
    };
  }

  /** The receiver has this message, so that nothing is looked for when it is flushed. */
  static void received(Object message, Proc receiver) {
    MonitorRef ref = of(message);
    if (ref != null && ref.watcher == receiver) { // otherwise another process passed it on
      if (message instanceof Down) {
        ref.downReceived = true;
      } else {
        ref.replyReceived = true;
      }
    }
  }

  /** Takes the {@link Down} of a watch that has ended out of the mailbox, if it waits there. */
  final void flush() {
    int waiting = toFlush(true, false);
    if (waiting > 0) {
      watcher.withdraw(message -> of(message) == this, waiting);
    }
    flushed();
  }

  /**
   * How many messages of a watch that has ended wait in the mailbox.
   *
   * @param told whether a {@link Down} was sent
   * @param replied whether a {@link TaskReply} was sent
   */
  final int toFlush(boolean told, boolean replied) {
    return flushed ? 0 : (told && !downReceived ? 1 : 0) + (replied && !replyReceived ? 1 : 0);
  }

  /** From now on its messages are no longer heard. */
  final void flushed() {
    flushed = true;
  }

  final boolean isFlushed() {
    return flushed;
  }

  // --- The two lists it is in ---

  /** Puts this first in the watcher's list; gives the new head. */
  private MonitorRef addWatched(@Nullable MonitorRef head) {
    nextWatched = head;
    if (head != null) {
      head.previousWatched = this;
    }
    return this;
  }

  /** Takes this out of the watcher's list; gives the new head. */
  private @Nullable MonitorRef removeWatched(@Nullable MonitorRef head) {
    if (nextWatched != null) {
      nextWatched.previousWatched = previousWatched;
    }
    MonitorRef first = head;
    if (previousWatched != null) {
      previousWatched.nextWatched = nextWatched;
    } else if (head == this) {
      first = nextWatched;
    }
    nextWatched = null;
    previousWatched = null;
    return first;
  }

  /** Puts this first in the target's list; gives the new head. */
  private MonitorRef addWatcher(@Nullable MonitorRef head) {
    nextWatcher = head;
    if (head != null) {
      head.previousWatcher = this;
    }
    return this;
  }

  /** Takes this out of the target's list; gives the new head. */
  private @Nullable MonitorRef removeWatcher(@Nullable MonitorRef head) {
    if (nextWatcher != null) {
      nextWatcher.previousWatcher = previousWatcher;
    }
    MonitorRef first = head;
    if (previousWatcher != null) {
      previousWatcher.nextWatcher = nextWatcher;
    } else if (head == this) {
      first = nextWatcher;
    }
    nextWatcher = null;
    previousWatcher = null;
    return first;
  }

  /** Cheaper than that of identity, which the JVM has to make and keep. Equality is identity. */
  @Override
  public final int hashCode() {
    return watcher.hashCode() * 31 + target.hashCode();
  }

  @Override
  public final boolean equals(Object other) {
    return this == other;
  }

  @Override
  public final String toString() {
    Name<?> name = peekName();
    return "#Ref<" + watcher.id() + " watches " + (name == null ? target : name) + ">";
  }
}
