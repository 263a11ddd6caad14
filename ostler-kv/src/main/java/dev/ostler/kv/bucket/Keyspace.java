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
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How commands reach buckets: one bucket, several at one moment, or all.
 *
 * <p>Any thread may use it. A command locks buckets in the order of their names. While it has
 * locked one, it waits only for buckets with later names, so there is no deadlock.
 */
public final class Keyspace {
  /**
   * How many processes of one name a command tries. A process may end before the command reaches
   * it: it was evicted, it was empty, or it crashed.
   *
   * <p>A task that has not started is sent to the next process. A task that has started is not
   * repeated, because nobody knows how far it came: its caller gets {@link KvException.BucketGone}.
   * The exception is {@link #use}, whose callers allow repetition.
   */
  private static final int ATTEMPTS = 100;

  /** So many first attempts fail if any process is added between look-up and lock. */
  private static final int STRICT_ATTEMPTS = 10;

  /** In later attempts, processes may be added meanwhile. */
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
   * The command has to wait, and its thread must not. Nothing was done: the caller runs the command
   * again on a thread that may wait. It has no stack trace, because it is not a failure.
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

  // --- One bucket

  /**
   * Runs a task with a bucket's entries, in the bucket's process.
   *
   * @param creates whether to start the bucket if it does not exist; otherwise the task then gets
   *     empty entries, which it must not change
   * @throws WouldWait if the task may not wait, and has to
   */
  public <R> R with(String name, boolean creates, BucketTask<R> task) {
    for (int attempt = 1; ; attempt++) {
      boolean waits = task.mayWait();
      BucketRef bucket = creates ? getOrStart(name, waits) : getOrLoad(name, waits);
      if (bucket == null) {
        task.position(position());
        return task.on(Entries.absent(name, environment));
      }
      R result = ask(bucket, task, attempt == ATTEMPTS);
      if (result != null) {
        return result;
      }
    }
  }

  /** As {@link #with(String, boolean, BucketTask)}; an argument names the bucket. */
  public <R> R with(Words words, int index, boolean creates, BucketTask<R> task) {
    BucketRef known = table.living(words, index);
    R result = known == null ? null : ask(known, task, false);
    return result == null ? with(words.get(index), creates, task) : result;
  }

  /** As {@link #with(String, boolean, BucketTask)}; tries this process first. */
  <R> R with(BucketRef known, BucketTask<R> task) {
    R result = ask(known, task, false);
    return result == null ? with(known.rawName(), false, task) : result;
  }

  /**
   * Calls a function with a bucket's process, and with the next process of that name if the first
   * one has ended.
   *
   * @param creates whether to start the bucket if it does not exist
   * @param mayWait whether this thread may wait
   * @param use may run several times, also after it has started
   * @return its result; empty if the bucket does not exist and must not be created
   * @throws WouldWait if this thread may not wait, and has to
   */
  public <R> Optional<R> use(
      String name, boolean creates, boolean mayWait, Function<? super BucketRef, R> use) {
    return with(name, creates, new Repeatable<>(creates, mayWait, use));
  }

  /**
   * Sends a task to a process, and returns its result; null if the process has ended before the
   * task has started, and this is not the last attempt.
   */
  private static <R> @Nullable R ask(BucketRef bucket, BucketTask<R> task, boolean last) {
    try {
      R result = task.ask(bucket);
      if (task.isRefused()) {
        throw new WouldWait();
      }
      if (result == null) { // a process that was killed had started it, and its result is lost
        throw new KvException.BucketGone(bucket.name());
      }
      task.position(bucket.position());
      return result;
    } catch (KvException.BucketGone e) { // mostly between look-up and use
      if (last || task.hasStarted()) {
        var _ = task.cancel();
        throw e;
      }
      task.outlived();
      return null;
    } catch (CallException e) {
      var _ = task.cancel(); // the caller is about to reuse the task's arguments
      throw e;
    }
  }

  /** A use of a bucket's process that may be repeated, so it never counts as started. */
  private static final class Repeatable<R> extends BucketTask<Optional<R>> {
    private final boolean creates;
    private final Function<? super BucketRef, R> use;

