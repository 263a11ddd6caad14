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
 * What a store has besides memory: the engine that keeps all buckets, the journal that leads into
 * it, and threads that read from it. Any thread may use it.
 *
 * <p>The engine's calls do not yield: they run on platform threads of their own, so that no carrier
 * of virtual threads waits for a disk. Whoever reads finds all that was changed before it asked.
 */
public final class Archive implements AutoCloseable {
  /** Enough to keep a disk busy. */
  private static final int READERS = 4;

  /** How many names are read at a time. */
  public static final int PAGE = 1000;

  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** So many failures of reads are logged, each once. */
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

  /** Goes on behind all numbers that were given out, and has some of the next ones reserved. */
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

  /**
   * Looks whether more numbers have to be reserved. Called by one thread at a time, many times a
   * second.
   */
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
  // ------------------------------------------------------------------------------------

  /** Reads something from the engine. */
  private interface Reading<R extends @Nullable Object> {
    R from(BucketStore engine) throws IOException;
  }

  /** What is told of something that was read: that, or why it was not. */
  public interface Told<R> {
    void read(@Nullable R found, @Nullable Throwable failure);
  }

  /**
   * Reads a bucket, and tells what there is, on a thread of its own.
   *
   * @param after the journal's position that it must include
   * @param as what is made of it, on that thread, too; only if there is a bucket
   */
  public <R> void load(String name, long after, Function<BucketStore.Stored, R> as, Told<R> told) {
    readSoon(after, from -> from.load(name).map(as).orElse(null), told);
  }

  /**
   * Whether there is surely no bucket of this name. Takes no longer than a look into memory, and
   * often cannot tell: then it has to be loaded.
   *
   * @param after as of {@link #load}
   */
  public boolean hasSurelyNot(String name, long after) {
    try {
      return journal.written().has(after) && !engine.mayHave(name);
    } catch (IOException | RuntimeException e) {
      return false; // who loads it is told why
    }
  }

  /** Those of these buckets that there are. */
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

  /** As {@link #load}, of several buckets, and no more than their heads. */
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

  /** No reader waits for the journal: others may want what is there already. */
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
    } catch (IOException | RuntimeException | Error e) { // who asked must hear of it in any case
      noteDamage(e);
      told.read(null, e);
      return;
    }
    told.read(found, null);
  }

  /** What cannot be read concerns more people than whoever happened to ask for it. */
  private void noteDamage(Throwable why) {
    if (why instanceof IOException) {
      damagedReads.increment();
      String said = String.valueOf(why.getMessage());
      if (logged.size() < MOST_LOGGED && logged.add(said)) {
        LOG.log(Level.ERROR, "a part of what is kept cannot be read: " + said);
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

  // --- All of them
  // --------------------------------------------------------------------------------

  /** How many there are, with those whose time is over and that nobody has noticed yet. */
  public long size() {
    return read(BucketStore::size);
  }

  /** As {@link #size}, but it may not have heard of the last changes yet; takes no time. */
  public long approximateSize() {
    return engine.size();
  }

  /** Shown a bucket that is there. */
  public interface Visitor {
    void visit(String name, BucketStore.Kind kind);
  }

  /** A bucket there is. */
  private record Found(String name, BucketStore.Kind kind) {}

  /**
   * Shows some buckets there are, see {@link BucketStore#scan}. On the caller's thread: what is
   * done with them may need a reader, too.
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

  /** Shows all buckets there are. */
  public void forEach(long now, Visitor visitor) {
    long cursor = 0;
    do {
      cursor = scan(cursor, PAGE, now, visitor);
    } while (cursor != 0);
  }

  /** The name of one chosen at random; null if there is none. */
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

  /** Names of buckets something of which is over by this moment. */
  public List<String> due(long moment, int most) {
    return read(from -> from.due(moment, most));
  }

  // --- All that is kept
  // ---------------------------------------------------------------------------

  /**
   * Copies all that is kept at this moment, with none or all of each transaction.
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

  /** Whether it is closed, or is just being closed. */
  boolean isClosed() {
    return closed;
  }

  /**
   * Keeps what it was told, and ends. Closing twice changes nothing.
   *
   * <p>Throws nothing: whatever fails here is told as a failure of the journal, and the store ends
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
        readers.close(); // a reader reads to its end: the engine must not be closed before
      } finally {
        journal.close();
      }
    } catch (Throwable e) {
      failed.failed(new KvException.NotKept(e), true);
    }
  }
}
