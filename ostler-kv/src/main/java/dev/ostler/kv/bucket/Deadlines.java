package dev.ostler.kv.bucket;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * When each of a bucket's keys goes, for the few that go by themselves, and which is next.
 *
 * <p>Belongs to the bucket's process, which alone uses it. Moments are milliseconds since 1970.
 */
final class Deadlines {
  /** A moment a key had as its deadline, and may still have. */
  private record Due(long at, String key) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.compare(at, other.at);
    }
  }

  private final Map<String, Long> byKey = new HashMap<>();

  /** Every deadline there is, and some that are no longer: those that byKey does not confirm. */
  private PriorityQueue<Due> queue = new PriorityQueue<>();

  /** Of this key; 0 if it has none. */
  long of(String key) {
    return byKey.getOrDefault(key, 0L);
  }

  int size() {
    return byKey.size();
  }

  void set(String key, long at) {
    Long before = byKey.put(key, at);
    if (before != null && before == at) {
      return;
    }
    queue.add(new Due(at, key));
    if (queue.size() > 2 * byKey.size() + 16) {
      queue = new PriorityQueue<>(byKey.size());
      byKey.forEach((each, moment) -> queue.add(new Due(moment, each)));
    }
  }

  /** Whether the key had one. */
  boolean remove(String key) {
    return byKey.remove(key) != null;
  }

  /** The earliest; 0 if there is none. */
  long next() {
    Due first = first();
    return first == null ? 0 : first.at;
  }

  /** A key whose deadline has come by now; null if there is none. It stays here. */
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
