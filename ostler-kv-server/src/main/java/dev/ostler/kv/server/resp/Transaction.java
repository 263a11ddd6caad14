package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Absences;
import dev.ostler.kv.bucket.Absences.Absence;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Held;
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
 * The commands a client has queued since MULTI, and the buckets it has asked to watch. Belongs to
 * the client's process.
 *
 * <p>A bucket that is watched knows nothing of it: the number of its last change is remembered, and
 * looked at again while EXEC holds the bucket. A bucket that went and came back has other numbers.
 * One that came and went leaves nothing to look at, so its absence is {@linkplain Absences
 * watched}.
 */
public final class Transaction {
  /** Instead of a number: there is no such bucket. */
  public static final long MISSING = -1;

  /** A command to be done at EXEC. */
  public record Queued(CommandSpec spec, Args args) {}

  /**
   * What a bucket was like when it was first watched.
   *
   * @param seq the number of its last change
   * @param absence if it was missing
   */
  public record Watched(long seq, @Nullable Absence absence) {}

  private final Absences absences;
  private List<Queued> queue = List.of();
  private Map<String, Watched> watched = Map.of(); // most clients watch none
  private long bytes; // of the words that are queued
  private long memory; // that the commands that are queued take
  private long watching; // memory that what is watched takes
  private boolean open;
  private boolean broken;

  Transaction(Absences absences) {
    this.absences = absences;
  }

  public boolean isOpen() {
    return open;
  }

  /** Whether a command was refused since MULTI: then EXEC does nothing. */
  public boolean isBroken() {
    return broken;
  }

  public void open() {
    open = true;
    queue = new ArrayList<>();
    bytes = 0;
    memory = 0;
  }

  /** Forgets all, and what is watched, too. */
  public void close() {
    open = false;
    broken = false;
    queue = List.of();
    memory = 0;
    unwatch();
  }

  /** About how many bytes of memory it takes. */
  long bytes() {
    return memory + watching;
  }

  public List<Queued> queued() {
    return queue;
  }

  /** Queues a command; of how many bytes the words of all are then. */
  int queue(CommandSpec spec, Args args) {
    queue.add(new Queued(spec, args));
    memory += ClientMemory.ofWords(args);
    for (int i = 0; i < args.count(); i++) {
      bytes += args.length(i);
    }
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /** How many words there are in all that is queued. */
  public long words() {
    long words = 0;
    for (Queued each : queue) {
      words += each.args().count();
    }
    return words;
  }

  /** A command was refused that was to be queued: none of them is ever done. */
  void refused() {
    if (open) {
      broken = true;
      queue = new ArrayList<>();
      memory = 0;
    }
  }

  /** Whether a queued command is of this kind. */
  public boolean has(Flag flag) {
    for (Queued each : queue) {
      if (each.spec().has(flag)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a queued command may look at more than the buckets that are held. */
  public boolean asksBeyond() {
    for (Queued each : queue) {
      if (each.spec().body() instanceof CommandSpec.OfClient) {
        return true;
      }
    }
    return false;
  }

  /** The buckets that it is about: those of its commands, and those that are watched. */
  public Set<String> names() {
    var names = new LinkedHashSet<>(watched.keySet());
    queue.forEach(each -> names.addAll(each.spec().keysOf(each.args())));
    return names;
  }

  /** Those of them that its commands make, where there are none yet. */
  public Set<String> created() {
    var names = new LinkedHashSet<String>();
    queue.forEach(each -> names.addAll(each.spec().createdBy(each.args())));
    return names;
  }

  // --- Watching
  // -----------------------------------------------------------------------------------

  /** Watches a bucket from now on, besides others, if it does not yet. */
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

  /** How many buckets are watched. */
  int watching() {
    return watched.size();
  }

  public void unwatch() {
    watched.values().forEach(this::forget);
    watched = Map.of();
    watching = 0;
  }

  private void forget(Watched bucket) {
    if (bucket.absence() != null) {
      absences.forget(bucket.absence());
    }
  }

  /** The number to remember a bucket by. */
  public static long mark(Entries bucket) {
    return bucket.exists() ? bucket.seq() : MISSING;
  }

  /** Whether all that is watched is as it was. */
  public boolean isUntouched(Held buckets) {
    for (var each : watched.entrySet()) {
      Watched before = each.getValue();
      boolean came = before.absence() != null && before.absence().isOver();
      if (came || before.seq() != mark(buckets.get(each.getKey()))) {
        return false;
      }
    }
    return true;
  }
}
