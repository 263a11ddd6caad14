package dev.ostler.kv.server.access;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** What was refused of late for want of rights, as ACL LOG shows it. Any thread. */
public final class AccessLog {
  /** For so long the same refusal counts as one. */
  private static final long SAME_MILLIS = 60_000;

  /** Why something was refused. */
  public enum Reason {
    AUTH,
    COMMAND,
    KEY,
    CHANNEL;

    public String word() {
      return Bytes.lower(name());
    }
  }

  /**
   * A refusal, perhaps one that came often.
   *
   * @param where {@code toplevel}, or {@code multi} if it was within a transaction
   * @param what the command, key or channel that was asked for
   * @param id its number; 0 until it is in the log
   * @param since when it was first refused, in milliseconds since 1970
   * @param millis when it was last refused
   */
  public record Entry(
      long id,
      long count,
      Reason reason,
      String where,
      String what,
      String user,
      long since,
      long millis,
      String client) {
    private boolean isLike(Entry other) {
      return reason == other.reason
          && where.equals(other.where)
          && what.equals(other.what)
          && user.equals(other.user)
          && other.millis - millis <= SAME_MILLIS;
    }
  }

  private final Deque<Entry> entries = new ArrayDeque<>(); // the latest first; under its lock
  private long next; // the number of the next one; under the lock of entries

  /** Remembers a refusal, and forgets the oldest if there are more than so many. */
  void add(Entry entry, int most) {
    synchronized (entries) {
      Entry like = null;
      for (Iterator<Entry> known = entries.iterator(); like == null && known.hasNext(); ) {
        Entry before = known.next();
        if (before.isLike(entry)) {
          like = before;
          known.remove();
        }
      }
      entries.addFirst(
          new Entry(
              like == null ? next++ : like.id(),
              entry.count() + (like == null ? 0 : like.count()),
              entry.reason(),
              entry.where(),
              entry.what(),
              entry.user(),
              like == null ? entry.since() : like.since(),
              entry.millis(),
              entry.client()));
      while (entries.size() > most) {
        entries.removeLast();
      }
    }
  }

  /** The latest, at most so many. */
  public List<Entry> latest(long most) {
    synchronized (entries) {
      return entries.stream().limit(most).toList();
    }
  }

  public void clear() {
    synchronized (entries) {
      entries.clear();
    }
  }
}
