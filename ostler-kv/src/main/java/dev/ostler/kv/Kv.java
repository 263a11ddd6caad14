package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.Supervisor;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.Gate;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
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
  static {
    Store.accessor(kv -> kv.store);
  }

  private final KvConfig config;
  private final Tree tree;
  private final Store store;

  private Kv(KvConfig config, @Nullable Supplier<BucketServer> factory, Environment environment) {
    this.config = config;
    this.tree = new Tree(config, factory, environment);
    this.store = tree.store();
  }

  /**
   * Opens a store, and returns once it answers, and its endpoints do.
   *
   * @throws KvException.CannotListen if an endpoint cannot have its port
   * @throws KvException if the store cannot be opened for another reason
   * @throws IllegalArgumentException if an endpoint must not be offered as it is asked for
   */
  public static Kv open(KvConfig config) {
    return open(config, Supervisor.Spec::start);
  }

  /**
   * As {@link #open(KvConfig)}, as a part of something larger: the store's supervision tree is
   * started by the caller, for instance as an {@link dev.ostler.Application}, with whose end the
   * JVM ends.
   *
   * @param starter is given the tree, and starts it
   */
  public static Kv open(KvConfig config, Consumer<Supervisor.Spec> starter) {
    return open(config, null, Environment.of(config.limits()), starter);
  }

  /** As {@link #open(KvConfig)}, with buckets of the tests' own. */
  static Kv open(KvConfig config, Supplier<BucketServer> factory) {
    return open(config, factory, Environment.of(config.limits()), Supervisor.Spec::start);
  }

  /** As {@link #open(KvConfig)}, with a clock of the tests' own. */
  static Kv open(KvConfig config, Environment environment) {
    return open(config, null, environment, Supervisor.Spec::start);
  }

  private static Kv open(
      KvConfig config,
      @Nullable Supplier<BucketServer> factory,
      Environment environment,
      Consumer<Supervisor.Spec> starter) {
    config.endpoints().forEach(Endpoint::check);
    var kv = new Kv(config, factory, environment);
    try {
      config.endpoints().forEach(endpoint -> kv.tree.bind(endpoint, kv));
      starter.accept(kv.tree.spec());
      return kv;
    } catch (RuntimeException | Error e) {
      kv.tree.close();
      throw e;
    }
  }

  /** How this store was opened. */
  public KvConfig config() {
    return config;
  }

  // --- Buckets

  /**
   * The bucket of this name; a new one if there is none.
   *
   * @throws KvException.LimitReached if there are as many buckets as there may be
   * @throws KvException.TooLong if the name is longer than it may be
   * @throws KvException.NotCreated if the bucket does not start
   * @throws KvException.Unavailable if the store is closed
   */
  public Bucket create(String name) {
    Gate seen = store.gate();
    BucketRef bucket = store.create(name, seen);
    seen.await();
    return new Bucket(store, bucket);
  }

  /**
   * As {@link #create}, without waiting for it. The same thread's next create or delete is done
   * after this one; a failure is logged, and nobody is told.
   *
   * @throws KvException.TooLong if the name is longer than it may be
   */
  public void createAsync(String name) {
    store.createAsync(name);
  }

  /**
   * The bucket of this name, if there is one that lives. Asks no process, and takes as long as a
   * look into a map; but for a bucket that is kept and not in memory, which is read.
   *
   * @throws KvException.NotReadable if it is kept, and cannot be read
   * @throws KvException.Unavailable if it has to be read, and the store is closed
   */
  public Optional<Bucket> lookup(String name) {
    return store.lookup(name).map(bucket -> new Bucket(store, bucket));
  }

  /**
   * Ends the bucket of this name, and what it holds; false if there is none.
   *
   * @throws KvException.Unavailable if the store is closed
   */
  public boolean delete(String name) {
    Gate seen = store.gate();
    boolean deleted = store.delete(name, seen);
    seen.await();
    return deleted;
  }

  /** The names of all buckets, in the order of their characters, as they are about now. */
  public List<String> names() {
    Gate seen = store.gate();
    List<String> names = store.names(seen);
    seen.await();
    return names;
  }

  // --- Endpoints

  /**
   * The port of an endpoint: the one that was free if 0 was asked for.
   *
   * @param endpoint its name, as {@code "line"}
   * @throws IllegalArgumentException if the store has no endpoint of this name
   */
  public int port(String endpoint) {
    return address(endpoint).getPort();
  }

  /**
   * Where an endpoint listens.
   *
   * @param endpoint its name, as {@code "line"}
   * @throws IllegalArgumentException if the store has no endpoint of this name
   */
  public InetSocketAddress address(String endpoint) {
    return endpoint(endpoint).address();
  }

  Endpoint.Bound endpoint(String name) {
    return tree.endpoint(name);
  }

  // --- The end

  /**
   * Closes the store: no new clients, replies on their way are written, connections are closed,
   * processes end, and with them all that the store held.
   *
   * <p>Returns when that is done: mostly at once, and if clients do not take their replies, after
   * the {@linkplain KvConfig#drainTime time to drain}. Closing twice changes nothing.
   */
  @Override
  public void close() {
    if (!store.close()) {
      return;
    }
    try {
      Supervisor.at(store.top()).stop();
    } catch (CallException.Interrupted e) {
      tree.kill();
      Thread.currentThread().interrupt();
    } catch (CallException e) {
      // It has ended already.
    }
    tree.close();
  }
}
