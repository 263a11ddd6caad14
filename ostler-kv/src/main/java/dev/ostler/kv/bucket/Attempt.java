package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command that changes an in-memory bucket in several steps: all of them are made, or none.
 *
 * <p>Used by the thread that runs the bucket's process. Single use. Observers and subscribers are
 * told once the command is {@linkplain #done done}; they hear nothing of a command that is
 * {@linkplain #undo undone}.
 */
public final class Attempt implements Entries.Observer {
  private final Entries entries;
  private final Entries.@Nullable Observer observer; // the one before
  private final List<NumberedChange> changes = new ArrayList<>(0);
  private final List<Event> events = new ArrayList<>(0);
  private Entries.@Nullable UndoLog undo;

  /** From now on the changes of these entries can be undone. */
  public Attempt(Entries entries) {
    this.entries = entries;
    observer = entries.observer();
    entries.observe(this);
  }

  @Override
  public void changing(Entries own, Change change) {
    if (undo == null) {
      undo = own.undoLog();
    }
    undo.record(own, change);
  }

  @Override
  public void changed(Change change, long seq) {
    if (observer != null) {
      changes.add(new NumberedChange(change, seq));
    }
  }

  @Override
  public boolean tells(Event event) {
    return events.add(event);
  }

  /** Keeps the changes, and tells others of them. */
  public void done() {
    entries.observe(observer);
    if (observer != null) {
      changes.forEach(each -> observer.changed(each.change(), each.seq()));
    }
    if (!events.isEmpty()) {
      Event.tell(events, entries.environment());
    }
  }

  /** Undoes the changes. */
  public void undo() {
    entries.observe(observer);
    if (undo != null) {
      entries.undo(undo);
    }
  }
}
