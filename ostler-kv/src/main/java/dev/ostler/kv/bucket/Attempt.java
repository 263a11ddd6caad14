package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command on one bucket that nobody keeps, which may change it in several steps: it is done
 * wholly, or undone.
 *
 * <p>Used by the bucket's process, for one command. Listeners and subscribers hear of what it did
 * once it is {@linkplain #done done}, and not at all of what is {@linkplain #undo undone}.
 */
public final class Attempt implements Entries.Observer {
  private record News(Change change, long seq) {}

  private final Entries entries;
  private final Entries.@Nullable Observer hearing;
  private final List<News> news = new ArrayList<>(0);
  private final List<Event> events = new ArrayList<>(0);
  private Entries.@Nullable Before before;

  /** Begins: from here on changes are noted. */
  public Attempt(Entries entries) {
    this.entries = entries;
    hearing = entries.observer();
    entries.observe(this);
  }

  @Override
  public void changing(Entries own, Change change) {
    if (before == null) {
      before = own.before();
    }
    before.note(own, change);
  }

  @Override
  public void changed(Change change, long seq) {
    if (hearing != null) {
      news.add(new News(change, seq));
    }
  }

  @Override
  public boolean tells(Event event) {
    return events.add(event);
  }

  /** All of it is done: others hear of it. */
  public void done() {
    entries.observe(hearing);
    if (hearing != null) {
      news.forEach(each -> hearing.changed(each.change, each.seq));
    }
    if (!events.isEmpty()) {
      Event.tell(events, entries.environment());
    }
  }

  /** Nothing of it is done. */
  public void undo() {
    entries.observe(hearing);
    if (before != null) {
      entries.restore(before);
    }
  }
}
