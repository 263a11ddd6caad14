package dev.ostler.kv;

import dev.ostler.CallException;
import dev.ostler.Supervisor;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Store;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A store of named buckets: open it, create buckets and look them up, close it.
 *
 * <p>Any thread may use it, process or not. What a thread did before it called the store
 * happens-before what another thread does after it has seen the effect in the store. A store does
 * not depend on the thread that opened it. A JVM may have any number of open stores.
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
   * Opens a store. When this returns, the store and its endpoints are ready.
   *
   * @throws KvException.CannotListen if an endpoint cannot have its port
   * @throws KvException if the store cannot be opened for another reason
   * @throws IllegalArgumentException if an endpoint's configuration is not allowed, see {@link
   *     Endpoint#check}
   */
  public static Kv open(KvConfig config) {
    return open(config, Supervisor.Spec::start);
  }

  /**
   * As {@link #open(KvConfig)}, but the caller starts the store's supervision tree: for instance as
   * an {@link dev.ostler.Application}, so that the JVM ends with the store.
   *
   * @param starter is given the tree, and starts it
   */
  public static Kv open(KvConfig config, Consumer<Supervisor.Spec> starter) {
    return open(config, null, Environment.of(config.limits()), starter);
  }

  /** As {@link #open(KvConfig)}, with other buckets, for tests. */
  static Kv open(KvConfig config, Supplier<BucketServer> factory) {
    return open(config, factory, Environment.of(config.limits()), Supervisor.Spec::start);
  }

  /** As {@link #open(KvConfig)}, with another clock, for tests. */
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

  /** The configuration that this store was opened with. */
  public KvConfig config() {
    return config;
  }

  // --- Buckets

  /**
   * Returns the bucket of this name; creates it if there is none.
   *
   * @throws KvException.LimitReached if the store has as many buckets as it may have
   * @throws KvException.TooLong if the name is too long
   * @throws KvException.NotCreated if the bucket does not start
   * @throws KvException.Unavailable if the store is closed
   */
  public Bucket create(String name) {
    Transaction.expectNone(store);
    return bucket(TypedBucket.settled(store, seen -> store.create(name, seen)));
  }

  /**
   * As {@link #create}, but does not wait. A later {@code create} or {@code delete} by the same
   * thread takes effect after this one. A failure is logged only.
   *
   * @throws KvException.TooLong if the name is too long
   */
  public void createAsync(String name) {
    store.createAsync(name);
  }

  /**
   * Returns the bucket of this name, if there is one. This asks no process, and is as fast as a
   * look-up in a map. Only in a durable store, a bucket that is not in memory must be loaded.
   *
   * <p>On several nodes it does not ask whether this node still leads. So for a moment after
   * another one has begun to lead, it may find a bucket that was deleted there, or miss a new one;
   * what is read of the bucket then fails. {@link #names} does ask.
   *
   * @throws KvException.NotReadable if the bucket cannot be loaded
   * @throws KvException.Unavailable if the bucket must be loaded, and the store is closed
   */
  public Optional<Bucket> lookup(String name) {
    Transaction.expectNone(store);
    return store.lookup(name).map(this::bucket);
  }

  private Bucket bucket(BucketRef ref) {
    return new Bucket(store, ref, null);
  }

  /**
   * Deletes the bucket of this name with all its entries; false if there is none.
   *
   * @throws KvException.Unavailable if the store is closed
   */
  public boolean delete(String name) {
    Transaction.expectNone(store);
    return TypedBucket.settled(store, seen -> store.delete(name, seen));
  }

  /** The names of all buckets, sorted. Concurrent changes may be missing. */
  public List<String> names() {
    Transaction.expectNone(store);
    return TypedBucket.settled(store, store::names);
  }

  /**
   * The names of all buckets in no order, some at a time, so that no list of all is made. A bucket
   * that exists from the first to the last moment is met at least once. One that comes or goes
   * meanwhile may be met or not. If many buckets come meanwhile, some may be met twice.
   *
   * <p>The stream asks the store whenever it needs more names, and throws what that throws. It need
   * not be closed. One thread at a time uses it.
   *
   * @throws KvException.NotReadable if the store cannot be read
   */
  public Stream<String> scan() {
    return Pages.of(
        cursor -> {
          Transaction.expectNone(store);
          return TypedBucket.settled(store, seen -> store.scan(cursor, Pages.SIZE, seen));
        });
  }

  // --- Several buckets

  /**
   * Calls a function with several buckets at one moment, and returns its result. Nobody sees a part
   * of what it does. What it does is kept as a whole or not at all, also if the program crashes or
   * the power fails meanwhile. All its operations see the same time.
   *
   * <p>The function runs on the calling thread, once, when all buckets of these names are locked.
   * They are locked in the order of their names, as the commands of all clients do, so that no two
   * wait for each other. Until the function returns, everybody else who uses one of these buckets
   * waits, and gives up after five seconds, as with any operation. So it should compute, and not
   * wait for anything. It must not use this store in another way than by the {@link Transaction},
   * nor begin another transaction: both throw {@link IllegalStateException}. It must not wait for
   * another thread that uses these buckets, either: they would wait for each other.
   *
   * <p>If the function throws, nothing is changed, and this method throws the same. In a durable
   * store the processes of the buckets that it had changed end then, and watches of them: the
   * buckets are loaded again when they are next used. This method returns once the changes are as
   * durable as {@link Sync} promises.
   *
   * @param names of the buckets that the function may use, whether or not they exist
   * @param work what is to be done
   * @throws KvException.BucketGone if the process of one of the buckets has ended meanwhile:
   *     nothing was changed
   * @throws KvException.Undone if there was not enough memory: nothing was changed
   * @throws KvException.LimitReached if the store has as many buckets as it may have
   * @throws KvException.TooLong if a name is too long
   * @throws KvException.NotKept if the store accepts no changes; or, with {@link Sync#ALWAYS}, if
   *     the changes cannot become durable any more
   * @throws KvException.Unavailable if the store is closed
   * @throws CallException.Timeout if somebody else has locked a bucket for five seconds: nothing
   *     was changed
   */
  public <R> R transact(Collection<String> names, Function<? super Transaction, ? extends R> work) {
    return Transaction.run(store, names, work);
  }

  // --- Endpoints

  /**
   * The port of an endpoint. If port 0 was configured, this is the one that the system chose.
   *
   * @param endpoint its name, such as {@code "line"}
   * @throws IllegalArgumentException if the store has no endpoint of this name
   */
  public int port(String endpoint) {
    return address(endpoint).getPort();
  }

  /**
   * The address on which an endpoint listens.
   *
   * @param endpoint its name, such as {@code "line"}
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
   * Closes the store: endpoints accept no new clients, send the replies that are on their way, and
   * close their connections. Then all processes end. The contents of a store in memory are lost.
   *
   * <p>Returns when that is done: mostly at once, or, if clients do not take their replies, after
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
      // The store has ended already.
    }
    tree.close();
  }
}
