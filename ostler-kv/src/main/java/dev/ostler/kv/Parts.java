package dev.ostler.kv;

import dev.ostler.AutoShutdown;
import dev.ostler.Child;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Name;
import dev.ostler.Restart;
import dev.ostler.Shutdown;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a store is made of: its processes, as a tree, and what outlives each of them. Any thread may
 * use it.
 */
final class Parts {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** More restarts than so many in so long are no accident: the store ends. */
  private static final int RESTARTS = 100;

  private static final Duration WITHIN = Duration.ofSeconds(10);

  /** What connections need beyond the time they may take to end. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  private final Kv kv;
  private final KvConfig config;
  private final Environment environment;
  private final KeyspaceEvents events = new KeyspaceEvents(new PubSub());
  private final Supplier<BucketServer> factory;
  private final Name<Supervisor> top = Name.unique("kv");
  private final Name<StoreKeeper> keeper = Name.unique("kv store");
  private final Name<DynamicSupervisor> buckets = Name.unique("kv buckets");
  private final Name<BucketRegistry> registry = Name.unique("kv registry");
  private final Name<Connections> connections = Name.unique("kv connections");
  private final BucketTable table = new BucketTable();
  private final Set<LineConnection> unclosed = ConcurrentHashMap.newKeySet();
  private final @Nullable Archive archive; // null: all is in memory
  private volatile boolean doubts;
  private @Nullable LineListener listener; // these two are set once, by the constructor
  private @Nullable Resp resp;

  /**
   * Opens what is kept, and takes the ports.
   *
   * @param factory of buckets, for tests; null for the usual
   * @throws KvException if either cannot be had; nothing stays open then
   */
  Parts(
      Kv kv,
      KvConfig config,
      LineListener.Binder binder,
      @Nullable Supplier<BucketServer> factory,
      Environment unkept) {
    this.kv = kv;
    this.config = config;
    this.archive = config.directory().map(this::archive).orElse(null);
    var told = unkept.telling(events);
    this.environment = archive == null ? told : told.with(archive);
    this.factory = factory == null ? () -> new BucketServer(environment) : factory;
    if (archive != null) {
      archive.attach(keyspace());
    }
    try {
      config.linePort().ifPresent(port -> listener = line(port, binder));
      config.respPort().ifPresent(port -> resp = resp(port));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private Archive archive(Path directory) {
    return new Archive(config.openStore(directory), config.sync(), this::failed);
  }

  private void failed(KvException why, boolean doubtful) {
    LOG.log(Level.ERROR, why.getMessage());
    if (doubtful) {
      doubts = true;
      keeper.cast(new StoreKeeper.Failed(why));
    }
  }

  private LineListener line(int port, LineListener.Binder binder) {
    return LineListener.bind(new InetSocketAddress(config.bind(), port), binder, connections);
  }

  private Resp resp(int port) {
    return new Resp(
        new InetSocketAddress(config.bind(), port),
        new RespServer(keyspace(), events, config, config.tls().map(TlsKeys::new).orElse(null)));
  }

  // --- The tree
  // -----------------------------------------------------------------------------------

  /**
   * The processes of the store, in the order in which they start, and against which they end: who
   * keeps what was changed is there before anybody changes anything, and after; clients need
   * connections, those need the registry, and that needs who starts buckets.
   *
   * <p>One for one: each finds the others by name whenever it needs them, and hears of what it has
   * to forget by a DOWN, so that the end of one is no reason to restart another.
   */
  Supervisor.Spec tree() {
    var tree =
        Supervisor.of(Strategy.ONE_FOR_ONE).named(top).label("kv").intensity(RESTARTS, WITHIN);
    if (archive != null) {
      tree = tree.autoShutdown(AutoShutdown.ANY_SIGNIFICANT).child(keeper(archive));
    }
    var bucket = BucketServer.child(factory);
    tree =
        tree.child(
                DynamicSupervisor.of()
                    .named(buckets)
                    .maxChildren(config.limits().buckets())
                    .shutdown(Shutdown.BRUTAL_KILL)) // a bucket has nothing to save at its end
            .child(
                GenServer.of(() -> new BucketRegistry(table, environment, starter(), bucket))
                    .named(registry));
    if (archive != null) {
      tree = tree.child(steward(archive));
    }
    if (listener != null) {
      tree = tree.child(connections()).child(listener.child());
    }
    return resp == null ? tree : resp.addTo(tree);
  }

  private Child<?> keeper(Archive kept) {
    return GenServer.of(() -> new StoreKeeper(kept))
        .named(keeper)
        .restart(Restart.TRANSIENT)
        .significant()
        .shutdown(Shutdown.INFINITY);
  }

  private Child<?> steward(Archive kept) {
    return GenServer.of(() -> new Steward(table, keyspace(), kept, config.residentBytes()))
        .label("kv steward");
  }

  private Child<?> connections() {
    var time = config.drainTime();
    return GenServer.of(() -> new Connections(this::connection, connectionLimit(), time, unclosed))
        .named(connections)
        .shutdown(Shutdown.after(time.plus(CLOSE_TIME)));
  }

  private int connectionLimit() {
    return Math.min(config.maxConnections(), Descriptors.clients(config));
  }

  private LineConnection connection(Socket socket) {
    return new LineConnection(socket, kv, config.maxBacklogBytes());
  }

  /** Whether the store has ended, or is just ending, because the disk cannot be relied on. */
  boolean hasDoubts() {
    return doubts;
  }

  // --- The parts
  // ----------------------------------------------------------------------------------

  Environment environment() {
    return environment;
  }

  /** Who tells what happens to buckets. */
  KeyspaceEvents events() {
    return events;
  }

  BucketTable table() {
    return table;
  }

  Name<BucketRegistry> registry() {
    return registry;
  }

  /** The way commands get at buckets. */
  Keyspace keyspace() {
    return new Keyspace(kv, table, environment);
  }

  /** What starts the parts again. */
  Supervisor supervisor() {
    return Supervisor.at(top);
  }

  /** What starts the buckets. */
  DynamicSupervisor starter() {
    return DynamicSupervisor.at(buckets);
  }

  LineListener lines() {
    if (listener == null) {
      throw new IllegalStateException("this store was opened without the line protocol");
    }
    return listener;
  }

  Resp resp() {
    if (resp == null) {
      throw new IllegalStateException("this store was opened without RESP");
    }
    return resp;
  }

  /** Ends all processes at once. */
  void kill() {
    top.whereis().ifPresent(pid -> pid.exit(ExitReason.KILL)); // and all parts with it
  }

  /** Closes what is left when the processes have ended. */
  void close() {
    try {
      if (listener != null) {
        listener.close();
      }
      if (resp != null) {
        resp.listener().close();
      }
      unclosed.forEach(LineConnection::close);
      table.clear();
    } finally {
      if (archive != null) {
        archive.close(); // it is, unless its process was killed
      }
    }
  }
}
