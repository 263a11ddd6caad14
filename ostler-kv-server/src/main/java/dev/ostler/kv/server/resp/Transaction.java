package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bucket.MissingBucketWatches;
import dev.ostler.kv.bucket.MissingBucketWatches.Watch;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The commands that a client has queued since MULTI, and the buckets that it watches. Belongs to
 * the client's process.
 *
 * <p>A bucket does not know that it is watched. The transaction remembers the number of the
 * bucket's last change, and compares it while EXEC has locked the bucket. A bucket that was deleted
 * and created again has other numbers. A bucket that was created and deleted again leaves no trace,
 * so a missing bucket is watched, too, in {@link MissingBucketWatches}.
 */
public final class Transaction {
  /** The number for a bucket that does not exist. */
  public static final long MISSING = -1;

  /** A command to run at EXEC. */
  public record Queued(CommandSpec spec, Args args) {}

  /**
   * The state of a bucket when it was first watched.
   *
   * @param seq the number of its last change
   * @param missing the watch of a missing bucket; null if it existed
   */
  public record Watched(long seq, @Nullable Watch missing) {}

  private final MissingBucketWatches missingWatches;
  private List<Queued> queue = List.of();
  private Map<String, Watched> watched = Map.of(); // most clients watch none
  private long bytes; // of the arguments of queued commands
  private long memory; // that queued commands take
  private long watching; // memory that watched buckets take
  private boolean open;
  private boolean broken;

  Transaction(MissingBucketWatches missingWatches) {
    this.missingWatches = missingWatches;
  }

  public boolean isOpen() {
    return open;
  }

  /** Whether a command was refused since MULTI. Then EXEC runs nothing. */
  public boolean isBroken() {
    return broken;
  }

  public void open() {
    open = true;
    queue = new ArrayList<>();
    bytes = 0;
    memory = 0;
  }

  /** Drops the queued commands and the watched buckets. */
  public void close() {
    open = false;
    broken = false;
    queue = List.of();
    memory = 0;
    unwatch();
  }

  /** The approximate memory that it takes, in bytes. */
  long bytes() {
    return memory + watching;
  }

  public List<Queued> queued() {
    return queue;
  }

  /** Queues a command; returns the size of the arguments of all queued commands, in bytes. */
  int queue(CommandSpec spec, Args args) {
    queue.add(new Queued(spec, args));
    memory += ClientMemory.ofWords(args);
    for (int i = 0; i < args.count(); i++) {
      bytes += args.length(i);
    }
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /** The number of arguments of all queued commands. */
  public long words() {
    long words = 0;
    for (Queued each : queue) {
      words += each.args().count();
    }
    return words;
  }

  /** A command could not be queued: EXEC will run none. */
  public void refused() {
    if (open) {
      broken = true;
      queue = new ArrayList<>();
      memory = 0;
    }
  }

  /** Whether a queued command has this flag. */
  public boolean has(Flag flag) {
    for (Queued each : queue) {
      if (each.spec().has(flag)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a queued command may look at more than the locked buckets. */
  public boolean asksBeyond() {
    for (Queued each : queue) {
      if (each.spec().body() instanceof CommandSpec.OfClient) {
        return true;
      }
    }
    return false;
  }

  /** The buckets that EXEC must lock: those of the queued commands, and the watched ones. */
  public Set<String> names() {
    var names = new LinkedHashSet<>(watched.keySet());
    queue.forEach(each -> names.addAll(each.spec().keysOf(each.args())));
    return names;
  }

  /** The buckets among them that its commands create if they are missing. */
  public Set<String> created() {
    var names = new LinkedHashSet<String>();
    queue.forEach(each -> names.addAll(each.spec().createdBy(each.args())));
    return names;
  }

  // --- Watching

  /** Watches a bucket, unless it is watched already. */
  public void watch(String name, Watched bucket) {
    if (watched.isEmpty()) {
      watched = new LinkedHashMap<>();
    }
    if (watched.putIfAbsent(name, bucket) != null) {
      forget(bucket);
    } else {
      watching += ClientMemory.ofSubscription(name);
    }
  }

  /** The number of watched buckets. */
  int watching() {
    return watched.size();
  }

  public void unwatch() {
    watched.values().forEach(this::forget);
    watched = Map.of();
    watching = 0;
  }

  private void forget(Watched bucket) {
    if (bucket.missing() != null) {
      missingWatches.forget(bucket.missing());
    }
  }

  /** The number to remember a bucket by. */
  public static long mark(Entries bucket) {
    return bucket.exists() ? bucket.seq() : MISSING;
  }

  /** Whether no watched bucket has changed. */
  public boolean isUntouched(LockedBuckets buckets) {
    for (var each : watched.entrySet()) {
      Watched before = each.getValue();
      boolean came = before.missing() != null && before.missing().wasCreated();
      if (came || before.seq() != mark(buckets.get(each.getKey()))) {
        return false;
      }
    }
    return true;
  }
}
