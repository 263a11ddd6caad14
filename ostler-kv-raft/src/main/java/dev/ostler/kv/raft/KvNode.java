package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Limits;
import dev.ostler.kv.Sync;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One node of a store that is kept on several nodes. The node that leads has a {@link Kv}; all
 * others apply what it changes. Any thread may use it.
 *
 * <p>A change is durable, and its reply is sent, once a majority of the nodes has it on disk. When
 * a node ceases to lead, its {@code Kv} is closed. Changes whose replies were still withheld may
 * have been made or not. The next leader has all changes that were replied to.
 *
 * <p>A read is answered by the leader from what it has. One that was cut off from the others, or
 * stopped for a while, may answer with old values until it notices that another node leads.
 */
public final class KvNode implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private final String name;
  private final UnaryOperator<KvConfig> with;
  private final Consumer<Optional<String>> told;
  private final StoreReplica replica;
  private final Path directory;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final ReplicatedLog log;
  private volatile @Nullable Kv kv; // written by the thread that tells of leadership

  /**
   * Starts a node. Returns before a leader is known.
   *
   * @param config has the nodes, and where this one keeps its log
   * @param directory for the store of this node; not that of the log
   * @param engine stores the buckets there
   * @param with completes the configuration of each {@code Kv} that is opened here: limits,
   *     endpoints
   * @param told is told who leads, each time that this node hears of it; empty if it knows none.
   *     Before it is told another name than this node's, {@link #kv} is empty; before it is told
   *     this node's, it is not. One thread at a time calls it, which also serves the log; it must
   *     not wait
   * @throws IllegalArgumentException if names, keys and values may be so long that a change of one
   *     does not fit into a command of the log
   * @throws IOException if a directory or the node's port cannot be used
   */
  public static KvNode open(
      RaftConfig config,
      Path directory,
      BucketStore.Engine engine,
      UnaryOperator<KvConfig> with,
      Consumer<Optional<String>> told)
      throws IOException {
    checkFits(with.apply(KvConfig.durable(directory, engine)).limits());
    var replica = new StoreReplica(directory, engine, report -> LOG.log(Level.WARNING, report));
    try {
      return new KvNode(config, directory, with, told, replica);
    } catch (IOException | RuntimeException | Error e) {
      try {
        replica.close();
      } catch (IOException | RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private static void checkFits(Limits limits) {
    long change = 2L * limits.keyBytes() + limits.valueBytes(); // a name, a key, a value
    if (change > WriteCommand.MOST_CHANGE_BYTES) {
      throw new IllegalArgumentException(
          "a name, a key and a value may have %,d bytes together; on several nodes at most %,d"
              .formatted(change, WriteCommand.MOST_CHANGE_BYTES));
    }
  }

  private KvNode(
      RaftConfig config,
      Path directory,
      UnaryOperator<KvConfig> with,
      Consumer<Optional<String>> told,
      StoreReplica replica)
      throws IOException {
    this.name = config.node();
    this.directory = directory;
    this.with = with;
    this.told = told;
    this.replica = replica;
    this.log = ReplicatedLog.open(config, replica, new Told());
  }

  /** Opens and closes the {@code Kv}. The log's thread calls it. */
  private final class Told implements ReplicatedLog.Listener {
    @Override
    public void leads(Leadership leadership) {
      closeKv();
      try {
        var store = new ReplicatedStore(leadership, replica);
        kv = Kv.open(with.apply(KvConfig.durable(directory, (_, _, _) -> store)).sync(Sync.ALWAYS));
        told.accept(Optional.of(name));
        LOG.log(Level.INFO, name + " leads, in term " + leadership.term());
      } catch (RuntimeException e) {
        if (!leadership.isOver()) { // otherwise the log is about to say so
          fail(new IOException(name + " leads, but cannot open its store", e));
        }
      }
    }

    @Override
    public void follows(Optional<String> leader) {
      closeKv();
      told.accept(leader);
      LOG.log(
          Level.INFO,
          name + " follows " + leader.orElse("nobody: there is no leader at the moment"));
    }

    @Override
    public void failed(Throwable why) {
      closeKv();
      fail(why);
    }
  }

  private void closeKv() {
    Kv open = kv;
    kv = null;
    if (open != null) {
      open.close();
    }
  }

  private void fail(Throwable why) {
    LOG.log(Level.ERROR, name + " takes part no more: " + why.getMessage(), why);
    boolean _ = ended.completeExceptionally(why);
  }

  /** The store, if this node leads. It is closed when the node ceases to lead. */
  public Optional<Kv> kv() {
    return Optional.ofNullable(kv);
  }

  /** The name of the node that leads, as far as this node knows; empty if it knows none. */
  public Optional<String> leader() {
    return log.leader();
  }

  /**
   * Completed when the node was closed. Fails with the reason if it cannot take part any more: its
   * disk has failed, or it cannot open its store. Then it must be closed.
   */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  /** Leaves the other nodes. Closes the {@code Kv}, if there is one, the log and the store. */
  @Override
  public void close() throws IOException {
    try {
      log.close();
    } finally {
      closeKv();
      replica.close();
      boolean _ = ended.complete(null);
    }
  }
}
