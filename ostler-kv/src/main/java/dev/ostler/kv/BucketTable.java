package dev.ostler.kv;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which name leads to which bucket. Outlives the registry, which writes it; any thread reads. Only
 * the registry that took it over last can add to it: one that was killed, and whose thread goes on
 * for a moment, cannot.
 *
 * <p>A bucket dies before it is taken out, so whoever reads looks whether it lives: to readers a
 * dead bucket is an absent one, from the moment it is dead.
 */
final class BucketTable {
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  private @Nullable Object writer; // under this object's lock

  Optional<Bucket> lookup(String name) {
    return Optional.ofNullable(living(name));
  }

  private @Nullable Bucket living(String name) {
    Bucket bucket = buckets.get(name);
    if (bucket == null || bucket.isAlive()) {
      return bucket;
    }
    remove(bucket);
    return null;
  }

  /** The names of the living, in order. */
  List<String> names() {
    return buckets.values().stream().filter(Bucket::isAlive).map(Bucket::name).sorted().toList();
  }

  /**
   * From now on only this writer can add. All there are, dead ones among them that the writer
   * before was not told of.
   */
  synchronized List<Bucket> takeOver(Object newWriter) {
    writer = newWriter;
    return List.copyOf(buckets.values());
  }

  /** Adds it, whose name leads to none that lives; false if another writer has taken over. */
  synchronized boolean add(Bucket bucket, Object by) {
    if (by != writer) {
      return false;
    }
    buckets.put(bucket.name(), bucket);
    return true;
  }

  /** Takes this bucket out, and not another that has its name by now. */
  void remove(Bucket bucket) {
    buckets.remove(bucket.name(), bucket);
  }

  /** Forgets all: the store is closed. */
  void clear() {
    buckets.clear();
  }
}
