package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.DynamicSupervisor;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Supervisor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store of named buckets: open it, create buckets and look them up, close it.
 *
 * <p>Any thread may use it, process or not. What a thread did before it used the store
 * happens-before what others do that see it there. A store is independent of who opened it; any
 * number may be open in one JVM.
 */
public final class Kv implements AutoCloseable {
  /** How often a request is made that meets a part which ends each time; for a second in all. */
  private static final int ATTEMPTS = 10;

  private final KvConfig config;
  private final Parts parts;
  private final Name<BucketRegistry> registry;
  private final BucketTable table;
  private final Environment environment;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Kv(
      KvConfig config,
      LineListener.Binder binder,
      @Nullable Supplier<BucketServer> factory,
      Environment environment) {
    config.check();
    this.config = config;
    this.parts = new Parts(this, config, binder, factory, environment);
    this.registry = parts.registry();
    this.table = parts.table();
    this.environment = parts.environment();
  }

  /**
   * Opens a store, and returns once it answers, and listens if it is to.
   *
   * @throws KvException.CannotListen if a port cannot be had
   * @throws KvException.NoTls if the files for TLS cannot be used
   * @throws IllegalArgumentException if the line protocol would be open to others unasked
   */
  public static Kv open(KvConfig config) {
    return open(config, LineListener::plain, null);
  }

  /** As {@link #open(KvConfig)}, with sockets and buckets of the tests' own. */
  static Kv open(
      KvConfig config, LineListener.Binder binder, @Nullable Supplier<BucketServer> factory) {
    var kv = new Kv(config, binder, factory, Environment.of(config.limits()));
    kv.start(Supervisor.Spec::start);
    return kv;
  }

  /** As {@link #open(KvConfig)}, with a clock of the tests' own. */
  static Kv open(KvConfig config, Environment environment) {
    var kv = new Kv(config, LineListener::plain, null, environment);
    kv.start(Supervisor.Spec::start);
    return kv;
  }

  /**
   * Opens a store as an application, with whose tree the JVM ends.
   *
   * @param starter is given the tree, and starts it
   */
  static Kv open(KvConfig config, Consumer<Supervisor.Spec> starter) {
    var kv = new Kv(config, LineListener::plain, null, Environment.of(config.limits()));
    kv.start(starter);
    return kv;
  }

