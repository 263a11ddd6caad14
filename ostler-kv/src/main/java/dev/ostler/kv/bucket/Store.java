package dev.ostler.kv.bucket;

import dev.ostler.CallException;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Name;
import dev.ostler.Supervisor;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.figures.Figures;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Gate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one store, as {@link Kv} and endpoints use them: creates, loads, looks up and
 * deletes buckets. It outlives each of the store's processes. Any thread may use it.
 *
 * <p>A method that takes a {@link Gate} does not wait until a change is durable. It tells the gate
 * what the result depends on, and the caller waits at the gate.
 */
public final class Store {
  /** How many restarts of the registry one request waits for: about a second in all. */
  private static final int RESTARTS = 10;

  private final Name<Supervisor> top = Name.unique("kv");
  private final Name<DynamicSupervisor> buckets = Name.unique("kv buckets");
  private final Name<BucketRegistry> registry = Name.unique("kv registry");
  private final BucketTable table;
  private final Catalog catalog;
  private final Environment environment;
  private final Keyspace keyspace;
  private final List<Figures.Source> sources = new CopyOnWriteArrayList<>();
  private volatile boolean closed;
  private volatile boolean doubted;

  private Store(Environment environment, BucketTable table, Catalog catalog) {
    this.environment = environment;
    this.table = table;
    this.catalog = catalog;
    this.keyspace = new Keyspace(this, table, catalog, environment);
    sources.add(new StoreFigures(table, catalog, environment));
  }

  /** A store in memory. */
  public static Store inMemory(Environment environment) {
    var table = new BucketTable(environment.census());
    return new Store(environment, table, new MemoryCatalog(table));
  }

  /**
   * A durable store.
   *
   * @param shared what its buckets would share if it were in memory
   */
  public static Store durable(Environment shared, Archive archive) {
    Environment environment = shared.with(archive);
    return new Store(
        environment,
        new BucketTable(environment.census()),
        new ArchiveCatalog(archive, environment.clock()));
  }

  // --- Its parts

  /** The name of the supervisor of the whole tree. */
  public Name<Supervisor> top() {
    return top;
  }

  /** The name of the supervisor of buckets. */
  public Name<DynamicSupervisor> buckets() {
    return buckets;
  }

  /** The name of the registry of buckets. */
  public Name<BucketRegistry> registry() {
    return registry;
  }

  public BucketTable table() {
    return table;
  }

  /** All buckets, in memory or not. */
  public Catalog catalog() {
    return catalog;
  }

  public Environment environment() {
    return environment;
  }

  /** How commands reach buckets. */
  public Keyspace keyspace() {
    return keyspace;
  }

  /** All that have figures: the store, and those that were added. */
  public List<Figures.Source> sources() {
    return List.copyOf(sources);
  }

  /** Adds what an endpoint counts. Called before the store's processes start. */
  public void add(Figures.Source source) {
    sources.add(source);
  }

  /** A gate for one reply. */
  public Gate gate() {
    return environment.gate();
  }

  /** The time, in milliseconds since 1970. */
  public long now() {
    return environment.clock().getAsLong();
  }

  /** Whether the store has ended, or is ending, because the disk cannot be relied on. */
  public boolean isDoubted() {
    return doubted;
  }

  /** The disk cannot be relied on: the store is about to end. */
  public void doubt() {
    doubted = true;
  }

  /** Whether the store is closed, or about to be. */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Has the registry answer: then commands can reach buckets.
   *
   * @throws CallException if it does not answer within this time
   */
  public void ping(Duration within) {
    var _ = registry.call(new BucketRegistry.Lookup(""), within);
  }

  /**
   * From now on requests do not wait for processes that have ended; false if it was closed before.
   */
  public synchronized boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  // --- Buckets

  /**
   * Creates the bucket of this name if there is none, and pins it.
   *
   * @throws KvException as {@link Kv#create}
   */
  public BucketRef create(String name, Gate seen) {
    environment.limits().checkName(name);
    keyspace.admitChange(true);
    BucketRef bucket = keyspace.use(Bytes.of(name), true, true, BucketRef::pin).orElseThrow();
    seen.need(bucket.position());
    return bucket;
  }

