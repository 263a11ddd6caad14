package dev.ostler.kv.bucket;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Archive.Visitor;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The buckets of a store in memory. The table shows a transaction's own changes. */
record MemoryCatalog(BucketTable table) implements Catalog {
  @Override
  public Optional<Archive> archive() {
    return Optional.empty();
  }

  @Override
  public boolean hasSurelyNot(String name, long after) {
    return true;
  }

  @Override
  public <R> void load(
      String name, long after, Function<BucketStore.Stored, R> as, Archive.Told<R> told) {
    told.read(null, null);
  }

  @Override
  public void heads(List<String> names, long after, Archive.Told<List<BucketStore.Head>> told) {
    told.read(Collections.nCopies(names.size(), BucketStore.Head.NONE), null);
  }

  @Override
  public long stored() {
    return 0;
  }

  @Override
  public long mostStored() {
    return 0;
  }

  @Override
  public long size(@Nullable LockedBuckets locked) {
    return locked != null && locked.isAllDropped() ? locked.existing().size() : table.size();
  }

  @Override
  public void forEachName(@Nullable LockedBuckets locked, Consumer<? super String> each) {
    if (locked != null && locked.isAllDropped()) {
      locked.existing().forEach(each);
    } else {
      table.forEach(bucket -> each.accept(bucket.rawName()));
    }
  }

  @Override
  public long scan(long cursor, long count, @Nullable LockedBuckets locked, Visitor visitor) {
    if (locked != null && locked.isAllDropped()) {
      locked.existing().forEach(name -> visitor.visit(name, locked.get(name).kind()));
      return 0;
    }
    return table.scan(
        cursor,
        count,
        bucket -> {
          BucketStore.Kind kind = bucket.kind();
          if (kind != BucketStore.Kind.NONE) { // it may have ended since the table looked
            visitor.visit(bucket.rawName(), kind);
          }
        });
  }

  @Override
  public @Nullable String random(RandomGenerator random, @Nullable LockedBuckets locked) {
    if (locked != null && locked.isAllDropped()) {
      List<String> existing = locked.existing();
      return existing.isEmpty() ? null : existing.get(random.nextInt(existing.size()));
    }
    BucketRef bucket = table.random(random);
    return bucket == null ? null : bucket.rawName();
  }

  @Override
  public void forEachPage(@Nullable LockedBuckets locked, Consumer<List<String>> page) {}
}
