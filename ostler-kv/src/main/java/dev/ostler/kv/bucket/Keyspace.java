package dev.ostler.kv.bucket;

import dev.ostler.CallException;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Words;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Durability;
import dev.ostler.kv.journal.Gate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way commands get at buckets, one at a time or several at once.
 *
 * <p>Any thread may use it. Buckets are held in the order of their names, and whoever holds one
 * waits for no bucket before it and for nothing else, so nobody waits in a circle.
 */
public final class Keyspace {
  /**
   * How often a bucket is looked up whose process ends before it is used: it left memory, it had
   * nothing in it, or it crashed.
   *
   * <p>Work that has not begun is done with the next process. Work that has begun is not repeated,
   * as nobody knows how far it came: its caller gets {@link KvException.BucketGone}. The exception
   * is {@link #use}, whose callers say that their work may be repeated.
   */
  private static final int ATTEMPTS = 100;

  /** In so many first attempts, no process may have been added between look-up and lock. */
  private static final int STRICT_ATTEMPTS = 10;

  private static final long ANY = -1;

  private final Store store;
  private final BucketTable table;
  private final Catalog catalog;
  private final Environment environment;

  Keyspace(Store store, BucketTable table, Catalog catalog, Environment environment) {
    this.store = store;
    this.table = table;
    this.catalog = catalog;
    this.environment = environment;
  }

  /**
   * The command has to wait for something, on a thread that must not wait. Nothing was done: do it
   * again where it may wait. Has no stack: it is an answer, and no failure.
   */
  public static final class WouldWait extends RuntimeException {
    public WouldWait() {
      super("this has to wait", null, false, false);
    }
  }

  public BucketTable table() {
    return table;
  }

  public Environment environment() {
    return environment;
  }

  /**
   * Does something with a bucket's entries, in its process.
   *
   * @param creates whether the bucket is to be started if it is not there; else the work gets
   *     entries that are not to be changed
   * @param mayWait whether this thread may wait for that
   * @throws WouldWait if it may not, and would have to
   */
  public <R> R with(String name, boolean creates, boolean mayWait, Job<R> work) {
    return with(table.living(name), () -> name, creates, mayWait, work);
  }

  /** As {@link #with(String, boolean, boolean, Job)}, of the bucket this word names. */
  public <R> R with(Words words, int index, boolean creates, boolean mayWait, Job<R> work) {
    return with(table.living(words, index), () -> words.get(index), creates, mayWait, work);
  }

  /** As {@link #with(String, boolean, boolean, Job)}, first of this process. May wait. */
  <R> R with(BucketRef known, Job<R> work) {
    return with(known, known::rawName, false, true, work);
  }

  /**
   * Uses the process of a bucket, and the next one of its name if that has ended.
   *
   * @param creates whether the bucket is to be started if it is not there
   * @param mayWait whether this thread may wait for that
   * @param use may be run several times, also after it has begun
   * @return what came of it; empty if there is no such bucket, or it has nothing in it and must not
   *     be created
   * @throws WouldWait if this thread may not wait, and has to
   */
  public <R> Optional<R> use(
      String name, boolean creates, boolean mayWait, Function<? super BucketRef, R> use) {
    return with(name, creates, mayWait, new Repeatable<>(creates, use));
  }

  private <R> R with(
      @Nullable BucketRef known,
      Supplier<String> asked,
      boolean creates,
      boolean mayWait,
      Job<R> work) {
    BucketRef bucket = known;
    work.mayWait = mayWait;
    for (int attempt = 1; ; attempt++) {
      if (bucket == null) {
        String name = asked.get();
        bucket = creates ? obtain(name, mayWait) : find(name, mayWait);
      }
      if (bucket == null) {
        String name = asked.get();
        work.position = position();
        return work.on(Entries.absent(name, environment));
      }
      try {
        R result = work.ask(bucket);
        if (work.isPutOff) {
          throw new WouldWait();
        }
        if (result == null) { // it was begun by one that was killed, and is known to none
          throw new KvException.BucketGone(bucket.name());
        }
        work.position = bucket.position();
        return result;
      } catch (KvException.BucketGone e) { // mostly between the lookup and its use
        if (attempt == ATTEMPTS || work.hasBegun()) {
          var _ = work.callOff();
          throw e;
        }
        bucket = null;
      } catch (CallException e) {
        var _ = work.callOff(); // what it works with is about to be used for something else
        throw e;
      }
    }
  }