    Repeatable(boolean creates, boolean mayWait, Function<? super BucketRef, R> use) {
      super(mayWait);
      this.creates = creates;
      this.use = use;
    }

    @Override
    Optional<R> ask(BucketRef bucket) {
      if (creates || bucket.exists()) {
        return Optional.of(use.apply(bucket));
      }
      if (!bucket.isAlive()) {
        throw new KvException.BucketGone(bucket.name());
      }
      return Optional.empty();
    }

    @Override
    protected Optional<R> runOn(Entries absent) {
      return Optional.empty();
    }
  }

  /** Whether the store is durable. Then most buckets are not in memory. */
  public boolean isDurable() {
    return environment.isDurable();
  }

  /** The archive of a durable store. */
  public Optional<Archive> archive() {
    return catalog.archive();
  }

  /**
   * Waits until the journal has room for a change. Called before each change.
   *
   * @param mayWait whether this thread may wait
   * @throws WouldWait if this thread may not wait, and has to
   * @throws KvException.NotKept if the store refuses changes
   */
  public void admitChange(boolean mayWait) {
    Durability durability = environment.durability();
    durability.check();
    if (durability.isFull()) {
      mustWait(mayWait);
      durability.awaitRoom();
    }
  }

  /** The position in the journal of the last change in the store; 0 in memory. */
  public long position() {
    return environment.durability().seen();
  }

  private BucketRef getOrStart(String name, boolean mayWait) {
    BucketRef bucket = table.living(name);
    if (bucket == null) {
      mustWait(mayWait);
      bucket = store.getOrStart(name);
    }
    return bucket;
  }

  /**
   * The process of this name, loaded if it is not in memory; null if there is none. The process may
   * still be empty, if somebody is just creating the bucket.
   *
   * @throws WouldWait if this thread may not wait, and has to
   */
  @Nullable BucketRef getOrLoad(String name, boolean mayWait) {
    BucketRef bucket = table.living(name);
    if (bucket == null && isDurable()) {
      mustWait(mayWait);
      bucket = store.getOrLoad(name);
    }
    return bucket;
  }

  private static void mustWait(boolean mayWait) {
    if (!mayWait) {
      throw new WouldWait();
    }
  }

  // --- Several buckets at one moment

  /**
   * Locks the buckets of these names that exist, and then calls a function.
   *
   * @param created those of the names whose buckets are started if they do not exist
   * @param mayWait whether this thread may wait
   * @param seen is told the position that the result depends on
   * @throws WouldWait if this thread may not wait, and has to
   * @throws KvException.Undone if the function failed: nothing was changed
   */
  public <R> R withAll(
      Collection<String> names,
      Collection<String> created,
      boolean mayWait,
      Gate seen,
      Function<LockedBuckets, R> command) {
    for (int attempt = 1; ; attempt++) {
      long added = attempt <= STRICT_ATTEMPTS ? table.added() : ANY;
      var buckets = new TreeMap<String, BucketRef>();
      var missing = new ArrayList<String>();
      var creating = new HashSet<>(created); // no choice of names makes it slow
      for (String name : names) {
        BucketRef bucket = creating.contains(name) ? null : getOrLoad(name, mayWait);
        if (bucket != null) {
          buckets.put(name, bucket);
        } else if (!creating.contains(name)) {
          missing.add(name);
        }
      }
      var locked = new LockedBuckets(environment);
      try {
        for (String name : creating) {
          buckets.put(name, getOrStart(name, mayWait));
        }
        buckets.forEach((name, bucket) -> locked.lock(name, bucket, mayWait));
        checkMissing(missing, added);
        R result = locked.run(command);
        seen.need(missing.isEmpty() ? locked.position() : position());
        return result;
      } catch (KvException.BucketGone e) {
        if (locked.hasStarted() || attempt == ATTEMPTS) {
          endUnused(creating, buckets);
          throw e;
        }
      } catch (KvException | CallException e) {
        endUnused(creating, buckets);
        throw e;
      } catch (Refusal | WouldWait e) {
        throw e;
      } catch (RuntimeException | VirtualMachineError | LinkageError | AssertionError e) {
        throw locked.undone(e);
      } finally {
        locked.close();
      }
    }
  }

