package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * A log of Apache Ratis: owns its server. Any thread may use it.
 *
 * <p>A thread of its own tells the listener what happens, in the order in which it happened.
 */
final class RatisLog implements ReplicatedLog {
  private static final long SNAPSHOT_MILLIS = 60_000;

  private final RaftConfig config;
  private final Listener listener;
  private final ClientId proposer = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final RaftGroupId group;
  private final RaftServer server;
  private final ExecutorService teller;
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicBoolean snapshotAsked = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Leadership leadership; // null if this node does not lead

  static RatisLog open(RaftConfig config, Replica replica, Listener listener) throws IOException {
    Files.createDirectories(config.directory());
    var log = new RatisLog(config, replica, listener);
    try {
      log.server.start();
    } catch (IOException | RuntimeException | Error e) {
      try {
        log.close();
      } catch (IOException | RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
    return log;
  }

  private RatisLog(RaftConfig config, Replica replica, Listener listener) throws IOException {
    this.config = config;
    this.listener = listener;
    this.group =
        RaftGroupId.valueOf(UUID.nameUUIDFromBytes(("shard " + config.shard()).getBytes(UTF_8)));
    this.teller =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("kv raft events").daemon().factory());
    RaftPeer[] peers =
        config.members().stream()
            .map(member -> RaftPeer.newBuilder().setId(member.name()).setAddress(member.address()))
            .map(RaftPeer.Builder::build)
            .toArray(RaftPeer[]::new);
    this.server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(config.node()))
            .setGroup(RaftGroup.valueOf(group, peers))
            .setStateMachineRegistry(_ -> new RatisMachine(replica, proposer, new Told()))
            .setProperties(RatisOptions.of(config))
            // It formats a directory in which there is nothing.
            .setOption(StartupOption.RECOVER)
            .build();
  }

  // --- What the machine reports

  private final class Told implements RatisMachine.Events {
    @Override
    public void leads(long term) {
      var begun = new Leadership(term, RatisLog.this::propose, System::nanoTime);
      leadership = begun;
      tell(() -> listener.leads(begun));
    }

    @Override
    public void leadsNoMore() {
      if (endLeadership()) {
        tell(() -> listener.follows(Optional.empty()));
      }
    }

    @Override
    public void leaderIs(@Nullable RaftPeerId leader) {
      Optional<String> name = Optional.ofNullable(leader).map(RaftPeerId::toString);
      if (!name.equals(Optional.of(config.node()))) {
        tell(() -> listener.follows(name));
      }
    }

    @Override
    public void logHasGrown(long bytes) {
      if (bytes >= config.snapshotAfter() && snapshotAsked.compareAndSet(false, true)) {
        askForSnapshot();
      }
    }

    @Override
    public void ended() {
      if (!closed.get()) {
        failed(new IOException("Ratis has ended by itself; its log says why"));
      }
    }

    @Override
    public void failed(Throwable why) {
      if (failed.compareAndSet(false, true)) {
        boolean _ = endLeadership();
        tell(() -> listener.failed(why));
        tell(RatisLog.this::leaveOthers);
      }
    }
  }

  private boolean endLeadership() {
    Leadership ended = leadership;
    leadership = null;
    if (ended == null) {
      return false;
    }
    ended.end(notLeader(false));
    return true;
  }

  private void tell(Runnable event) {
    try {
      teller.execute(event);
    } catch (RejectedExecutionException e) {
      // The log is closed: nobody is told anything any more.
    }
  }

  /** A node with a failed log is no use to the others; it would only hold up their elections. */
  private void leaveOthers() {
    try {
      server.close();
    } catch (IOException e) {
      // The listener knows the first failure.
    }
  }

  private void askForSnapshot() {
    var request =
        SnapshotManagementRequest.newCreate(
            proposer,
            server.getId(),
            group,
            calls.incrementAndGet(),
            SNAPSHOT_MILLIS,
            1); // even if there is only one more entry: they may be large
    var _ =
        server
            .snapshotManagementAsync(request)
            .whenComplete((_, _) -> snapshotAsked.set(false)); // a failure is tried again
  }

