package dev.ostler.kv.bucket;

import dev.ostler.kv.Change;
import java.util.ArrayDeque;

/**
 * The last changes of a bucket that is or was watched, so that a client that comes back hears of
 * those it has missed. Belongs to the bucket's process.
 */
public final class History {
  /** No more changes are remembered than so many, nor more bytes. */
  public static final int MOST = 10_000;

  static final long MOST_BYTES = 1024L * 1024;

  private record Step(Change change, long seq) {}

  private final ArrayDeque<Step> steps = new ArrayDeque<>();
  private long bytes;
  private long before; // the number of the last change that is not remembered

  /** Begins behind the change of this number. */
  History(long seq) {
    before = seq;
  }

  void add(Change change, long seq) {
    steps.add(new Step(change, seq));
    bytes += bytes(change);
    while (steps.size() > MOST || bytes > MOST_BYTES) {
      Step oldest = steps.remove();
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
   * Whether all changes after this number are remembered, of which the last is the other.
   *
   * <p>Numbers that were never given out may lie between the first step and what is before it: who
   * remembers one of them has seen a change of another past.
   */
  boolean reachesBack(long from, long last) {
    Step first = steps.peek();
    return from == before || (first != null && first.seq() <= from && from <= last);
  }

  /** Tells of all changes after this number, the oldest first. */
  void replay(long from, Entries.Observer to) {
    for (Step step : steps) {
      if (step.seq() > from) {
        to.changed(step.change(), step.seq());
      }
    }
  }
}
