package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Archive.Visitor;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All buckets of a store. In memory these are the buckets of the table; in a durable store those of
 * the archive. Any thread may use it.
 *
 * <p>Methods take the buckets that the calling transaction has locked, so that it sees its own
 * changes to them; null outside of a transaction.
 */
public sealed interface Catalog permits MemoryCatalog, ArchiveCatalog {
  /** The archive of a durable store. */
  Optional<Archive> archive();

  // --- One bucket that is not in memory, for the registry

  /** Whether there is certainly no bucket of this name, see {@link Archive#hasSurelyNot}. */
  boolean hasSurelyNot(String name, long after);

  /** Loads a bucket, see {@link Archive#load}. */
  <R> void load(String name, long after, Function<BucketStore.Stored, R> as, Archive.Told<R> told);

  /** Reads the heads of several buckets, see {@link Archive#heads}. */
  void heads(List<String> names, long after, Archive.Told<List<BucketStore.Head>> told);

  /** About how many buckets the archive has. */
  long stored();

  /** The most buckets that the archive can have once it has all changes. */
  long mostStored();

  // --- All buckets

  /** The number of buckets, see {@link BucketTable#size}. */
  long size(@Nullable LockedBuckets locked);

  /** Calls a consumer with the names of all buckets, in no order. */
  void forEachName(@Nullable LockedBuckets locked, Consumer<? super String> each);

  /**
   * Calls a visitor with some buckets. A caller that begins with 0, and continues until it gets 0,
   * gets every bucket that exists all the time, and some perhaps twice. Buckets that only the
   * transaction has created come last.
   *
   * @param cursor 0 to begin, otherwise the result of the previous call
   * @param count about how many buckets to look at, at least 1
   */
  long scan(long cursor, long count, @Nullable LockedBuckets locked, Visitor visitor);

  /** The name of a bucket chosen at random; null if there is none. */
  @Nullable String random(RandomGenerator random, @Nullable LockedBuckets locked);

  /** Calls a consumer with the names of all buckets of the archive, up to a thousand at a time. */
  void forEachPage(@Nullable LockedBuckets locked, Consumer<List<String>> page);
}