  /** As {@link #create}, but does not wait; a failure is logged. */
  public void createAsync(String name) {
    environment.limits().checkName(name);
    keyspace.admitChange(true);
    registry.cast(new BucketRegistry.CreateAsync(Bytes.of(name)));
  }

  /**
   * The bucket of this name, if there is one. It is loaded if it is not in memory.
   *
   * @throws KvException as {@link Kv#lookup}
   */
  public Optional<BucketRef> lookup(String name) {
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    Optional<BucketRef> known = table.lookup(raw);
    return known.isPresent() || !environment.isDurable()
        ? known
        : keyspace.use(raw, false, true, bucket -> bucket);
  }

  /**
   * Calls a function with the bucket of this name, which is loaded if it is not in memory. Returns
   * empty if there is none.
   *
   * @param use may run several times, if the bucket's process ends meanwhile
   * @throws KvException as {@link Kv#lookup}
   */
  public <R> Optional<R> use(String name, Function<? super BucketRef, R> use) {
    return keyspace.use(Bytes.of(name), false, true, use);
  }

  /**
   * Deletes the bucket of this name with its entries; false if there is none.
   *
   * @throws KvException as {@link Kv#delete}
   */
  public boolean delete(String name, Gate seen) {
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    if (environment.isDurable()) {
      keyspace.admitChange(true);
      var drop = new OnExisting<>(new Operation.Drop());
      boolean deleted = keyspace.with(raw, false, drop).orElse(false);
      seen.need(drop.position());
      return deleted;
    }
    try {
      return ask(new BucketRegistry.Lookup(raw)).map(BucketRef::drop).orElse(false);
    } catch (KvException.BucketGone e) {
      return false;
    }
  }

  /** The names of all buckets, sorted by UTF-16 code units. Concurrent changes may be missing. */
  public List<String> names(Gate seen) {
    var names = new ArrayList<String>();
    keyspace.forEachName(null, name -> names.add(Bytes.text(name)));
    seen.need(keyspace.position());
    names.sort(null);
    return names;
  }

  /** The names of some buckets, see {@link Keyspace#scan}. */
  public Operation.Page<String> scan(long cursor, int count, Gate seen) {
    var names = new ArrayList<String>();
    long next =
        keyspace.scan(cursor, count, true, null, (name, kind) -> names.add(Bytes.text(name)));
    seen.need(keyspace.position());
    return new Operation.Page<>(next, names);
  }

  /**
   * The process of the bucket of this name, a byte string. If there is none, starts an empty one,
   * which the caller must use at once.
   */
  public BucketRef getOrStart(String name) {
    BucketRef bucket = bucket(new BucketRegistry.GetOrStart(name));
    if (bucket == null) {
      throw new IllegalStateException("the bucket " + Bytes.text(name) + " was not started");
    }
    return bucket;
  }

  /**
   * The process of the bucket of this name, a byte string. It is loaded if it is not in memory.
   * Null if there is none.
   */
  @Nullable BucketRef getOrLoad(String name) {
    return bucket(new BucketRegistry.GetOrLoad(name));
  }

  /** Drops these buckets of a durable store. */
  void dropStored(List<String> names) {
    var _ = bucket(new BucketRegistry.DropStored(names));
  }

  private @Nullable BucketRef bucket(BucketRegistry.Request<BucketRegistry.Outcome> request) {
    for (int attempt = 1; ; attempt++) {
      switch (ask(request)) {
        case BucketRegistry.Outcome.Found(BucketRef bucket) -> {
          return bucket;
        }
        case BucketRegistry.Outcome.Missing() -> {
          return null;
        }
        case BucketRegistry.Outcome.Refused(KvException why) -> throw why;
        case BucketRegistry.Outcome.NotNow(CallException why) -> awaitRestart(attempt, why);
      }
    }
  }

  // --- Keys of a bucket, as text

  /** Reads the value of a key, a byte string. */
  public Optional<String> get(BucketRef bucket, String key, Gate seen) {
    return operate(bucket, new Operation.Get(Bytes.of(Objects.requireNonNull(key, "key"))), seen);
  }

