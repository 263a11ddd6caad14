package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.Child;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Pid;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A store of named buckets: open it, create buckets and look them up, close it.
 *
 * <p>Any thread may use it, process or not. What a thread did before it used the store
 * happens-before what others do that see it there. A store is independent of who opened it; any
 * number may be open in one JVM.
 */
public final class Kv implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** How long a request waits for a registry that is being restarted. */
  private static final Duration RESTART_TIME = Duration.ofSeconds(5);

  /** How often a request is made of a registry that ends each time. */
  private static final int ATTEMPTS = 5;

  /** What the parts need beyond the time their connections may take to end. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  private final KvConfig config;
  private final Name<BucketRegistry> registry = Name.unique("kv registry");
  private final Name<Connections> connections = Name.unique("kv connections");
  private final BucketTable table = new BucketTable();
  private final @Nullable LineListener listener;
  private final Keeper keeper;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Kv(KvConfig config, LineListener.Binder binder, Function<String, Bucket> starter) {
    this.config = config;
    this.listener =
        config.linePort().isPresent()
            ? LineListener.bind(
                new InetSocketAddress(config.bind(), config.linePort().getAsInt()),
                binder,
                connections)
            : null;
    try {
      this.keeper = Keeper.start("kv", parts(starter));
    } catch (RuntimeException e) {
      if (listener != null) {
        listener.close();
      }
      throw e;
    }
  }

  /**
   * The processes of a store, in the order in which they start: clients need connections, and those
   * need the registry. Buckets are linked to none of them, and outlive the registry.
   */
  private List<Child<?>> parts(Function<String, Bucket> starter) {
    var parts = new ArrayList<Child<?>>();
    parts.add(
        GenServer.of(() -> new BucketRegistry(table, config.limits(), starter))
            .named(registry)
            .direct());
    LineListener accepting = listener;
    if (accepting != null) {
      parts.add(
          GenServer.of(() -> new Connections(this::connection, config.maxConnections()))
              .named(connections));
      parts.add(accepting.child());
    }
    return parts;
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
    return open(config, LineListener::plain, name -> Bucket.start(name, config.limits()));
  }

  /** As {@link #open(KvConfig)}, with sockets and buckets of the tests' own. */
  static Kv open(KvConfig config, LineListener.Binder binder, Function<String, Bucket> starter) {
    config.check();
    return new Kv(config, binder, starter);
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
    return switch (ask(new BucketRegistry.Create(name))) {
      case BucketRegistry.Outcome.Created(Bucket bucket) -> bucket;
      case BucketRegistry.Outcome.Refused(KvException why) -> throw why;
    };
  }

  /**
   * As {@link #create}, without waiting for it. The same thread's next create or delete is done
   * after this one; a failure is logged, and nobody is told.
   *
   * @throws KvException.TooLong if the name is longer than it may be
   */
  public void createAsync(String name) {
    config.limits().checkName(name);
    registry.cast(new BucketRegistry.CreateAsync(name));
  }

  /**
   * The bucket of this name, if there is one that lives. Asks no process: it takes as long as a
   * look into a map.
   */
  public Optional<Bucket> lookup(String name) {
    return table.lookup(Objects.requireNonNull(name, "name"));
  }

  /**
   * Ends the bucket of this name, and what it holds; false if there is none.
   *
   * @throws KvException.Unavailable if the store is closed
   */
  public boolean delete(String name) {
    return ask(new BucketRegistry.Delete(Objects.requireNonNull(name, "name")));
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
        if (closed.get()) {
          throw new KvException.Unavailable("the store is closed", e);
        }
        if (attempt == ATTEMPTS || !keeper.await(this::hasRegistry, RESTART_TIME)) {
          throw new KvException.Unavailable("the registry of the store does not come back", e);
        }
      }
    }
  }

  private boolean hasRegistry() {
    return registry.whereis().isPresent();
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

  private LineListener lines() {
    if (listener == null) {
      throw new IllegalStateException("this store was opened without the line protocol");
    }
    return listener;
  }

  /** The process of the registry, if there is one at the moment: for tests, which end it. */
  Optional<Pid> registry() {
    return registry.whereis();
  }

  /** What starts the others again: for tests. */
  Keeper keeper() {
    return keeper;
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
    keeper.quiet();
    if (listener != null) {
      listener.close();
      drain();
    }
    keeper.stop();
    for (Bucket bucket : table.all()) {
      table.remove(bucket);
      bucket.pid().exit(ExitReason.SHUTDOWN);
    }
  }

  private void drain() {
    var time = config.drainTime();
    try {
      int late = connections.call(new Connections.Drain(time), time.plus(CLOSE_TIME));
      if (late > 0) {
        LOG.log(Level.INFO, late + " line connections were closed before they were drained");
      }
    } catch (CallException e) {
      LOG.log(Level.WARNING, "the line connections were not drained: " + e.getMessage());
    }
  }
}
