package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a durable store has on disk: the engine that stores all buckets, the journal that writes to
 * it, and threads that read from it. Any thread may use it.
 *
 * <p>Calls of the engine block. They run on platform threads of the archive, so that no carrier of
 * virtual threads waits for a disk. A read sees all changes that were made before it.
 */
public final class Archive implements AutoCloseable {
  /** Enough to keep a disk busy. */
  private static final int READERS = 4;

  /** How many names are read at a time. */
  public static final int PAGE = 1000;

  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** At most so many different failures of reads are logged, each once. */
  private static final int MOST_LOGGED = 100;

  private final Set<String> logged = ConcurrentHashMap.newKeySet();
  private final LongAdder damagedReads = new LongAdder();
  private final BucketStore engine;
  private final Journal journal;
  private final ExecutorService readers =
      Executors.newFixedThreadPool(
          READERS, Thread.ofPlatform().name("kv reader ", 1).daemon().factory());

  private final Journal.Failure failed;
  private final Numbering numbering;
  private CompletableFuture<Void> reserving = CompletableFuture.completedFuture(null);
  private volatile boolean closed; // written under this object's lock

  public Archive(BucketStore engine, Sync sync, Journal.Failure failed) {
    this.engine = engine;
    this.failed = failed;
    this.numbering = numbering(engine);
    this.journal = new Journal(engine, sync, failed);
  }

  /** Numbers changes after all that were reserved before, and reserves the next ones. */
  private static Numbering numbering(BucketStore engine) {
    try {
      var numbering = new Numbering(engine.reserved());
      long upTo = numbering.wanted();
      engine.reserve(upTo);
      numbering.reserved(upTo);
      return numbering;
    } catch (IOException | RuntimeException | Error e) {
      try {
        engine.close();
      } catch (Throwable also) {
        e.addSuppressed(also);
      }
      throw new KvException.NotReadable("the store cannot be opened", e);
    }
  }

  public Numbering numbering() {
    return numbering;
  }

  /** Reserves more numbers if few are left. Called by one thread at a time, many times a second. */
  public void reserveNumbers() {
    if (numbering.isShort() && reserving.isDone()) {
      reserving =
          journal.runBetween(
              () -> {
                long upTo = numbering.wanted();
                engine.reserve(upTo);
                numbering.reserved(upTo);
              });
    }
  }

  public Journal journal() {
    return journal;
  }

  // --- Buckets

  /** A read of the engine. */
  private interface Reading<R extends @Nullable Object> {
    R from(BucketStore engine) throws IOException;
  }

  /** Is told the result of a read, or why it failed. */
  public interface Told<R> {
    void read(@Nullable R found, @Nullable Throwable failure);
  }

  /**
   * Loads a bucket on a reader thread.
   *
   * @param after the position in the journal that the read must include
   * @param as converts the stored bucket, on the reader thread; not called if there is none
   * @param told is told the result, null if there is no such bucket; on a reader thread, or on the
   *     journal's thread if that has failed
   */
  public <R> void load(String name, long after, Function<BucketStore.Stored, R> as, Told<R> told) {
    readSoon(after, from -> from.load(name).map(as).orElse(null), told);
  }

  /**
   * Whether there is certainly no bucket of this name. This reads no disk, and often cannot tell:
   * then it returns false, and the caller must load the bucket.
   *
   * @param after as for {@link #load}
   */
  public boolean hasSurelyNot(String name, long after) {
    try {
      return journal.written().hasReached(after) && !engine.mayHave(name);
    } catch (IOException | RuntimeException e) {
      return false; // the caller's load will fail with the cause
    }
  }

  /** Those of these buckets that exist. */
  public List<String> existing(Collection<String> names) {
    List<String> asked = List.copyOf(names);
    return read(
        from -> {
          var found = new ArrayList<String>();
          for (String name : asked) {
            if (from.head(name).exists()) {
              found.add(name);
            }
          }
          return found;
        });
  }

  /** As {@link #load}, but reads the heads of several buckets. */
  public void heads(List<String> names, long after, Told<List<BucketStore.Head>> told) {
    readSoon(
        after,
        from -> {
          var heads = new ArrayList<BucketStore.Head>(names.size());
          for (String name : names) {
            heads.add(from.head(name));
          }
          return heads;
        },
        told);
  }

  /** Reads once the engine has a position. Reader threads do not wait for that. */
  private <R> void readSoon(long after, Reading<@Nullable R> reading, Told<R> told) {
    journal.whenWritten(
        after,
        why -> {
          if (why != null) {
            told.read(null, new KvException.NotKept(why));
            return;
          }
          try {
            readers.execute(() -> read(reading, told));
          } catch (RejectedExecutionException e) {
            told.read(null, new KvException.Unavailable("the store is closed", e));
          }
        });
  }