  // --- Proposals

  private CompletableFuture<Long> propose(byte[] entry) {
    var request =
        RaftClientRequest.newBuilder()
            .setClientId(proposer)
            .setServerId(server.getId())
            .setGroupId(group)
            .setCallId(calls.incrementAndGet())
            .setType(RaftClientRequest.writeRequestType())
            .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
            .build();
    CompletableFuture<RaftClientReply> reply;
    try {
      // Not the server's own method, which waits for a thread.
      reply =
          ((RaftClientAsynchronousProtocol) server.getDivision(group))
              .submitClientRequestAsync(request);
    } catch (IOException | RuntimeException e) {
      reply = CompletableFuture.failedFuture(e);
    }
    return reply.handle(this::index);
  }

  /** The index of a committed entry, or a failure. */
  private long index(@Nullable RaftClientReply reply, @Nullable Throwable thrown) {
    Throwable failure = thrown;
    if (reply != null) {
      if (reply.isSuccess() && !RatisMachine.OUTDATED.getContent().equals(content(reply))) {
        return reply.getLogIndex();
      }
      failure = reply.getException();
    }
    if (failure instanceof CompletionException && failure.getCause() != null) {
      failure = failure.getCause();
    }
    boolean applied = reply != null && reply.isSuccess(); // but as an entry of another term
    throw new CompletionException(
        applied || isLossOfLeadership(failure) || closed.get() || failed.get()
            ? notLeader(!applied)
            : unexpected(failure));
  }

  private static @Nullable Object content(RaftClientReply reply) {
    return reply.getMessage() == null ? null : reply.getMessage().getContent();
  }

  /**
   * Whether Ratis says by this that another node leads, or will. It says so in a reply, by a failed
   * future, or by an exception, and whether the entry was refused or is already in the log.
   */
  private static boolean isLossOfLeadership(@Nullable Throwable failure) {
    return failure instanceof NotLeaderException
        || failure instanceof ServerNotReadyException
        || failure instanceof AlreadyClosedException;
  }

  /** This node still leads, but takes no entries: it must not stay the leader. */
  private Throwable unexpected(@Nullable Throwable failure) {
    Throwable why = failure == null ? new IOException("Ratis gave no reply") : failure;
    new Told().failed(why);
    return new NotLeader(config.node(), Optional.empty(), true).initCause(why);
  }

  private NotLeader notLeader(boolean mayBeDone) {
    return new NotLeader(config.node(), otherLeader(), mayBeDone);
  }

  // --- The log

  @Override
  public int shard() {
    return config.shard();
  }

  @Override
  public Optional<String> leader() {
    try {
      return Optional.ofNullable(server.getDivision(group).getInfo().getLeaderId())
          .map(RaftPeerId::toString);
    } catch (IOException e) {
      return Optional.empty(); // closed
    }
  }

  @Override
  public Progress progress() {
    try {
      DivisionInfo info = server.getDivision(group).getInfo();
      long[] indices = info.getFollowerMatchIndices();
      List<ServerRpcProto> others =
          info.getRoleInfoProto().getLeaderInfo().getFollowerInfoList(); // in the same order
      var followers = new ArrayList<Follower>();
      for (int i = 0; i < others.size(); i++) {
        ServerRpcProto other = others.get(i);
        followers.add(
            new Follower(
                other.getId().getId().toStringUtf8(),
                i < indices.length ? indices[i] : -1,
                other.getLastRpcElapsedTimeMs()));
      }
      return new Progress(info.getCurrentTerm(), info.getLastAppliedIndex(), followers);
    } catch (IOException e) {
      return Progress.NONE; // closed
    }
  }

  private Optional<String> otherLeader() {
    return leader().filter(name -> !name.equals(config.node()));
  }

  @Override
  public Leadership leadership() throws NotLeader {
    Leadership now = leadership;
    if (now == null || now.isOver()) {
      throw notLeader(false);
    }
    return now;
  }

  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      server.close();
    } finally {
      boolean _ = endLeadership();
      teller.close(); // waits for what it is telling
    }
  }
}
