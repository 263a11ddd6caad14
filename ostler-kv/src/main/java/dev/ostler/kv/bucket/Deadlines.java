package dev.ostler.kv.bucket;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of a bucket's keys, and which is next. Few keys have one.
 *
 * <p>Used by the thread that may use the bucket's entries. Moments are milliseconds since 1970.
 */
final class Deadlines {
  /** A deadline that a key had, and may still have. */
  private record Due(long at, String key) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.compare(at, other.at);
    }
  }

  private final Map<String, Long> byKey = new HashMap<>();
  private long bytes = Footprint.DEADLINES;

  /** All deadlines, and some old ones: those that byKey does not confirm. */
  private PriorityQueue<Due> queue = new PriorityQueue<>();

  /** The deadline of this key; 0 if it has none. */
  long of(String key) {
    return byKey.getOrDefault(key, 0L);
  }

  int size() {
    return byKey.size();
  }

  /** About how many bytes of heap they take. */
  long bytes() {
    return bytes;
  }

  void set(String key, long at) {
    Long before = byKey.put(key, at);
    bytes += before == null ? Footprint.deadline(key) : 0;
    if (before != null && before == at) {
      return;
    }
    queue.add(new Due(at, key));
    if (queue.size() > 2 * byKey.size() + 16) {
      queue = new PriorityQueue<>(byKey.size());
      byKey.forEach((each, moment) -> queue.add(new Due(moment, each)));
    }
  }

  /** Removes a key's deadline; false if it had none. */
  boolean remove(String key) {
    boolean was = byKey.remove(key) != null;
    bytes -= was ? Footprint.deadline(key) : 0;
    return was;
  }

  /** The earliest deadline; 0 if there is none. */
  long next() {
    Due first = first();
    return first == null ? 0 : first.at;
  }

  /** A key that is due, without removing it; null if there is none. */
  @Nullable String due(long now) {
    Due first = first();
    return first != null && first.at <= now ? first.key : null;
  }

  private @Nullable Due first() {
    Due first = queue.peek();
    while (first != null && !isCurrent(first)) {
      queue.remove();
      first = queue.peek();
    }
    return first;
  }

  private boolean isCurrent(Due due) {
    Long at = byKey.get(due.key);
    return at != null && at == due.at;
  }
}
