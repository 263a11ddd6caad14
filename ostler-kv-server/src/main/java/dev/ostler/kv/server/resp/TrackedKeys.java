package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import java.util.Collections;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys that clients with caches have read, and who has. Any thread may use it; nobody waits but
 * for a moment, for the lock of one key.
 *
 * <p>It is bounded: beyond its limits it forgets other keys, as if they had changed. Clients that
 * have gone stay in it until their keys change or are forgotten.
 */
final class TrackedKeys {
  /** About how many bytes a key takes besides its own, with one client that has read it. */
  private static final int EACH = 120;

  private final ConcurrentMap<String, Set<Tracker>> readers = new ConcurrentHashMap<>();
  private final LongAdder items = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongSupplier mostKeys;
  private final long mostBytes;
  private Iterator<String> next = Collections.emptyIterator(); // to be forgotten; under this lock

  /**
   * Empty.
   *
   * @param mostKeys how many keys it may have; 0 for any number
   * @param mostBytes about how many bytes it may take
   */
  TrackedKeys(LongSupplier mostKeys, long mostBytes) {
    this.mostKeys = mostKeys;
    this.mostBytes = mostBytes;
  }

  boolean isEmpty() {
    return readers.isEmpty();
  }

  int size() {
    return readers.size();
  }

  /** How many pairs of a key and a client there are. */
  long items() {
    return items.sum();
  }

  /** Remembers that a client reads a key. */
  void add(String key, Tracker reader) {
    Set<Tracker> known = readers.get(key);
    if (known == null || !known.contains(reader)) {
      var _ = readers.compute(key, (_, before) -> with(key, before, reader));
    }
  }

  private Set<Tracker> with(String key, @Nullable Set<Tracker> before, Tracker reader) {
    if (before == null) {
      bytes.add(EACH + Footprint.array(key.length()));
      items.increment();
      return Set.of(reader);
    }
    if (before.contains(reader)) {
      return before;
    }
    Set<Tracker> more = before;
    if (before.size() == 1) { // mostly it cannot be changed
      more = ConcurrentHashMap.newKeySet();
      more.addAll(before);
    }
    more.add(reader);
    bytes.add(EACH);
    items.increment();
    return more;
  }

  /** Forgets a key; returns who has read it. */
  Set<Tracker> remove(String key) {
    Set<Tracker> known = readers.remove(key);
    if (known == null) {
      return Set.of();
    }
    bytes.add(-(long) EACH * known.size() - Footprint.array(key.length()));
    items.add(-known.size());
    return known;
  }

  void clear() {
    readers.keySet().forEach(this::remove);
  }

  /** Forgets keys while there are too many, and tells who had read them. */
  void shrink(BiConsumer<String, Set<Tracker>> forgotten) {
    while (isTooLarge()) {
      String key = someKey();
      if (key == null) {
        return;
      }
      forgotten.accept(key, remove(key));
    }
  }

  private boolean isTooLarge() {
    long most = mostKeys.getAsLong();
    return (most > 0 && readers.size() > most) || bytes.sum() > mostBytes;
  }

  /** Another key at each call, so that those that were just read are not forgotten first. */
  private synchronized @Nullable String someKey() {
    if (!next.hasNext()) {
      next = readers.keySet().iterator();
    }
    return next.hasNext() ? next.next() : null;
  }
}
