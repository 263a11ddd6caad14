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
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one store, as {@link Kv} and endpoints use them: how to create, load, look up and
 * delete one. It outlives each of the store's processes. Any thread may use it.
 *
 * <p>What takes a {@link Gate} does not wait until a change is durable: it tells the gate what the
 * result depends on, and the caller waits there.
 */
public final class Store {
  /** How many restarts of the registry one request waits for; for a second in all. */
  private static final int RESTARTS = 10;

  private final Name<Supervisor> top = Name.unique("kv");
  private final Name<DynamicSupervisor> buckets = Name.unique("kv buckets");
  private final Name<BucketRegistry> registry = Name.unique("kv registry");
  private final BucketTable table;
  private final Catalog catalog;
  private final Environment environment;
  private final Keyspace keyspace;
  private volatile boolean closed;
  private volatile boolean doubted;

  private Store(Environment environment, BucketTable table, Catalog catalog) {
    this.environment = environment;
    this.table = table;
    this.catalog = catalog;
    this.keyspace = new Keyspace(this, table, catalog, environment);
  }

  /** A store in memory. */
  public static Store inMemory(Environment environment) {
    var table = new BucketTable();
    return new Store(environment, table, new MemoryCatalog(table));
  }

  /** A durable store, with what all its buckets share if it were in memory. */
  public static Store durable(Environment shared, Archive archive) {
    Environment environment = shared.with(archive);
    return new Store(
        environment, new BucketTable(), new ArchiveCatalog(archive, environment.clock()));
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

  /** The name of the process that starts buckets and forgets them. */
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

  /** The way to several buckets at once, and to all of them. */
  public Keyspace keyspace() {
    return keyspace;
  }

  /** A gate for one reply. */
  public Gate gate() {
    return environment.gate();
  }

  /** The time, in milliseconds since 1970. */
  public long now() {
    return environment.clock().getAsLong();
  }

  /** Whether the store has ended, or is just ending, because the disk cannot be relied on. */
  public boolean isDoubted() {
    return doubted;
  }

  /** The disk cannot be relied on: the store is about to end. */
  public void doubt() {
    doubted = true;
  }

  /** From now on a part that does not answer is not waited for; false if that was said before. */
  public synchronized boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  // --- Buckets

  /**
   * The bucket of this name, a new one if there is none, which stays without keys.
   *
   * @throws KvException as {@link Kv#create}
   */
  public BucketRef create(String name, Gate seen) {
    environment.limits().checkName(name);
    keyspace.admitChange(true);
    BucketRef bucket = keyspace.use(Bytes.of(name), true, true, BucketRef::keep).orElseThrow();
    seen.need(bucket.position());
    return bucket;
  }

  /** As {@link #create}, without waiting for it; a failure is logged. */
  public void createAsync(String name) {
    environment.limits().checkName(name);
    keyspace.admitChange(true);
    registry.cast(new BucketRegistry.CreateAsync(Bytes.of(name)));
  }

  /**
   * The bucket of this name, if there is one that lives; it is loaded if it is not in memory.
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
   * Uses the bucket of this name, which is loaded if it is not in memory; empty if there is none.
   *
   * @param use may be run several times, if the bucket's process ends meanwhile
   * @throws KvException as {@link Kv#lookup}
   */
  public <R> Optional<R> use(String name, Function<? super BucketRef, R> use) {
    return keyspace.use(Bytes.of(name), false, true, use);
  }

  /**
   * Ends the bucket of this name, and what it holds; false if there is none.
   *
   * @throws KvException as {@link Kv#delete}
   */
  public boolean delete(String name, Gate seen) {
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    if (environment.isDurable()) {
      keyspace.admitChange(true);
      var drop = new OnExisting<>(new Operation.Drop());
      boolean deleted = keyspace.with(raw, false, true, drop).orElse(false);
      seen.need(drop.position());
      return deleted;
    }
    try {
      return ask(new BucketRegistry.Find(raw)).map(BucketRef::drop).orElse(false);
    } catch (KvException.BucketGone e) {
      return false;
    }
  }

  /** The names of all buckets, in the order of their characters, as they are about now. */
  public List<String> names(Gate seen) {
    var names = new ArrayList<String>();
    keyspace.forEachName(null, name -> names.add(Bytes.text(name)));
    seen.need(keyspace.position());
    names.sort(null);
    return names;
  }

  /**
   * The process of the bucket of this name, a byte string; a new one with nothing in it, which is
   * to be used at once, if there is none.
   */
  public BucketRef obtain(String name) {
    BucketRef bucket = bucket(new BucketRegistry.Obtain(name));
    if (bucket == null) {
      throw new IllegalStateException("the bucket " + Bytes.text(name) + " was not started");
    }
    return bucket;
  }

  /**
   * The process of the bucket of this name, a byte string, which is started with what is kept of it
   * if it is not in memory; null if there is none.
   */
  @Nullable BucketRef fetch(String name) {
    return bucket(new BucketRegistry.Fetch(name));
  }

  /** Drops those of these buckets that are kept and not in memory. */
  void flush(List<String> names) {
    var _ = bucket(new BucketRegistry.Flush(names));
  }

  private @Nullable BucketRef bucket(BucketRegistry.Request<BucketRegistry.Outcome> request) {
    for (int attempt = 1; ; attempt++) {
      switch (ask(request)) {
        case BucketRegistry.Outcome.Obtained(BucketRef bucket) -> {
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

  /** The value of a key, a byte string. */
  public Optional<String> get(BucketRef bucket, String key, Gate seen) {
    return operate(bucket, new Operation.Get(Bytes.of(Objects.requireNonNull(key, "key"))), seen);
  }

  /**
   * Gives a key a value, in place of the one it had.
   *
   * @throws KvException as {@link Bucket#put}
   */
  public void put(BucketRef bucket, String key, String value, Gate seen) {
    Limits limits = environment.limits();
    limits.checkKey(key);
    limits.checkValue(value);
    switch (operate(bucket, new Operation.Put(Bytes.of(key), Bytes.of(value)), seen)) {
      case YES -> {}
      case FULL ->
          throw new KvException.LimitReached(
              "no new key in the bucket " + bucket.name(), limits.keys());
      case NO_MAP -> throw new KvException.NoMap(bucket.name());
    }
  }

  /** Takes a key away, and gives the value it had, a byte string. */
  public Optional<String> delete(BucketRef bucket, String key, Gate seen) {
    return operate(
        bucket, new Operation.Delete(Bytes.of(Objects.requireNonNull(key, "key"))), seen);
  }

  /**
   * Has a bucket's process do something. In a durable store that process may have left memory, or
   * crashed: then another one is asked.
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
    var job = new OnExisting<>(operation);
    Optional<R> result = keyspace.with(bucket, job);
    seen.need(job.position());
    return result.orElseThrow(() -> new KvException.BucketGone(bucket.name()));
  }

  /** An operation on a bucket of a durable store; empty if there is no such bucket any more. */
  private static final class OnExisting<R> extends Keyspace.Job<Optional<R>> {
    private final Operation<R> operation;

    OnExisting(Operation<R> operation) {
      this.operation = operation;
    }

    @Override
    protected Optional<R> doOn(Entries entries) {
      return entries.exists() ? Optional.of(operation.on(entries)) : Optional.empty();
    }
  }

  // --- Parts that end

  /**
   * Asks the registry, and again if it ends meanwhile: the next one has the same table. To create
   * is the same once or twice; a delete that is done twice may answer that there was nothing.
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
   * Waits for a part that has ended. The supervisor answers after it has restarted all of whose end
   * it has heard; of one that is just dying it may hear a little later.
   */
  private void awaitRestart(int attempt, CallException why) {
    if (closed) {
      throw new KvException.Unavailable("the store is closed", why);
    }
    if (attempt == RESTARTS) {
      throw new KvException.Unavailable("a part of the store does not come back", why);
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

  // --- The way from a store that is open to this

  private static volatile @Nullable Function<Kv, Store> way;

  /** Says how to come from a {@link Kv} to its buckets. Called by that class, once. */
  public static void way(Function<Kv, Store> toIts) {
    way = toIts;
  }

  /** The buckets of an open store: for endpoints, which need more than users do. */
  public static Store of(Kv kv) {
    return Objects.requireNonNull(way, "a Kv was made, so its class has said how").apply(kv);
  }

  @Override
  public String toString() {
    return "Store[" + top + "]";
  }
}
