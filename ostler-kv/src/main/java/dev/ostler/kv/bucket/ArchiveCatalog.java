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

/**
 * The buckets of a durable store. The archive does not know what a transaction did to its buckets.
 */
record ArchiveCatalog(Archive kept, LongSupplier clock) implements Catalog {
  /** After so many buckets that the transaction deleted, one is chosen from a list of all. */
  private static final int RANDOM_ATTEMPTS = 10;

  @Override
  public Optional<Archive> archive() {
    return Optional.of(kept);
  }

  @Override
  public boolean hasSurelyNot(String name, long after) {
    return kept.hasSurelyNot(name, after);
  }

  @Override
  public <R> void load(
      String name, long after, Function<BucketStore.Stored, R> as, Archive.Told<R> told) {
    kept.load(name, after, as, told);
  }

  @Override
  public void heads(List<String> names, long after, Archive.Told<List<BucketStore.Head>> told) {
    kept.heads(names, after, told);
  }

  @Override
  public long stored() {
    return kept.about();
  }

  @Override
  public long mostStored() {
    return kept.about() + kept.journal().mostWaiting();
  }

  @Override
  public long size(@Nullable Held held) {
    if (held == null) {
      return kept.size();
    }
    long own = held.existing().size();
    return held.isFlushed() ? own : kept.size() - kept.existing(held.names()).size() + own;
  }

  @Override
  public void forEachName(@Nullable Held held, Consumer<? super String> each) {
    if (held != null) {
      held.existing().forEach(each);
    }
    if (held == null || !held.isFlushed()) {
      kept.forEach(
          clock.getAsLong(),
          (name, kind) -> {
            if (held == null || !held.names().contains(name)) {
              each.accept(name);
            }
          });
    }
  }

  @Override
  public long scan(long cursor, long count, @Nullable Held held, Visitor visitor) {
    if (held == null) {
      return kept.scan(cursor, count, clock.getAsLong(), visitor);
    }
    if (held.isFlushed()) {
      held.existing().forEach(name -> visitor.visit(name, held.get(name).kind()));
      return 0;
    }
    long next =
        kept.scan(
            cursor,
            count,
            clock.getAsLong(),
            (name, kind) -> {
              BucketStore.Kind now = held.names().contains(name) ? held.get(name).kind() : kind;
              if (now != BucketStore.Kind.NONE) {
                visitor.visit(name, now);
              }
            });
    if (next == 0) {
      List<String> added = held.existing();
      added.removeAll(kept.existing(held.names()));
      added.forEach(name -> visitor.visit(name, held.get(name).kind()));
    }
    return next;
  }

  @Override
  public @Nullable String random(RandomGenerator random, @Nullable Held held) {
    if (held == null) {
      return kept.random(random, clock.getAsLong());
    }
    for (int attempt = 0; attempt < RANDOM_ATTEMPTS && !held.isFlushed(); attempt++) {
      String name = kept.random(random, clock.getAsLong());
      if (name != null && (!held.names().contains(name) || held.get(name).exists())) {
        return name;
      }
    }
    var existing = new ArrayList<String>(); // where the transaction deleted most of them
    forEachName(held, existing::add);
    return existing.isEmpty() ? null : existing.get(random.nextInt(existing.size()));
  }

  @Override
  public void forEachPage(@Nullable Held held, Consumer<List<String>> page) {
    long cursor = 0;
    do {
      var names = new ArrayList<String>();
      cursor = kept.scan(cursor, Archive.PAGE, 0, (name, kind) -> names.add(name));
      if (held != null) {
        names.removeAll(held.names());
      }
      if (!names.isEmpty()) {
        page.accept(names);
      }
    } while (cursor != 0);
  }
}