  private <R> void read(Reading<@Nullable R> reading, Told<R> told) {
    @Nullable R found;
    try {
      found = reading.from(engine);
    } catch (IOException | RuntimeException | Error e) { // the caller must be told in any case
      try {
        noteDamage(e);
      } finally {
        told.read(null, e);
      }
      return;
    }
    told.read(found, null);
  }

  /** Counts and logs damage: it concerns more people than the one who happened to read. */
  private void noteDamage(Throwable why) {
    if (why instanceof IOException && !(why instanceof BucketStore.Full)) {
      damagedReads.increment();
      String said = String.valueOf(why.getMessage());
      if (logged.size() < MOST_LOGGED && logged.add(said)) {
        LOG.log(Level.ERROR, "a part of the store cannot be read: " + said);
      }
    }
  }

  /** How many reads have failed since the store was opened. */
  public long damagedReads() {
    return damagedReads.sum();
  }

  private <R> R read(Reading<@Nullable R> reading) {
    var done = new CompletableFuture<R>();
    readSoon(
        journal.seen(),
        reading,
        (found, failure) -> {
          if (failure == null) {
            done.complete(Objects.requireNonNull(found));
          } else {
            done.completeExceptionally(failure);
          }
        });
    try {
      return done.join();
    } catch (CompletionException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw why instanceof KvException known
          ? known
          : new KvException.NotReadable("the store's buckets", why);
    }
  }

  // --- All buckets

  /** The number of buckets. Due buckets that have not expired yet are included. */
  public long size() {
    return read(BucketStore::size);
  }

  /** As {@link #size}, but without the last changes; takes no time. */
  public long approximateSize() {
    return engine.size();
  }

  /** Is called with a bucket. */
  public interface Visitor {
    void visit(String name, BucketStore.Kind kind);
  }

  /** A bucket. */
  private record Found(String name, BucketStore.Kind kind) {}

  /**
   * Calls a visitor with some buckets, see {@link BucketStore#scan}. It runs on the caller's
   * thread, because it may need a reader thread, too.
   */
  public long scan(long cursor, long count, long now, Visitor visitor) {
    var found = new ArrayList<Found>();
    long next =
        read(
            from ->
                from.scan(
                    cursor,
                    count,
                    (name, head) -> {
                      if (head.deadline() == 0 || head.deadline() > now) {
                        found.add(new Found(name, head.kind()));
                      }
                    }));
    found.forEach(each -> visitor.visit(each.name, each.kind));
    return next;
  }

  /** Calls a visitor with all buckets. */
  public void forEach(long now, Visitor visitor) {
    long cursor = 0;
    do {
      cursor = scan(cursor, PAGE, now, visitor);
    } while (cursor != 0);
  }

  /** The name of a bucket chosen at random; null if there is none. */
  public @Nullable String random(RandomGenerator random, long now) {
    String[] found = {null};
    long from = random.nextLong();
    for (int attempt = 0; attempt < 2 && found[0] == null; attempt++) {
      long cursor = attempt == 0 ? from : 0;
      do {
        cursor = scan(cursor, 1, now, (name, kind) -> found[0] = name);
      } while (cursor != 0 && found[0] == null);
    }
    return found[0];
  }

  /** The names of at most so many buckets with something due at this moment. */
  public List<String> due(long moment, int most) {
    return read(from -> from.due(moment, most));
  }

  // --- Backup and end

  /**
   * Copies the whole store as it is at this moment, with all or none of each transaction.
   *
   * @return how many buckets there are in the copy
   * @throws KvException.NotReadable if it cannot be written there
   */
  public long checkpoint(Path directory) {
    long[] size = {0};
    try {
      journal
          .runBetween(
              () -> {
                engine.checkpoint(directory);
                size[0] = engine.size(); // nothing is appended in between
              })
          .join();
      return size[0];
    } catch (CompletionException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new KvException.NotReadable("no backup in " + directory, why);
    }
  }

  /** Whether it is closed or being closed. */
  boolean isClosed() {
    return closed;
  }

  /**
   * Appends and syncs what is queued, and closes the engine. Closing twice changes nothing.
   *
   * <p>Throws nothing: a failure is reported as a failure of the journal, and the archive is closed
   * all the same.
   */
  @Override
  public synchronized void close() { // a second caller waits until it is closed
    if (closed) {
      return;
    }
    closed = true;
    try {
      try {
        readers.close(); // the engine must not be closed while a reader reads
      } finally {
        journal.close();
      }
    } catch (Throwable e) {
      failed.failed(new KvException.NotKept(e), true);
    }
  }
}
