package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Archive.Visitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The buckets of a durable store. The archive does not have a transaction's own changes yet. */
record ArchiveCatalog(Archive from, LongSupplier clock) implements Catalog {
  /** After so many deleted ones, a random bucket is chosen from a list of all. */
  private static final int RANDOM_ATTEMPTS = 10;

  @Override
  public Optional<Archive> archive() {
    return Optional.of(from);
  }

  @Override
  public boolean hasSurelyNot(String name, long after) {
    return from.hasSurelyNot(name, after);
  }

  @Override
  public <R> void load(
      String name, long after, Function<BucketStore.Stored, R> as, Archive.Told<R> told) {
    from.load(name, after, as, told);
  }

  @Override
  public void heads(List<String> names, long after, Archive.Told<List<BucketStore.Head>> told) {
    from.heads(names, after, told);
  }

  @Override
  public long stored() {
    return from.approximateSize();
  }

  @Override
  public long mostStored() {
    return from.approximateSize() + from.journal().mostWaiting();
  }

  @Override
  public long size(@Nullable LockedBuckets locked) {
    if (locked == null) {
      return from.size();
    }
    long own = locked.existing().size();
    return locked.isAllDropped() ? own : from.size() - from.existing(locked.names()).size() + own;
  }

  @Override
  public void forEachName(@Nullable LockedBuckets locked, Consumer<? super String> each) {
    if (locked != null) {
      locked.existing().forEach(each);
    }
    if (locked == null || !locked.isAllDropped()) {
      from.forEach(
          clock.getAsLong(),
          (name, kind) -> {
            if (locked == null || !locked.names().contains(name)) {
              each.accept(name);
            }
          });
    }
  }

  @Override
  public long scan(long cursor, long count, @Nullable LockedBuckets locked, Visitor visitor) {
    if (locked == null) {
      return from.scan(cursor, count, clock.getAsLong(), visitor);
    }
    if (locked.isAllDropped()) {
      locked.existing().forEach(name -> visitor.visit(name, locked.get(name).kind()));
      return 0;
    }
    long next =
        from.scan(
            cursor,
            count,
            clock.getAsLong(),
            (name, kind) -> {
              BucketStore.Kind now = locked.names().contains(name) ? locked.get(name).kind() : kind;
              if (now != BucketStore.Kind.NONE) {
                visitor.visit(name, now);
              }
            });
    if (next == 0) {
      List<String> added = locked.existing();
      added.removeAll(from.existing(locked.names()));
      added.forEach(name -> visitor.visit(name, locked.get(name).kind()));
    }
    return next;
  }

  @Override
  public @Nullable String random(RandomGenerator random, @Nullable LockedBuckets locked) {
    if (locked == null) {
      return from.random(random, clock.getAsLong());
    }
    for (int attempt = 0; attempt < RANDOM_ATTEMPTS && !locked.isAllDropped(); attempt++) {
      String name = from.random(random, clock.getAsLong());
      if (name != null && (!locked.names().contains(name) || locked.get(name).exists())) {
        return name;
      }
    }
    var existing = new ArrayList<String>(); // the transaction has deleted most of them
    forEachName(locked, existing::add);
    return existing.isEmpty() ? null : existing.get(random.nextInt(existing.size()));
  }

  @Override
  public void forEachPage(@Nullable LockedBuckets locked, Consumer<List<String>> page) {
    long cursor = 0;
    do {
      var names = new ArrayList<String>();
      cursor = from.scan(cursor, Archive.PAGE, 0, (name, kind) -> names.add(name));
      if (locked != null) {
        names.removeAll(locked.names());
      }
      if (!names.isEmpty()) {
        page.accept(names);
      }
    } while (cursor != 0);
  }
}
