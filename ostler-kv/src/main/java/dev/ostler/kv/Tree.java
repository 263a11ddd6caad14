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
import dev.ostler.kv.bucket.AlarmClock;
import dev.ostler.kv.bucket.BucketRegistry;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Expirer;
import dev.ostler.kv.bucket.Steward;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.Archive;
import dev.ostler.kv.journal.Engines;
import dev.ostler.kv.journal.StoreKeeper;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The supervision tree of a store, and the objects that outlive its processes. The thread that
 * opens the store creates it; then any thread may use it.
 */
final class Tree {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** The store ends if there are more restarts than this in {@link #WITHIN}. */
  private static final int RESTARTS = 100;

  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final KvConfig config;
  private final Store store;
  private final Supplier<BucketServer> factory;
  private final Name<StoreKeeper> keeper = Name.unique("kv store");
  private final Optional<Archive> archive; // of a durable store
  private final Map<String, Endpoint.Bound> endpoints = new LinkedHashMap<>(); // in their order

  /**
   * Opens the archive of a durable store.
   *
   * @param factory of buckets, for tests; null for the default
   * @throws KvException if the archive cannot be opened
   */
  Tree(KvConfig config, @Nullable Supplier<BucketServer> factory, Environment shared) {
    this.config = config;
    this.archive = config.directory().map(this::archive);
    this.store =
        archive
            .map(opened -> Store.durable(shared, opened))
            .orElseGet(() -> Store.inMemory(shared));
    Environment environment = store.environment();
    var one = new BucketServer(environment); // which has no state: all buckets share it
    this.factory = factory == null ? () -> one : factory;
  }

  private Archive archive(Path directory) {
    return new Archive(
        Engines.open(directory, config.engine(), config.isRepaired()), config.sync(), this::failed);
  }

  private void failed(KvException why, boolean doubtful) {
    LOG.log(Level.ERROR, why.getMessage());
    if (doubtful) {
      store.doubt();
      keeper.cast(new StoreKeeper.Failed(why));
    }
  }

  /**
   * Has an endpoint take its port, before the tree starts.
   *
   * @throws KvException.CannotListen if it cannot have the port
   */
  void bind(Endpoint endpoint, Kv kv) {
    endpoints.put(endpoint.name(), endpoint.bind(kv));
  }

  Store store() {
    return store;
  }

  /**
   * The endpoint of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  Endpoint.Bound endpoint(String name) {
    Endpoint.Bound found = endpoints.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "this store has no endpoint " + name + ", but " + endpoints.keySet());
    }
    return found;
  }

  /**
   * The processes of the store. They start in this order, and end in reverse: the keeper of the
   * archive starts before any process that changes buckets, and ends last. Endpoints need the
   * registry, and the registry needs the supervisor of buckets.
   *
   * <p>The strategy is one-for-one: each process looks the others up by name whenever it needs
   * them, and hears of the end of buckets by a DOWN. So no process needs a restart when another
   * ends.
   */
  Supervisor.Spec spec() {
    var tree =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .named(store.top())
            .label("kv")
            .intensity(RESTARTS, WITHIN);
    if (archive.isPresent()) {
      tree = tree.autoShutdown(AutoShutdown.ANY_SIGNIFICANT).child(keeper(archive.get()));
    }
    tree =
        tree.child(
                DynamicSupervisor.of()
                    .named(store.buckets())
                    .maxChildren(config.limits().buckets())
                    .shutdown(Shutdown.BRUTAL_KILL)) // a bucket has nothing to save when it ends
            .child(registry())
            .child(GenServer.of(() -> new AlarmClock(store.environment())).label("kv alarm clock"));
    if (archive.isPresent()) {
      tree = tree.child(steward(archive.get())).child(expirer(archive.get()));
    }
    for (Endpoint.Bound endpoint : endpoints.values()) {
      tree = tree.child(endpoint.child());
    }
    return tree;
  }

  private Child<?> keeper(Archive owned) {
    return GenServer.of(() -> new StoreKeeper(owned))
        .named(keeper)
        .restart(Restart.TRANSIENT)
        .significant()
        .shutdown(Shutdown.INFINITY);
  }

  private Child<?> registry() {
    var bucket = BucketServer.child(factory);
    return GenServer.of(
            () ->
                new BucketRegistry(
                    store.table(),
                    store.catalog(),
                    store.environment(),
                    DynamicSupervisor.at(store.buckets()),
                    bucket))
        .named(store.registry());
  }

  private Child<?> steward(Archive known) {
    return GenServer.of(
            () -> new Steward(store.table(), store.keyspace(), known, config.residentBytes()))
        .label("kv steward");
  }

  private Child<?> expirer(Archive known) {
    return GenServer.of(() -> new Expirer(store.keyspace(), known)).label("kv expirer");
  }

  /** Ends all processes at once. */
  void kill() {
    store.top().whereis().ifPresent(pid -> pid.exit(ExitReason.KILL)); // and all children with it
  }

  /** If an endpoint cannot be closed, the others are closed all the same. */
  private static void close(String name, Endpoint.Bound endpoint) {
    try {
      endpoint.close();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "closing the endpoint " + name + " failed", e);
    }
  }

  /** Closes endpoints, table and archive, after the processes have ended. */
  void close() {
    try {
      endpoints.forEach(Tree::close);
      store.table().clear();
    } finally {
      archive.ifPresent(Archive::close); // its process has closed it, unless it was killed
    }
  }
}