  private void start(Consumer<Supervisor.Spec> starter) {
    try {
      starter.accept(parts.tree());
    } catch (RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  // --- Buckets
  // ------------------------------------------------------------------------------------

  /**
   * The bucket of this name; a new one if there is none.
   *
   * @throws KvException.LimitReached if there are as many buckets as there may be
   * @throws KvException.TooLong if the name is longer than it may be
   * @throws KvException.NotCreated if the bucket does not start
   * @throws KvException.Unavailable if the store is closed
   */
  public Bucket create(String name) {
    var seen = Gate.of(environment);
    Bucket bucket = createNow(name, seen);
    seen.await();
    return bucket;
  }

  /** As {@link #create}, but what is told of it may leave only once the gate is open. */
  Bucket createNow(String name, Gate seen) {
    config.limits().checkName(name);
    keyspace().admitChange(true);
    String raw = Bytes.of(name);
    for (int attempt = 1; ; attempt++) {
      Bucket bucket = obtain(raw);
      try {
        var _ = bucket.keep();
        seen.need(bucket.position());
        return bucket;
      } catch (KvException.BucketGone e) { // it was just ending
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /**
   * The process of the bucket of this name, a byte string; a new one with nothing in it, which is
   * to be used at once, if there is none.
   */
  Bucket obtain(String name) {
    Bucket bucket = bucket(new BucketRegistry.Obtain(name));
    if (bucket == null) {
      throw new IllegalStateException("the bucket " + Bytes.text(name) + " was not started");
    }
    return bucket;
  }

  /**
   * The process of the bucket of this name, a byte string, which is started with what is kept of it
   * if it is not in memory; null if there is none.
   */
  @Nullable Bucket fetch(String name) {
    return bucket(new BucketRegistry.Fetch(name));
  }

  /** Drops those of these buckets that are kept and not in memory. */
  void flush(List<String> names) {
    var _ = bucket(new BucketRegistry.Flush(names));
  }

  private @Nullable Bucket bucket(BucketRegistry.Request<BucketRegistry.Outcome> request) {
    for (int attempt = 1; ; attempt++) {
      switch (ask(request)) {
        case BucketRegistry.Outcome.Obtained(Bucket bucket) -> {
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

  /**
   * As {@link #create}, without waiting for it. The same thread's next create or delete is done
   * after this one; a failure is logged, and nobody is told.
   *
   * @throws KvException.TooLong if the name is longer than it may be
   */
  public void createAsync(String name) {
    config.limits().checkName(name);
    keyspace().admitChange(true);
    registry.cast(new BucketRegistry.CreateAsync(Bytes.of(name)));
  }

  /**
   * The bucket of this name, if there is one that lives. Asks no process, and takes as long as a
   * look into a map; but for a bucket that is kept and not in memory, which is read.
   *
   * @throws KvException.NotReadable if it is kept, and cannot be read
   * @throws KvException.Unavailable if it has to be read, and the store is closed
   */
  public Optional<Bucket> lookup(String name) {
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    Optional<Bucket> known = table.lookup(raw);
    if (known.isPresent() || environment.archive() == null) {
      return known;
    }
    Bucket bucket = fetch(raw);
    for (int attempt = 1; attempt < ATTEMPTS && bucket != null && !bucket.isAlive(); attempt++) {
      bucket = fetch(raw); // it has crashed, or left memory, meanwhile
    }
    return Optional.ofNullable(bucket).filter(Bucket::isThere);
  }

  /**
   * Ends the bucket of this name, and what it holds; false if there is none.
   *
   * @throws KvException.Unavailable if the store is closed
   */
  public boolean delete(String name) {
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    if (environment.archive() != null) {
      var seen = Gate.of(environment);
      boolean deleted = deleteNow(raw, seen);
      seen.await();
      return deleted;
    }
    try {
      return ask(new BucketRegistry.Find(raw)).map(Bucket::drop).orElse(false);
    } catch (KvException.BucketGone e) {
      return false;
    }
  }

  private boolean deleteNow(String name, Gate seen) {
    keyspace().admitChange(true);
    var drop = new Again<>(new Operation.Drop());
    boolean deleted = keyspace().with(name, false, true, drop).orElse(false);
    seen.need(drop.position());
    return deleted;
  }

  /** The names of all buckets, in the order of their characters, as they are about now. */
  public List<String> names() {
    var names = new ArrayList<String>();
    keyspace().forEachName(name -> names.add(Bytes.text(name)));
    var seen = Gate.of(environment);
    seen.need(keyspace().position());
    seen.await();
    names.sort(null);
    return names;
  }

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
    if (closed.get()) {
      throw new KvException.Unavailable("the store is closed", why);
    }
    if (attempt == ATTEMPTS) {
      throw new KvException.Unavailable("a part of the store does not come back", why);
    }
    try {
      var _ = supervisor().count();
    } catch (CallException e) {
      String ended = closed.get() ? "the store is closed" : "the store has ended";
      throw new KvException.Unavailable(ended, e);
    }
    if (attempt > 1) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1L << attempt));
    }
  }

  // --- Ports
  // --------------------------------------------------------------------------------------

  /**
   * The port of the line protocol.
   *
   * @throws IllegalStateException if the store does not offer it
   */
  public int port() {
    return parts.lines().port();
  }

  /** Where the line protocol is offered, as in {@code 127.0.0.1:4040}. */
  String lineAddress() {
    return parts.lines().text();
  }

  /**
   * The port of RESP.
   *
   * @throws IllegalStateException if the store does not offer it
   */
  public int respPort() {
    return parts.resp().listener().port();
  }

  /** What RESP clients share: for tests. */
  RespServer respServer() {
    return parts.resp().server();
  }

  /** Where RESP is offered, as in {@code 127.0.0.1:6380}. */
  String respAddress() {
    return parts.resp().listener().text();
  }

  /** Whether it has ended, or is just ending, because the disk cannot be relied on. */
  boolean hasDoubts() {
    return parts.hasDoubts();
  }

  /** What starts the parts again. */
  Supervisor supervisor() {
    return parts.supervisor();
  }

  /** The process of the registry, if there is one at the moment: for tests, which end it. */
  Optional<Pid> registry() {
    return registry.whereis();
  }

  /** The way commands get at buckets. */
  Keyspace keyspace() {
    return parts.keyspace();
  }

  /** Who tells what happens to buckets. */
  KeyspaceEvents events() {
    return parts.events();
  }

  Environment environment() {
    return environment;
  }

  /** What starts the buckets. */
  DynamicSupervisor starter() {
    return parts.starter();
  }

  // --- The end
  // ------------------------------------------------------------------------------------

  /**
   * Closes the store: no new clients, replies on their way are written, connections are closed,
   * processes end, and with them all that the store held.
   *
   * <p>Returns when that is done: mostly at once, and if clients do not take their replies, after
   * the {@linkplain KvConfig#drainTime time to drain}. Closing twice changes nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      supervisor().stop();
    } catch (CallException.Interrupted e) {
      parts.kill();
      Thread.currentThread().interrupt();
    } catch (CallException e) {
      // It has ended already.
    }
    parts.close();
  }
}
