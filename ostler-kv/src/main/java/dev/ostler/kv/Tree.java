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
import dev.ostler.kv.bucket.BucketRegistry;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Environment;
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
 * The processes of a store, as a supervision tree, and what outlives each of them. The thread that
 * opens the store makes it; any thread may use it then.
 */
final class Tree {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** More restarts than so many in so long are no accident: the store ends. */
  private static final int RESTARTS = 100;

  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final KvConfig config;
  private final Store store;
  private final Supplier<BucketServer> factory;
  private final Name<StoreKeeper> keeper = Name.unique("kv store");
  private final Optional<Archive> archive; // of a durable store
  private final Map<String, Endpoint.Bound> endpoints = new LinkedHashMap<>(); // in their order

  /**
   * Opens what keeps the buckets.
   *
   * @param factory of buckets, for tests; null for the usual
   * @throws KvException if that cannot be opened
   */
  Tree(KvConfig config, @Nullable Supplier<BucketServer> factory, Environment shared) {
    this.config = config;
    this.archive = config.directory().map(this::archive);
    this.store =
        archive.map(kept -> Store.durable(shared, kept)).orElseGet(() -> Store.inMemory(shared));
    Environment environment = store.environment();
    this.factory = factory == null ? () -> new BucketServer(environment) : factory;
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
   * @throws KvException.CannotListen if that is not possible
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
   * The processes of the store, in the order in which they start, and against which they end: the
   * keeper of the journal is there before anybody changes anything, and after; endpoints need the
   * registry, and that needs the supervisor of buckets.
   *
   * <p>One for one: each finds the others by name whenever it needs them, and hears of what it has
   * to forget by a DOWN, so that the end of one is no reason to restart another.
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
                    .shutdown(Shutdown.BRUTAL_KILL)) // a bucket has nothing to save at its end
            .child(registry());
    if (archive.isPresent()) {
      tree = tree.child(steward(archive.get()));
    }
    for (Endpoint.Bound endpoint : endpoints.values()) {
      tree = tree.child(endpoint.child());
    }
    return tree;
  }

  private Child<?> keeper(Archive kept) {
    return GenServer.of(() -> new StoreKeeper(kept))
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

  private Child<?> steward(Archive kept) {
    return GenServer.of(
            () -> new Steward(store.table(), store.keyspace(), kept, config.residentBytes()))
        .label("kv steward");
  }

  /** Ends all processes at once. */
  void kill() {
    store.top().whereis().ifPresent(pid -> pid.exit(ExitReason.KILL)); // and all parts with it
  }

  /** An endpoint that fails to close keeps nothing else open. */
  private static void close(String name, Endpoint.Bound endpoint) {
    try {
      endpoint.close();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "closing the endpoint " + name + " failed", e);
    }
  }

  /** Closes what is left when the processes have ended. */
  void close() {
    try {
      endpoints.forEach(Tree::close);
      store.table().clear();
    } finally {
      archive.ifPresent(Archive::close); // it is closed, unless its process was killed
    }
  }
}
