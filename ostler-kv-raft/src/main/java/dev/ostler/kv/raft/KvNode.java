package dev.ostler.kv.raft;

import dev.ostler.Down;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Limits;
import dev.ostler.kv.Sync;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
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
 * <p>What is read of a bucket is the latest: the call returns once it is certain that no other node
 * led when it was read, and fails if another one does. Only {@link Kv#lookup} waits for nothing.
 */
public final class KvNode implements AutoCloseable {
  /*
   * A node has at most one of two stores open, on the same ports:
   *
   *   STANDBY   while it follows, if the Offer has one: in memory, and empty
   *   STORE     while it leads: the Kv
   *   neither   for a moment, whenever one replaces the other; at the end
   */

  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** What a node offers to clients. The thread that tells of leadership calls it. */
  interface Offer {
    /** Completes the configuration of the store, for each time that the node leads. */
    KvConfig leading(KvConfig store);

    /** The configuration of what is open while the node does not lead; empty for nothing. */
    Optional<KvConfig> following();

    /** Is told who leads; empty if that is not known. */
    void leaderIs(Optional<String> leader);

    /** There is something that people should know. */
    default void notice(String line) {
      LOG.log(Level.INFO, line);
    }

    /** The store of a leadership, as it is opened; a test leaves a part of it out. */
    default BucketStore whole(BucketStore store) {
      return store;
    }
  }

  /** An open store, or standby. */
  private static final class Open {
    private final Kv kv;
    private final boolean leads;
    private volatile boolean closing;

    Open(Kv kv, boolean leads) {
      this.kv = kv;
      this.leads = leads;
    }

    void close() {
      closing = true;
      kv.close();
    }
  }

  private final String name;
  private final List<RaftConfig.Member> first; // members, by the configuration
  private final Offer offer;
  private final StoreReplica replica;
  private final Path directory;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile @Nullable ReplicatedLog log; // null until it is open

  /** Held while a store opens or closes. */
  private final ReentrantLock changing = new ReentrantLock();

  // Written under the lock.
  private volatile @Nullable Open open;
  private boolean closed;

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
    return open(config, directory, engine, new OnlyLeading(with, told), _ -> {});
  }

  /** An offer of the node that leads only. */
  private record OnlyLeading(UnaryOperator<KvConfig> with, Consumer<Optional<String>> told)
      implements Offer {
    @Override
    public KvConfig leading(KvConfig store) {
      return with.apply(store);
    }

    @Override
    public Optional<KvConfig> following() {
      return Optional.empty();
    }

    @Override
    public void leaderIs(Optional<String> leader) {
      told.accept(leader);
    }
  }

  /**
   * Starts a node with this offer.
   *
   * @param made is given the node before the offer is used
   */
  static KvNode open(
      RaftConfig config,
      Path directory,
      BucketStore.Engine engine,
      Offer offer,
      Consumer<KvNode> made)
      throws IOException {
    checkFits(offer.leading(KvConfig.durable(directory, engine)).limits());
    var replica = new StoreReplica(directory, engine, report -> LOG.log(Level.WARNING, report));
    var node = new KvNode(config, directory, offer, replica);
    try {
      made.accept(node);
      node.start(config);
      return node;
    } catch (IOException | RuntimeException | Error e) {
      try {
        node.close();
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

  private KvNode(RaftConfig config, Path directory, Offer offer, StoreReplica replica) {
    this.name = config.node();
    this.first = config.members();
    this.directory = directory;
    this.offer = offer;
    this.replica = replica;
  }

  /** The standby comes first: it takes the ports, and so tells at once if they are taken. */
  private void start(RaftConfig config) throws IOException {
    openStandby();
    Rehearsal.play(directory, replica);
    log = ReplicatedLog.open(config, replica, new Told());
  }

  // --- The store, and the standby

  /** Opens and closes stores. The log's thread calls it. */
  private final class Told implements ReplicatedLog.Listener {
    @Override
    public void leads(Leadership leadership) {
      change(
          () -> {
            try {
              openStore(leadership);
            } catch (RuntimeException e) {
              if (!leadership.isOver()) { // otherwise the log is about to say so
                throw new IOException("leads, but cannot open its store", e);
              }
            }
          });
      if (kv().isPresent()) {
        offer.leaderIs(Optional.of(name));
        LOG.log(Level.DEBUG, name + " leads, in term " + leadership.term());
      }
    }

    @Override
    public void follows(Optional<String> leader) {
      change(
          () -> {
            Open now = open;
            if (now == null || now.leads) {
              closeOpen();
              openStandby();
            }
          });
      offer.leaderIs(leader);
      LOG.log(Level.DEBUG, name + " follows " + leader.orElse("nobody"));
    }

    @Override
    public void failed(Throwable why) {
      change(KvNode.this::closeOpen);
      fail(why);
    }

    @Override
    public void removed() {
      change(KvNode.this::closeOpen);
      notice(name + " is no member any more, and ends");
      boolean _ = ended.complete(null);
    }

    @Override
    public void notice(String line) {
      offer.notice(line);
    }
  }

  /** A step that opens or closes stores. */
  private interface Step {
    void run() throws IOException;
  }

  /** Does a step, unless the node is closed. If it cannot be done, the node has failed. */
  private void change(Step step) {
    changing.lock();
    try {
      if (!closed) {
        step.run();
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    } finally {
      changing.unlock();
    }
  }

  private void openStore(Leadership leadership) {
    closeOpen();
    BucketStore store = offer.whole(new ReplicatedStore(leadership, replica, this::fail));
    KvConfig config = offer.leading(KvConfig.durable(directory, (_, _, _) -> store));
    open(config.sync(Sync.ALWAYS), true);
  }

  private void openStandby() {
    offer.following().ifPresent(config -> open(config, false));
  }

  private void open(KvConfig config, boolean leads) {
    var top = new CompletableFuture<Pid>();
    Kv kv = Kv.open(config, tree -> top.complete(tree.start().pid()));
    var opened = new Open(kv, leads);
    Pid watched = top.join();
    Processes.spawn("kv node " + name, () -> watch(watched, opened));
    open = opened;
  }

  /** A store that gives up by itself must not stay the leader's. */
  private void watch(Pid top, Open watched) {
    var _ = Self.monitor(top);
    Down down = Self.receive(Down.class);
    if (!watched.closing) {
      fail(new IOException("the store has ended: " + down.reason()));
    }
  }

  private void closeOpen() {
    Open now = open;
    open = null;
    if (now != null) {
      now.close();
    }
  }

  private void fail(Throwable why) {
    if (ended.completeExceptionally(why)) {
      LOG.log(Level.ERROR, name + " takes part no more: " + why.getMessage(), why);
    }
  }

  // --- What it tells

  /** The store, if this node leads. It is closed when the node ceases to lead. */
  public Optional<Kv> kv() {
    return Optional.ofNullable(open).filter(now -> now.leads).map(now -> now.kv);
  }

  /** The name of the node that leads, as far as this node knows; empty if it knows none. */
  public Optional<String> leader() {
    ReplicatedLog now = log;
    return now == null ? Optional.empty() : now.leader();
  }

  /** How far the log is; nothing until it is open. */
  ReplicatedLog.Progress progress() {
    ReplicatedLog now = log;
    return now == null ? ReplicatedLog.Progress.NONE : now.progress();
  }

  /** How many buckets there are here. */
  long size() {
    return replica.store().size();
  }

  /** The nodes that take part, as far as this one knows. */
  public List<RaftConfig.Member> members() {
    ReplicatedLog now = log;
    return now == null ? first : now.members();
  }

  // --- Operations

  /**
   * Makes a node a member, if this one leads. It gets all that it lacks first, so that changes
   * never wait for it.
   *
   * @param member must run, and have been opened with {@link RaftConfig#joining()}
   * @return completed when it is a member. Fails with {@link NotLeader}, or an {@link IOException}
   *     whose message says what was found
   */
  public CompletableFuture<Void> add(RaftConfig.Member member) {
    return onLog(now -> now.add(member));
  }

  /**
   * Makes a node a member no more, if this one leads. The other one ends when it hears of it.
   *
   * @param member the name of another node: let another one lead before this one is removed
   * @return as {@link #add}
   */
  public CompletableFuture<Void> remove(String member) {
    return onLog(now -> now.remove(member));
  }

  /**
   * Lets another node lead. Closes the {@code Kv} first, so that all replies are sent that were
   * withheld, and none of their changes is in doubt. If the other node does not take over, any node
   * may lead next.
   *
   * @param to the name of another member
   * @return completed when the other node leads; fails as {@link #add} does
   */
  public CompletableFuture<Void> transfer(String to) {
    if (members().stream().noneMatch(each -> each.name().equals(to) && !to.equals(name))) {
      return CompletableFuture.failedFuture(
          new IOException("expected the name of another member, and found " + to));
    }
    if (kv().isEmpty()) {
      return CompletableFuture.failedFuture(new NotLeader(name, leader(), false));
    }
    var done = new CompletableFuture<Void>();
    Thread.ofVirtual()
        .name("kv transfer to " + to)
        .start(
            () -> {
              change(
                  () -> {
                    closeOpen();
                    openStandby();
                  });
              var _ =
                  onLog(now -> now.transfer(to))
                      .whenComplete(
                          (_, failure) -> {
                            if (failure == null) {
                              boolean _ = done.complete(null);
                            } else {
                              offer.notice(
                                  "%s did not hand over to %s: %s"
                                      .formatted(name, to, cause(failure).getMessage()));
                              boolean _ = done.completeExceptionally(cause(failure));
                            }
                          });
            });
    return done;
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /**
   * Makes a snapshot of this node's store, and deletes the log behind it. By itself a node does so
   * whenever its log has grown.
   *
   * @return the index of the last entry in it
   */
  public CompletableFuture<Long> snapshot() {
    return onLog(ReplicatedLog::snapshot);
  }

  private <R> CompletableFuture<R> onLog(Function<ReplicatedLog, CompletableFuture<R>> operation) {
    ReplicatedLog now = log;
    return now == null
        ? CompletableFuture.failedFuture(new IOException(name + " has not opened its log yet"))
        : operation.apply(now);
  }

  // --- The end

  /**
   * Completed when the node was closed, or the others have made it a member no more. Fails with the
   * reason if it cannot take part any more: its disk has failed, or it cannot open its store. In
   * both cases it must be closed.
   */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  /**
   * Leaves the other nodes. Closes the {@code Kv}, if there is one: replies that are on their way
   * are sent. Then closes the log and the store.
   */
  @Override
  public void close() throws IOException {
    changing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      closeOpen();
    } finally {
      changing.unlock();
    }
    try {
      ReplicatedLog now = log;
      if (now != null) {
        now.close();
      }
    } finally {
      replica.close();
      boolean _ = ended.complete(null);
    }
  }
}
