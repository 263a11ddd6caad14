package dev.ostler.kv.server.access;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** The latest refusals for lack of rights, as ACL LOG shows them. Any thread may use it. */
public final class AccessLog {
  /** Within this time, equal refusals count as one entry. */
  private static final long SAME_MILLIS = 60_000;

  /** What was refused. */
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
   * One refusal, or several equal ones.
   *
   * @param where {@code toplevel}, or {@code multi} within a transaction
   * @param what the command, key or channel that was refused
   * @param id its number; 0 until it is in the log
   * @param since when it was first refused, in milliseconds since 1970
   * @param millis when it was last refused, in milliseconds since 1970
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

  // the latest first; guarded by its own lock
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long next; // the id of the next entry; guarded by the lock of entries

  /** Adds a refusal, and drops the oldest entries beyond {@code most}. */
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

  /** The latest entries, at most this many. */
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
