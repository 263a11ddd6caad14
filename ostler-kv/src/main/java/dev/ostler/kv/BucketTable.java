package dev.ostler.kv;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which name leads to which bucket. Outlives the registry, which writes it; any thread reads.
 *
 * <p>A bucket dies before it is taken out, so whoever reads looks whether it lives: to readers a
 * dead bucket is an absent one, from the moment it is dead.
 */
final class BucketTable {
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

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

  /** All, dead ones among them that the registry has not been told of. */
  List<Bucket> all() {
    return List.copyOf(buckets.values());
  }

  /** How many there are, dead ones among them that the registry has not been told of. */
  int size() {
    return buckets.size();
  }

  /** Adds it, unless there is one of this name; gives the one that is there now. */
  Bucket add(Bucket bucket) {
    Bucket there = buckets.putIfAbsent(bucket.name(), bucket);
    return there == null ? bucket : there;
  }

  /** Takes this bucket out, and not another that has its name by now. */
  void remove(Bucket bucket) {
    buckets.remove(bucket.name(), bucket);
  }
}