  /** Work that knows whether it has begun: then it must not be done again. Used once. */
  public abstract static non-sealed class Job<R> extends Undertaking
      implements BucketServer.Request<R>, BucketServer.Work<R> {
    private long position; // in the journal: what it saw and changed is durable when this is
    private boolean mayWait = true;
    private boolean isPutOff;

    /** Whether it may wait for a command that holds the bucket; else it is done again. */
    final boolean mayWait() {
      return mayWait;
    }

    /** It may not, and would have to: nothing was done. */
    final void putOff() {
      isPutOff = true;
    }

    /** Has the bucket's process do it. */
    R ask(BucketRef bucket) {
      return bucket.ask(this);
    }

    @Override
    @SuppressWarnings("NullAway") // of what was called off nobody sees the result
    public final R on(Entries entries) {
      if (!begin()) {
        return null;
      }
      try {
        return doOn(entries);
      } finally {
        end();
      }
    }

    /** Does it; the result is never null. */
    protected abstract R doOn(Entries entries);

    public long position() {
      return position;
    }
  }

  /** Work with a bucket's process that may be repeated, so it never counts as begun. */
  private static final class Repeatable<R> extends Job<Optional<R>> {
    private final boolean creates;
    private final Function<? super BucketRef, R> use;

    Repeatable(boolean creates, Function<? super BucketRef, R> use) {
      this.creates = creates;
      this.use = use;
    }

    @Override
    Optional<R> ask(BucketRef bucket) {
      if (creates || bucket.isThere()) {
        return Optional.of(use.apply(bucket));
      }
      if (!bucket.isAlive()) {
        throw new KvException.BucketGone(bucket.name());
      }
      return Optional.empty();
    }

    @Override
    protected Optional<R> doOn(Entries absent) {
      return Optional.empty();
    }
  }

  /** Whether the store is durable, and most buckets not in memory. */
  public boolean isDurable() {
    return environment.isDurable();
  }

  /** Where the buckets of a durable store are. */
  public Optional<Archive> archive() {
    return catalog.archive();
  }

  /**
   * To be called before something may change: waits until there is room for it.
   *
   * @param mayWait whether this thread may wait for that
   * @throws WouldWait if it may not, and would have to
   * @throws KvException.NotKept if changes are refused
   */
  public void admitChange(boolean mayWait) {
    Durability durability = environment.durability();
    durability.check();
    if (durability.isFull()) {
      mustWait(mayWait);
      durability.awaitRoom();
    }
  }

  /** The position in the journal of all that was changed until now; 0 in memory. */
  public long position() {
    return environment.durability().seen();
  }

  private BucketRef obtain(String name, boolean mayWait) {
    BucketRef bucket = table.living(name);
    if (bucket == null) {
      mustWait(mayWait);
      bucket = store.obtain(name);
    }
    return bucket;
  }

  /**
   * The bucket of this name, or what is just becoming it; null if there is none.
   *
   * @throws WouldWait if this thread may not wait, and has to
   */
  public @Nullable BucketRef find(String name, boolean mayWait) {
    BucketRef bucket = table.living(name);
    if (bucket == null && isDurable()) {
      mustWait(mayWait);
      bucket = store.fetch(name);
    }
    return bucket;
  }

  private static void mustWait(boolean mayWait) {
    if (!mayWait) {
      throw new WouldWait();
    }
  }

  /**
   * Does something while it holds all buckets of these names that there are.
   *
   * @param created those that are started if they are not there
   * @param mayWait whether this thread may wait for that
   * @param seen is told what the result depends on
   * @throws WouldWait if it may not, and would have to
   * @throws KvException.Undone if it failed half-way: nothing was done
   */
  public <R> R withAll(
      Collection<String> names,
      Collection<String> created,
      boolean mayWait,
      Gate seen,
      Function<Held, R> work) {
    for (int attempt = 1; ; attempt++) {
      long added = attempt <= STRICT_ATTEMPTS ? table.added() : ANY;
      var buckets = new TreeMap<String, BucketRef>();
      var missing = new ArrayList<String>();
      var creating = new HashSet<>(created); // which no choice of names makes slow
      for (String name : names) {
        BucketRef bucket = creating.contains(name) ? null : find(name, mayWait);
        if (bucket != null) {
          buckets.put(name, bucket);
        } else if (!creating.contains(name)) {
          missing.add(name);
        }
      }
      var held = new Held(environment);
      try {
        for (String name : creating) {
          buckets.put(name, obtain(name, mayWait));
        }
        for (BucketRef bucket : buckets.values()) {
          held.take(bucket, mayWait);
        }
        expect(missing, added);
        R result = held.work(work);
        seen.need(missing.isEmpty() ? held.position() : position());
        return result;
      } catch (KvException.BucketGone e) {
        if (held.hasBegun() || attempt == ATTEMPTS) {
          leave(creating, buckets);
          throw e;
        }
      } catch (KvException | CallException e) {
        leave(creating, buckets);
        throw e;
      } catch (Refusal | WouldWait e) {
        throw e;
      } catch (RuntimeException | VirtualMachineError e) {
        throw held.undone(e);
      } finally {
        held.close();
      }
    }
  }

