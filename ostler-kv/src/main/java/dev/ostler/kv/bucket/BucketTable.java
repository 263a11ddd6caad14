package dev.ostler.kv.bucket;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Dict;
import dev.ostler.kv.bytes.Words;
import dev.ostler.kv.journal.Durability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The processes of buckets by name, a {@linkplain Bytes byte string}. Any thread may read it. Only
 * the registry that took it over last adds to it: a killed registry cannot, even if its thread
 * still runs for a moment. A reader that finds a dead process removes it.
 *
 * <p>A process dies before it is removed. So each reader checks whether it is alive: a bucket does
 * not exist from the moment of its death on.
 */
public final class BucketTable {
  private final Dict<BucketRef> buckets = new Dict<>(); // changed under this object's lock

  private final Census census; // of the buckets

  private @Nullable Object writer; // under this object's lock
  private volatile long added; // written under this object's lock

  /**
   * The last change of a bucket that has ended: its position, and whether it removed the bucket.
   */
  private record LastChange(long position, boolean removed) {
    static LastChange later(LastChange one, LastChange other) {
      return one.position > other.position ? one : other;
    }
  }

  /** Last changes, until the engine has them. Under this object's lock. */
  private final Map<String, LastChange> unwritten = new HashMap<>();

  private int thinOutAt = 1000;

  /** Empty, for the buckets that are counted there. */
  BucketTable(Census census) {
    this.census = census;
  }

  /** The bucket of this name, if it exists. */
  Optional<BucketRef> lookup(String name) {
    BucketRef bucket = living(name);
    return bucket != null && bucket.exists() ? Optional.of(bucket) : Optional.empty();
  }

  /** The living process of this name, perhaps an empty one; null if there is none. */
  public @Nullable BucketRef living(String name) {
    return living(buckets.get(name));
  }

  /** As {@link #living(String)}; an argument of a command is the name. */
  public @Nullable BucketRef living(Words words, int index) {
    return living(words.in(buckets, index));
  }

  /** Brings processes into the processor's cache, see {@link Dict#touch}. */
  public int touch(int[] hashes, int[] lengths, int count) {
    return buckets.touch(hashes, lengths, count, BucketRef::isAlive);
  }

  private @Nullable BucketRef living(@Nullable BucketRef bucket) {
    if (bucket == null || bucket.isAlive()) {
      return bucket;
    }
    remove(bucket);
    return null;
  }

  /** How many processes were added, ever. */
  long added() {
    return added;
  }

  /** The names of all buckets, as text, in order. */
  List<String> names() {
    var names = new ArrayList<String>();
    forEach(bucket -> names.add(bucket.name()));
    names.sort(null);
    return names;
  }

  /** Calls a consumer with each bucket. */
  void forEach(Consumer<? super BucketRef> each) {
    buckets.forEachValue(
        bucket -> {
          if (bucket.exists()) {
            each.accept(bucket);
          }
        });
  }

  /** Calls a consumer with each process; some may be empty. */
  public void forEachProcess(Consumer<? super BucketRef> each) {
    buckets.forEachValue(each);
  }

  /** Calls a consumer with some buckets, see {@link Dict#scan}. */
  long scan(long cursor, long count, Consumer<? super BucketRef> each) {
    return buckets.scanValues(
        cursor,
        count,
        bucket -> {
          if (bucket.exists()) {
            each.accept(bucket);
          }
        });
  }

  /** Calls a consumer with some processes, see {@link Dict#scan}. */
  long scanProcesses(long cursor, long count, Consumer<? super BucketRef> each) {
    return buckets.scanValues(cursor, count, each);
  }

  /** The number of processes. */
  public int processes() {
    return buckets.size();
  }

  /** A bucket chosen at random; null if there is none. */
  @Nullable BucketRef random(RandomGenerator random) {
    for (int attempt = 0; attempt < 100; attempt++) {
      String name = buckets.random(random);
      BucketRef bucket = name == null ? null : buckets.get(name);
      if (bucket != null && bucket.exists()) {
        return bucket;
      }
    }
    var all = new ArrayList<BucketRef>();
    forEach(all::add);
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  /**
   * The number of buckets. A bucket counts from the command that puts something into it, until a
   * command removes the last, or its process notices that its deadline is over.
   */
  int size() {
    return Math.toIntExact(census.size());
  }

  /** How many buckets have left memory so far. */
  long evictions() {
    return census.evictions();
  }

  /** How many of them have a deadline. */
  long expiring() {
    return census.expiring();
  }

  /** Counts the buckets. */
  Census census() {
    return census;
  }

  /**
   * Makes this the only writer. Returns all processes, also dead ones that the previous writer did
   * not hear of.
   */
  synchronized List<BucketRef> takeOver(Object newWriter) {
    writer = newWriter;
    var all = new ArrayList<BucketRef>();
    buckets.forEachValue(all::add);
    return all;
  }

  /** Adds a process; false if another writer has taken over. There is no living one of its name. */
  synchronized boolean add(BucketRef bucket, Object by) {
    if (by != writer) {
      return false;
    }
    buckets.put(bucket.nameBytes(), bucket);
    added++;
    return true;
  }

  /** Removes this process, but not another one of its name; false if it was not in the table. */
  synchronized boolean remove(BucketRef bucket) {
    if (buckets.get(bucket.nameBytes()) != bucket) {
      return false;
    }
    buckets.remove(bucket.nameBytes());
    bucket.processEnded();
    Durability durability = bucket.durability();
    if (!durability.written().hasReached(bucket.position())) {
      readAfter(bucket.rawName(), new LastChange(bucket.position(), bucket.wasRemoved()));
      if (unwritten.size() > thinOutAt) {
        unwritten.values().removeIf(last -> durability.written().hasReached(last.position));
        thinOutAt = Math.max(1000, 2 * unwritten.size());
      }
    }
    return true;
  }

  /** A bucket that is not in memory was removed by the change at this position. */
  void removedAt(String name, long position) {
    readAfter(name, new LastChange(position, true));
  }

  private synchronized void readAfter(String name, LastChange last) {
    unwritten.merge(name, last, LastChange::later);
  }

  /** The position that the engine must have before this bucket is loaded. */
  synchronized long readAfter(String name) {
    LastChange last = unwritten.get(name);
    return last == null ? 0 : last.position;
  }

  /**
   * Whether a bucket that is not in memory was removed by a change that the engine does not have
   * yet. It then need not be looked for.
   */
  synchronized boolean isBeingRemoved(String name, Durability durability) {
    LastChange last = unwritten.get(name);
    return last != null
        && last.removed
        && !durability.hasFailed()
        && !durability.written().hasReached(last.position);
  }

  /** Removes all processes: the store is closed. */
  public synchronized void clear() {
    takeOver(this).forEach(this::remove);
  }
}
