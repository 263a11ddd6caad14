package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Shutdown;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** More restarts than so many in so long are no accident: the store ends. */
  private static final int RESTARTS = 100;

  private static final Duration WITHIN = Duration.ofSeconds(10);

  /** What connections need beyond the time they may take to end. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  private final KvConfig config;
  private final KeyspaceEvents events = new KeyspaceEvents(new PubSub());
  private final Environment environment;
  private final Supplier<BucketServer> factory;
  private final Name<Supervisor> top = Name.unique("kv");
  private final Name<DynamicSupervisor> buckets = Name.unique("kv buckets");
  private final Name<BucketRegistry> registry = Name.unique("kv registry");
  private final Name<Connections> connections = Name.unique("kv connections");
  private final BucketTable table = new BucketTable();
  private final Set<LineConnection> unclosed = ConcurrentHashMap.newKeySet();
  private final @Nullable LineListener listener;
  private final @Nullable Resp resp;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Kv(
      KvConfig config, LineListener.Binder binder, @Nullable Supplier<BucketServer> factory) {
    config.check();
    this.config = config;
    this.environment = Environment.of(config.limits(), events);
    this.factory = factory == null ? () -> new BucketServer(environment) : factory;
    this.listener =
        config.linePort().isPresent()
            ? LineListener.bind(
                new InetSocketAddress(config.bind(), config.linePort().getAsInt()),
                binder,
                connections)
            : null;
    this.resp = config.respPort().isPresent() ? resp(config.respPort().getAsInt()) : null;
  }

  private Resp resp(int port) {
    var keyspace = new Keyspace(this, table, environment);
    try {
      return new Resp(
          new InetSocketAddress(config.bind(), port),
          new RespServer(keyspace, new Settings(), config.drainTime()));
    } catch (KvException.CannotListen e) {
      if (listener != null) {
        listener.close();
      }
      throw e;
    }
  }

  /**
   * The processes of the store, in the order in which they start: clients need connections, those
   * need the registry, and that needs who starts buckets.
   *
   * <p>One for one: each finds the others by name whenever it needs them, and hears of what it has
   * to forget by a DOWN, so that the end of one is no reason to restart another.
   */
  Supervisor.Spec tree() {
    var bucket = BucketServer.child(factory);
    var limits = config.limits();
    var tree =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .named(top)
            .label("kv")
            .intensity(RESTARTS, WITHIN)
            .child(
                DynamicSupervisor.of()
                    .named(buckets)
                    .maxChildren(limits.buckets())
                    .shutdown(Shutdown.BRUTAL_KILL)) // in memory no bucket has anything to save
            .child(
                GenServer.of(() -> new BucketRegistry(table, environment, starter(), bucket))
                    .named(registry));
    if (listener != null) {
      tree = tree.child(connections()).child(listener.child());
    }
    return resp == null ? tree : resp.addTo(tree);
  }

  private Child<?> connections() {
    var time = config.drainTime();
    return GenServer.of(
            () -> new Connections(this::connection, config.maxConnections(), time, unclosed))
        .named(connections)
        .shutdown(Shutdown.after(time.plus(CLOSE_TIME)));
  }

  private LineConnection connection(Socket socket) {
    return new LineConnection(socket, this, config.maxBacklogBytes());
  }

  /**
   * Opens a store, and returns once it answers, and listens if it is to.
   *
   * @throws KvException.CannotListen if a port cannot be had
   * @throws IllegalArgumentException if the line protocol would be open to others unasked
   */
  public static Kv open(KvConfig config) {
    return open(config, LineListener::plain, null);
  }

  /** As {@link #open(KvConfig)}, with sockets and buckets of the tests' own. */
  static Kv open(
      KvConfig config, LineListener.Binder binder, @Nullable Supplier<BucketServer> factory) {
    var kv = new Kv(config, binder, factory);
    kv.start(Supervisor.Spec::start);
    return kv;
  }

  /**
   * Opens a store as an application, with whose tree the JVM ends.
   *
   * @param starter is given the tree, and starts it
   */
  static Kv open(KvConfig config, Consumer<Supervisor.Spec> starter) {
    var kv = new Kv(config, LineListener::plain, null);
    kv.start(starter);
    return kv;
  }

  private void start(Consumer<Supervisor.Spec> starter) {
    try {
      starter.accept(tree());
    } catch (RuntimeException e) {
      closePorts();
      throw e;
    }
  }

  private void closePorts() {
    if (listener != null) {
      listener.close();
    }
    if (resp != null) {
      resp.listener().close();
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
    config.limits().checkName(name);
    String raw = Bytes.of(name);
    for (int attempt = 1; ; attempt++) {
      Bucket bucket = obtain(raw);
      try {
        var _ = bucket.keep();
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
    for (int attempt = 1; ; attempt++) {
      switch (ask(new BucketRegistry.Obtain(name))) {
        case BucketRegistry.Outcome.Obtained(Bucket bucket) -> {
          return bucket;
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
    registry.cast(new BucketRegistry.CreateAsync(Bytes.of(name)));
  }

  /**
   * The bucket of this name, if there is one that lives. Asks no process: it takes as long as a
   * look into a map.
   */
  public Optional<Bucket> lookup(String name) {
    return table.lookup(Bytes.of(Objects.requireNonNull(name, "name")));
  }

  /**
   * Ends the bucket of this name, and what it holds; false if there is none.
   *
   * @throws KvException.Unavailable if the store is closed
   */
  public boolean delete(String name) {
    String raw = Bytes.of(Objects.requireNonNull(name, "name"));
    try {
      return ask(new BucketRegistry.Find(raw)).map(Bucket::drop).orElse(false);
    } catch (KvException.BucketGone e) {
      return false;
    }
  }

  /** The names of all buckets, in the order of their characters, as they are about now. */
  public List<String> names() {
    return table.names();
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
    return lines().port();
  }

  /** Where the line protocol is offered, as in {@code 127.0.0.1:4040}. */
  String lineAddress() {
    return lines().text();
  }

  /**
   * The port of RESP.
   *
   * @throws IllegalStateException if the store does not offer it
   */
  public int respPort() {
    return respPart().listener().port();
  }

  /** Where RESP is offered, as in {@code 127.0.0.1:6380}. */
  String respAddress() {
    return respPart().listener().text();
  }

  private Resp respPart() {
    if (resp == null) {
      throw new IllegalStateException("this store was opened without RESP");
    }
    return resp;
  }

  private LineListener lines() {
    if (listener == null) {
      throw new IllegalStateException("this store was opened without the line protocol");
    }
    return listener;
  }

  /** What starts the parts again. */
  Supervisor supervisor() {
    return Supervisor.at(top);
  }

  /** The process of the registry, if there is one at the moment: for tests, which end it. */
  Optional<Pid> registry() {
    return registry.whereis();
  }

  /** Who tells what happens to buckets. */
  KeyspaceEvents events() {
    return events;
  }

  /** What starts the buckets. */
  DynamicSupervisor starter() {
    return DynamicSupervisor.at(buckets);
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
      top.whereis().ifPresent(pid -> pid.exit(ExitReason.KILL)); // and all parts with it
      Thread.currentThread().interrupt();
    } catch (CallException e) {
      // It has ended already.
    }
    closePorts();
    unclosed.forEach(LineConnection::close);
    table.clear();
  }
}
