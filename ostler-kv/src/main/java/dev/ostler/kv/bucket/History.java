package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import java.util.ArrayDeque;

/**
 * The last changes of a bucket that a listener has observed, so that a client that reconnects gets
 * those it has missed. Used by the bucket's process.
 */
public final class History {
  /** The most changes that are remembered. */
  public static final int MOST = 10_000;

  /** The most bytes of changes that are remembered. */
  static final long MOST_BYTES = 1024L * 1024;

  private final ArrayDeque<NumberedChange> changes = new ArrayDeque<>();
  private long bytes;
  private long before; // the number of the last change that is not remembered

  /** Begins after the change of this number. */
  History(long seq) {
    before = seq;
  }

  void add(Change change, long seq) {
    changes.add(new NumberedChange(change, seq));
    bytes += bytes(change);
    while (changes.size() > MOST || bytes > MOST_BYTES) {
      NumberedChange oldest = changes.remove();
      bytes -= bytes(oldest.change());
      before = oldest.seq();
    }
  }

  private static long bytes(Change change) {
    return switch (change) {
      case Change.Put(String key, String value) -> Footprint.of(key) + Footprint.of(value);
      case Change.Removed(String key) -> Footprint.of(key);
      case Change.KeyDeadline(String key, long _) -> Footprint.of(key);
      case Change.Text(String value) -> Footprint.of(value);
      case Change.Deadline _, Change.Kept _, Change.Dropped _ -> 0;
    };
  }

  /**
   * Whether all changes after the number {@code from} are remembered.
   *
   * <p>Numbers that were never used may lie between the first remembered change and the one before
   * it. A client that has one of these numbers has seen another bucket of this name, so it gets no
   * changes.
   *
   * @param last the number of the last change
   */
  boolean reachesBack(long from, long last) {
    NumberedChange first = changes.peek();
    return from == before || (first != null && first.seq() <= from && from <= last);
  }

  /** Tells an observer all changes after this number, the oldest first. */
  void replay(long from, Entries.Observer to) {
    for (NumberedChange each : changes) {
      if (each.seq() > from) {
        to.changed(each.change(), each.seq());
      }
    }
  }
}
