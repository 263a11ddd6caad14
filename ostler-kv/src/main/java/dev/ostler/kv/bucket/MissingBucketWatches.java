package dev.ostler.kv.bucket;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;

/**
 * The watches of clients on buckets that do not exist. A client so notices a bucket that was
 * created and deleted again before it looked. Any thread may use it.
 */
public final class MissingBucketWatches {
  /** One client's watch of a name. */
  public static final class Watch {
    private final String name;
    private final Object owner;
    private volatile boolean created;

    private Watch(String name, Object owner) {
      this.name = name;
      this.owner = owner;
    }

    /** Whether a bucket of this name was created since. */
    public boolean wasCreated() {
      return created;
    }
  }

  private final ConcurrentMap<String, List<Watch>> watches = new ConcurrentHashMap<>();

  /**
   * Watches a name from now on.
   *
   * @param owner the client, for {@link #forgetAll}
   */
  public Watch watch(String name, Object owner) {
    var watch = new Watch(name, owner);
    watches.merge(name, List.of(watch), MissingBucketWatches::both);
    return watch;
  }

  private static List<Watch> both(List<Watch> some, List<Watch> others) {
    var all = new ArrayList<>(some);
    all.addAll(others);
    return List.copyOf(all);
  }

  /** Ends one watch. */
  public void forget(Watch watch) {
    forget(watch.name, known -> known == watch);
  }

  /** Ends all watches of one client. */
  public void forgetAll(Object owner) {
    watches.keySet().forEach(name -> forget(name, known -> known.owner == owner));
  }

  private void forget(String name, Predicate<Watch> which) {
    watches.computeIfPresent(
        name,
        (same, known) -> {
          List<Watch> left = known.stream().filter(which.negate()).toList();
          return left.isEmpty() ? null : left;
        });
  }

  /** A bucket whose name has these bytes was created. Called by its process. */
  void created(byte[] name) {
    if (!watches.isEmpty()) {
      watches.getOrDefault(Bytes.of(name), List.of()).forEach(watch -> watch.created = true);
    }
  }

  @Override
  public String toString() {
    return "watches of " + watches.keySet().stream().map(Bytes::text).sorted().toList();
  }
}