  /**
   * Sets the value of a key.
   *
   * @throws KvException as {@link Bucket#put}
   */
  public void put(BucketRef bucket, String key, String value, Gate seen) {
    Limits limits = environment.limits();
    limits.checkKey(key);
    limits.checkValue(value);
    expectStored(operate(bucket, new Operation.Put(Bytes.of(key), Bytes.of(value)), seen), bucket);
  }

  /**
   * Checks that an operation has set what it was to set. Returns false if what it expects of the
   * key does not hold.
   *
   * @throws KvException as {@link Bucket#put} and {@link Bucket#increment}
   */
  public boolean expectStored(Operation.Stored stored, BucketRef bucket) {
    return switch (stored) {
      case YES -> true;
      case NO -> false;
      case FULL ->
          throw new KvException.LimitReached(
              "no new key in the bucket " + bucket.name(), environment.limits().keys());
      case NO_MAP -> throw new KvException.NoMap(bucket.name());
      case NO_NUMBER ->
          throw new KvException.NoNumber(bucket.name(), "its value is not an integer of 64 bits");
      case OVERFLOW ->
          throw new KvException.NoNumber(bucket.name(), "the sum has more than 64 bits");
    };
  }

  /** Removes a key, and returns the value it had, a byte string. */
  public Optional<String> delete(BucketRef bucket, String key, Gate seen) {
    return operate(
        bucket, new Operation.Delete(Bytes.of(Objects.requireNonNull(key, "key"))), seen);
  }

  /**
   * Applies an operation to a bucket. In a durable store its process may have been evicted, or have
   * crashed: then the next one applies it.
   *
   * @throws KvException.BucketGone if there is no such bucket any more
   */
  public <R> R operate(BucketRef bucket, Operation<R> operation, Gate seen) {
    if (!environment.isDurable()) {
      return bucket.ask(operation);
    }
    if (operation.changes()) {
      keyspace.admitChange(true);
    }
    var task = new OnExisting<>(operation);
    Optional<R> result = keyspace.with(bucket, task);
    seen.need(task.position());
    return result.orElseThrow(() -> new KvException.BucketGone(bucket.name()));
  }

  /** An operation on a bucket of a durable store; empty if there is no such bucket any more. */
  private static final class OnExisting<R> extends BucketTask<Optional<R>> {
    private final Operation<R> operation;

    OnExisting(Operation<R> operation) {
      super(true);
      this.operation = operation;
    }

    @Override
    protected Optional<R> runOn(Entries entries) {
      return entries.exists() ? Optional.of(operation.on(entries)) : Optional.empty();
    }
  }

  // --- Restarts

  /**
   * Calls the registry, and calls the next one if it ends meanwhile: that has the same table. So a
   * request may be handled twice. To create twice changes nothing; a delete that is handled twice
   * may report that there was no bucket.
   */
  private <R> R ask(BucketRegistry.Request<R> request) {
    for (int attempt = 1; ; attempt++) {
      try {
        return registry.call(request);
      } catch (CallException.NoProcess | CallException.Exited e) {
        awaitRestart(attempt, e);
      }
    }
  }

  /**
   * Waits until the supervisor has restarted a process. The supervisor answers a call after it has
   * handled all EXITs so far; the EXIT of a process that is just dying may come later.
   */
  private void awaitRestart(int attempt, CallException why) {
    if (closed) {
      throw new KvException.Unavailable("the store is closed", why);
    }
    if (attempt == RESTARTS) {
      throw new KvException.Unavailable("a process of the store was not restarted", why);
    }
    try {
      var _ = Supervisor.at(top).count();
    } catch (CallException e) {
      String ended = closed ? "the store is closed" : "the store has ended";
      throw new KvException.Unavailable(ended, e);
    }
    if (attempt > 1) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1L << attempt));
    }
  }

  // --- From a Kv to its Store

  private static volatile @Nullable Function<Kv, Store> accessor;

  /** Sets the function that reads the store of a {@link Kv}. Called once, by that class. */
  public static void accessor(Function<Kv, Store> storeOf) {
    accessor = storeOf;
  }

  /** The store behind a {@link Kv}, for endpoints. */
  public static Store of(Kv kv) {
    return Objects.requireNonNull(accessor, "a Kv exists, so its class has set the accessor")
        .apply(kv);
  }

  @Override
  public String toString() {
    return "Store[" + top + "]";
  }
}
