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
 * The processes of buckets by their names, which are {@linkplain Bytes byte strings}. Any thread
 * reads it. Only the registry that took it over last adds to it: a registry that was killed cannot,
 * even if its thread goes on for a moment. A reader that finds a dead process removes it.
 *
 * <p>A bucket dies before it is removed, so each reader checks whether it is alive: a dead bucket
 * counts as absent from the moment of its death.
 */
public final class BucketTable {
  private final Dict<BucketRef> buckets = new Dict<>(); // changed under this object's lock

  /** Of the buckets there are, without those that are just starting or ending. */
  private final Census census = new Census();

  private @Nullable Object writer; // under this object's lock
  private volatile long added; // written under this object's lock

  /**
   * Of buckets that have ended, where their last change is in the journal, for as long as the
   * engine may not have it; under this object's lock.
   */
  private final Map<String, Long> late = new HashMap<>();

  private int thinOutAt = 1000;

  /** The bucket of this name, if there is one. */
  Optional<BucketRef> lookup(String name) {
    BucketRef bucket = living(name);
    return bucket != null && bucket.isThere() ? Optional.of(bucket) : Optional.empty();
  }

  /** The living process of this name, though there may be nothing in it; null if there is none. */
  public @Nullable BucketRef living(String name) {
    return living(buckets.get(name));
  }

  /** As {@link #living(String)}, of the name that is this word of the command. */
  public @Nullable BucketRef living(Words words, int index) {
    return living(words.in(buckets, index));
  }

  private @Nullable BucketRef living(@Nullable BucketRef bucket) {
    if (bucket == null || bucket.isAlive()) {
      return bucket;
    }
    remove(bucket);
    return null;
  }

  /** How many processes were ever added. */
  long added() {
    return added;
  }

  /** The names of the buckets there are, as text, in order. */
  List<String> names() {
    var names = new ArrayList<String>();
    forEach(bucket -> names.add(bucket.name()));
    names.sort(null);
    return names;
  }

  /** Shows all buckets there are. */
  void forEach(Consumer<? super BucketRef> each) {
    buckets.forEach(
        (name, bucket) -> {
          if (bucket.isThere()) {
            each.accept(bucket);
          }
        });
  }

  /** Shows all processes there are, some perhaps with nothing in them yet. */
  public void forEachProcess(Consumer<? super BucketRef> each) {
    buckets.forEach((name, bucket) -> each.accept(bucket));
  }

  /** Shows some buckets, see {@link Dict#scan}. */
  long scan(long cursor, long count, Consumer<? super BucketRef> each) {
    return buckets.scan(
        cursor,
        count,
        (name, bucket) -> {
          if (bucket.isThere()) {
            each.accept(bucket);
          }
        });
  }

  /** Shows some processes, see {@link Dict#scan}. */
  long scanProcesses(long cursor, long count, Consumer<? super BucketRef> each) {
    return buckets.scan(cursor, count, (name, bucket) -> each.accept(bucket));
  }

  /** How many processes there are. */
  public int processes() {
    return buckets.size();
  }

  /** One chosen at random; null if there is none. */
  @Nullable BucketRef random(RandomGenerator random) {
    for (int attempt = 0; attempt < 100; attempt++) {
      String name = buckets.random(random);
      BucketRef bucket = name == null ? null : buckets.get(name);
      if (bucket != null && bucket.isThere()) {
        return bucket;
      }
    }
    var all = new ArrayList<BucketRef>();
    forEach(all::add);
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  /**
   * How many buckets there are: each counts as soon as a command has put something into it, and
   * until one has taken out the last, or its time is over and its process has noticed.
   */
  int size() {
    return Math.toIntExact(census.size());
  }

  /** How many of them go by themselves. */
  long expiring() {
    return census.expiring();
  }

  /** Where buckets count themselves. */
  Census census() {
    return census;
  }

  /**
   * From now on only this writer can add. All there are, dead ones among them that the writer
   * before was not told of.
   */
  synchronized List<BucketRef> takeOver(Object newWriter) {
    writer = newWriter;
    var all = new ArrayList<BucketRef>();
    buckets.forEach((name, bucket) -> all.add(bucket));
    return all;
  }

  /** Adds it, whose name leads to none that lives; false if another writer has taken over. */
  synchronized boolean add(BucketRef bucket, Object by) {
    if (by != writer) {
      return false;
    }
    buckets.put(bucket.rawName(), bucket);
    added++;
    return true;
  }

  /** Takes this bucket out, and not another that has its name by now; whether it was in. */
  synchronized boolean remove(BucketRef bucket) {
    if (buckets.get(bucket.rawName()) != bucket) {
      return false;
    }
    buckets.remove(bucket.rawName());
    bucket.end();
    Durability durability = bucket.durability();
    if (!durability.hasWritten(bucket.position())) {
      late(bucket.rawName(), bucket.position());
      if (late.size() > thinOutAt) {
        late.values().removeIf(durability::hasWritten);
        thinOutAt = Math.max(1000, 2 * late.size());
      }
    }
    return true;
  }

  /** Remembers that whoever reads this bucket must wait for this position. */
  synchronized void late(String name, long position) {
    late.merge(name, position, Math::max);
  }

  /** The position in the journal that whoever reads this bucket must wait for. */
  synchronized long late(String name) {
    return late.getOrDefault(name, 0L);
  }

  /** Forgets all: the store is closed. */
  public synchronized void clear() {
    takeOver(this).forEach(this::remove);
  }
}
