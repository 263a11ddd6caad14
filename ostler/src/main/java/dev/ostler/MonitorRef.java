package dev.ostler;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One watch that a process keeps on another: where it ends, the watcher gets a {@link Down} with
 * it.
 *
 * <p>Compared by identity. Made by {@link Self#monitor}, ended by {@link Self#demonitor}.
 */
public final class MonitorRef {
  private static final int ACTIVE = 1;
  private static final int FLUSHED = 2;

  final Proc watcher;
  final Proc target;
  private final @Nullable Name<?> name;

  // Under the watcher's lock: its list of what it watches. Flushed is read by the watcher alone.
  @Nullable MonitorRef nextWatched;
  private @Nullable MonitorRef previousWatched;
  private int state = ACTIVE;

  // Under the target's lock, until it is closed: its list of who watches it.
  @Nullable MonitorRef nextWatcher;
  private @Nullable MonitorRef previousWatcher;

  MonitorRef(Proc watcher, Proc target, @Nullable Name<?> name) {
    this.watcher = watcher;
    this.target = target;
    this.name = name;
  }

  /** Who is watched; {@link Processes#NOBODY} if the name it was set by belonged to nobody. */
  public Pid pid() {
    return target;
  }

  /** The name the monitor was set by, if it was. */
  public Optional<Name<?>> name() {
    return Optional.ofNullable(name);
  }

  /** Ends the watch; false if it had ended. Under the watcher's lock. */
  boolean deactivate() {
    boolean active = (state & ACTIVE) != 0;
    state &= ~ACTIVE;
    return active;
  }

  void flush() {
    state |= FLUSHED;
  }

  boolean isFlushed() {
    return (state & FLUSHED) != 0;
  }

  /** Puts this first in the watcher's list; gives the new head. */
  MonitorRef addWatched(@Nullable MonitorRef head) {
    nextWatched = head;
    if (head != null) {
      head.previousWatched = this;
    }
    return this;
  }

  /** Takes this out of the watcher's list; gives the new head. */
  @Nullable MonitorRef removeWatched(@Nullable MonitorRef head) {
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
  MonitorRef addWatcher(@Nullable MonitorRef head) {
    nextWatcher = head;
    if (head != null) {
      head.previousWatcher = this;
    }
    return this;
  }

  /** Takes this out of the target's list; gives the new head. */
  @Nullable MonitorRef removeWatcher(@Nullable MonitorRef head) {
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

  @Override
  public String toString() {
    return "#Ref<" + watcher.id() + " watches " + (name == null ? target : name) + ">";
  }
}
