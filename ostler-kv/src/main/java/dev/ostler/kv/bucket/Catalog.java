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
 * All buckets of a store: in memory they are those of the table; a durable store has them in its
 * archive. Any thread may use it.
 *
 * <p>A transaction has locked buckets, and sees what it did to them. Its methods take these.
 */
public sealed interface Catalog permits MemoryCatalog, ArchiveCatalog {
  /** Where the buckets of a durable store are. */
  Optional<Archive> archive();

  // --- One bucket that is not in memory, for the registry

  /** Whether there is surely no bucket of this name, see {@link Archive#hasSurelyNot}. */
  boolean hasSurelyNot(String name, long after);

  /** Loads a bucket, see {@link Archive#load}. */
  <R> void load(String name, long after, Function<BucketStore.Stored, R> as, Archive.Told<R> told);

  /** The heads of several buckets, see {@link Archive#heads}. */
  void heads(List<String> names, long after, Archive.Told<List<BucketStore.Head>> told);

  /** How many buckets the archive has, about. */
  long stored();

  /** How many it has at most, once it has all changes. */
  long mostStored();

  // --- All buckets

  /** How many buckets there are, see {@link BucketTable#size}. */
  long size(@Nullable Held held);

  /** Shows the names of all buckets, in no order. */
  void forEachName(@Nullable Held held, Consumer<? super String> each);

  /**
   * Shows some buckets. A caller that begins with 0, and goes on until it gets 0, is shown every
   * bucket that is there all the time, and some perhaps twice. Buckets that only the transaction
   * knows are shown at the end.
   *
   * @param cursor 0 to begin, else what the last call returned
   * @param count about how many to look at, at least 1
   */
  long scan(long cursor, long count, @Nullable Held held, Visitor visitor);

  /** The name of a bucket chosen at random; null if there is none. */
  @Nullable String random(RandomGenerator random, @Nullable Held held);

  /** Shows the names of all buckets that the archive has, some hundred at a time. */
  void forEachPage(@Nullable Held held, Consumer<List<String>> page);
}