  /** Those that were started for this are not used: they end, if there is nothing in them. */
  private static void leave(Collection<String> created, Map<String, BucketRef> buckets) {
    for (String name : created) {
      BucketRef bucket = buckets.get(name);
      if (bucket != null) {
        bucket.leave();
      }
    }
  }

  /**
   * Once all others are held: those that were not there are still not there. From this moment on,
   * what others see of one of them is later than what is done here.
   *
   * <p>Of several, one could have come after it was looked at and another have gone before: that is
   * sure not to be so if there was no new bucket at all meanwhile, or {@link #ANY}, where there are
   * new ones all the time.
   *
   * @throws KvException.BucketGone if one is: it has to be held, too
   */
  private void expect(List<String> missing, long added) {
    if (missing.size() > 1 && added != ANY && added != table.added()) {
      throw new KvException.BucketGone(Bytes.text(missing.getFirst()));
    }
    for (String name : missing) {
      if (table.living(name) != null) {
        throw new KvException.BucketGone(Bytes.text(name));
      }
    }
  }

  // --- All buckets
  // --------------------------------------------------------------------------------

  /**
   * How many buckets there are, see {@link BucketTable#size}.
   *
   * @param mayWait whether this thread may wait, as for all of these
   * @param held buckets that a transaction has locked: it sees what it did to them
   * @throws WouldWait if it may not, and would have to, as all of these
   */
  public long size(boolean mayWait, @Nullable Held held) {
    return all(mayWait).size(held);
  }

  /** How many of them expire, as far as they are in memory. */
  public long expiring() {
    return table.expiring();
  }

  /** Shows the names of all buckets there are, in no order. */
  public void forEachName(@Nullable Held held, Consumer<? super String> each) {
    all(true).forEachName(held, each);
  }

  /** Shows some buckets, see {@link Catalog#scan}. */
  public long scan(
      long cursor, long count, boolean mayWait, @Nullable Held held, Archive.Visitor visitor) {
    return all(mayWait).scan(cursor, count, held, visitor);
  }

  /** The name of a bucket chosen at random; null if there is none. */
  public @Nullable String random(RandomGenerator random, boolean mayWait, @Nullable Held held) {
    return all(mayWait).random(random, held);
  }

  /** All buckets. In a durable store a thread that reads them waits. */
  private Catalog all(boolean mayWait) {
    if (isDurable()) {
      mustWait(mayWait);
    }
    return catalog;
  }

  /**
   * Drops every bucket there is when this begins, one after the other, and returns when all are
   * gone. It is no moment: others may see some gone and some not yet.
   *
   * @param held those that the caller holds, if it does: others are then told, and not waited for.
   *     What any of them is asked later it does later; but it may still be listed for a moment.
   */
  public void flush(@Nullable Held held) {
    if (held != null) {
      held.names().stream().map(held::get).filter(Entries::exists).forEach(Keyspace::drop);
      held.flushed();
    }
    var late = new ArrayList<BucketRef>();
    table.forEachProcess(
        bucket -> {
          if (held == null || held.bucket(bucket.rawName()) != bucket) {
            bucket.flushSoon(); // mostly done when this returns
            if (held == null && bucket.isThere()) {
              late.add(bucket);
            }
          }
        });
    late.forEach(Keyspace::await);
    catalog.forEachPage(held, store::flush);
  }

  private static void drop(Entries entries) {
    entries.apply(new Change.Dropped());
  }

  /** Waits until the bucket has done what it was told before. */
  private static void await(BucketRef bucket) {
    try {
      var _ = bucket.ask(new Operation.Size());
    } catch (KvException.BucketGone e) {
      // So it has.
    }
  }
}
