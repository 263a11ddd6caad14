package dev.ostler.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The entries of several buckets, all of which wait while a command works on them: what it does is
 * done at one moment.
 *
 * <p>Used by one thread at a time, while it lasts.
 */
final class Held extends Undertaking {
  private final Environment environment;
  private final Map<String, Entries> entries = new HashMap<>();
  private final TreeMap<String, Bucket> buckets = new TreeMap<>(); // as they are held
  private final List<Unkept.Event> events = new ArrayList<>(); // of all, in the order they happen

  Held(Environment environment) {
    this.environment = environment;
  }

  /** Adds those of this bucket, in whose process this is called. */
  void add(Bucket bucket, Entries own) {
    buckets.put(bucket.rawName(), bucket);
    entries.put(bucket.rawName(), own);
    Unkept unkept = own.unkept();
    if (unkept != null) {
      unkept.tellIn(events);
    }
  }

  /** The entries of this name; those of no bucket, not to be changed, if there is none. */
  Entries get(String name) {
    Entries held = entries.get(name);
    return held == null ? Entries.absent(name, environment) : held;
  }

  /** The bucket of this name that is held; null if there is none. */
  @Nullable Bucket bucket(String name) {
    return buckets.get(name);
  }

  Set<String> names() {
    return entries.keySet();
  }

  /**
   * Has all that was changed kept, all at once or not at all.
   *
   * @throws IllegalStateException if one of the processes has ended: nothing is kept, and the
   *     others end, too
   * @throws KvException.NotKept if it cannot be kept: all processes end
   */
  void commit() {
    var writes = new ArrayList<BucketStore.Write>();
    var changed = new HashMap<String, Entries>();
    entries.forEach(
        (name, each) -> {
          Unkept unkept = each.unkept();
          List<BucketStore.Write> own = unkept == null ? null : unkept.take();
          if (own != null) {
            writes.addAll(own);
            changed.put(name, each);
          }
        });
    if (!changed.isEmpty()) {
      try {
        tell(commit(List.copyOf(buckets.values()), 0, changed.keySet(), writes));
      } catch (RuntimeException e) {
        changed.values().forEach(Held::spoil);
        throw e;
      }
    }
  }

  /**
   * All is kept, or nothing. Nothing is if one of the processes has ended that were only read: what
   * was seen there may not be true any more. Keeps all of them from ending meanwhile, in the order
   * in which they are held.
   */
  private long commit(
      List<Bucket> all, int next, Set<String> changed, List<BucketStore.Write> writes) {
    if (next == all.size()) {
      return Objects.requireNonNull(environment.archive(), "archive").journal().append(writes);
    }
    Bucket bucket = all.get(next);
    return bucket.commit(
        changed.contains(bucket.rawName()), () -> commit(all, next + 1, changed, writes));
  }

  /** Tells what happened once the journal has kept this. */
  private void tell(long position) {
    if (!events.isEmpty()) {
      Runnable all = Unkept.telling(List.copyOf(events), environment);
      events.clear();
      Objects.requireNonNull(environment.archive(), "archive").journal().whenDurable(position, all);
    }
  }

  private static void spoil(Entries each) {
    if (each.unkept() != null) {
      each.unkept().spoil();
    }
  }

  /** After a failure half-way: what was changed must not be kept. */
  void spoil() {
    events.clear();
    for (Entries each : entries.values()) {
      if (each.unkept() != null) {
        each.unkept().spoilIfChanged();
      }
    }
  }

  /** Where the last change of any of them is in the journal. */
  long position() {
    return buckets.values().stream().mapToLong(Bucket::position).max().orElse(0);
  }

  /** Lets readers see what there is now, while the buckets are still held. */
  void show() {
    buckets.forEach((name, bucket) -> bucket.show(get(name)));
  }
}