  /** Has the buckets that were started for a failed command end, if they are empty. */
  private static void endUnused(Collection<String> created, Map<String, BucketRef> buckets) {
    for (String name : created) {
      BucketRef bucket = buckets.get(name);
      if (bucket != null) {
        bucket.endIfEmpty();
      }
    }
  }

  /**
   * Checks that the missing buckets are still missing. Called once all others are locked. Whatever
   * another client does with a missing bucket from now on comes after this command.
   *
   * <p>Several missing buckets are missing at one moment only if none was created meanwhile. So any
   * new process in the store fails this check, unless {@code added} is {@link #ANY}: under a steady
   * stream of new buckets no attempt would succeed.
   *
   * @param added how many processes the table had been given before the look-up
   * @throws KvException.BucketGone if one exists now, and so must be locked, too
   */
  private void checkMissing(List<String> missing, long added) {
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

  /**
   * The number of buckets, see {@link BucketTable#size}.
   *
   * @param mayWait whether this thread may wait
   * @param locked the buckets that the calling transaction has locked, so that it sees its own
   *     changes; null outside of a transaction
   * @throws WouldWait if this thread may not wait, and has to
   */
  public long size(boolean mayWait, @Nullable LockedBuckets locked) {
    return all(mayWait).size(locked);
  }

  /** How many of the buckets in memory have a deadline. */
  public long expiring() {
    return table.expiring();
  }

  /** Calls a consumer with the names of all buckets, in no order. */
  public void forEachName(@Nullable LockedBuckets locked, Consumer<? super String> each) {
    all(true).forEachName(locked, each);
  }

  /** Calls a visitor with some buckets, see {@link Catalog#scan}. */
  public long scan(
      long cursor,
      long count,
      boolean mayWait,
      @Nullable LockedBuckets locked,
      Archive.Visitor visitor) {
    return all(mayWait).scan(cursor, count, locked, visitor);
  }

  /** The name of a bucket chosen at random; null if there is none. */
  public @Nullable String random(
      RandomGenerator random, boolean mayWait, @Nullable LockedBuckets locked) {
    return all(mayWait).random(random, locked);
  }

  /** The catalog. In a durable store a thread that reads it waits. */
  private Catalog all(boolean mayWait) {
    if (isDurable()) {
      mustWait(mayWait);
    }
    return catalog;
  }

  /**
   * Drops every bucket that exists when this begins, one after the other. Returns when all are
   * gone. It is not atomic: other clients may see some buckets gone and others not yet.
   *
   * @param locked the buckets that the calling transaction has locked; null outside of one. In a
   *     transaction the other buckets are told to drop what they hold, and not waited for. They do
   *     that before they handle any later request, but may be listed for a moment.
   */
  public void dropAll(@Nullable LockedBuckets locked) {
    environment.changedNames().allDropped(() -> drop(locked));
  }

  private void drop(@Nullable LockedBuckets locked) {
    if (locked != null) {
      locked.names().stream().map(locked::get).filter(Entries::exists).forEach(Keyspace::drop);
      locked.allDropped();
    }
    var dropping = new ArrayList<BucketRef>();
    table.forEachProcess(
        bucket -> {
          if (locked == null || locked.bucket(bucket.rawName()) != bucket) {
            bucket.dropSoon(); // mostly done when this returns
            if (locked == null && bucket.exists()) {
              dropping.add(bucket);
            }
          }
        });
    dropping.forEach(Keyspace::await);
    catalog.forEachPage(locked, store::dropStored);
  }

  private static void drop(Entries entries) {
    entries.apply(new Change.Dropped());
  }

  /** Waits until the bucket has handled its earlier messages. */
  private static void await(BucketRef bucket) {
    try {
      var _ = bucket.ask(new Operation.Size());
    } catch (KvException.BucketGone e) {
      // It ended after it had handled them.
    }
  }
}
