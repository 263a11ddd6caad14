package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
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
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.protocol.exceptions.TransferLeadershipException;
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
  private static final long TRANSFER_MILLIS = 5_000;
  private static final long LOOK_MILLIS = 500;
  private static final int REACH_MILLIS = 3_000;

  private final RaftConfig config;
  private final Listener listener;
  private final ClientId proposer = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final RaftGroupId group;
  private final RaftServer server;
  private final ScheduledExecutorService teller;
  private final LogBytes bytes = new LogBytes();
  private final LongAdder elections = new LongAdder();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicBoolean snapshotAsked = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Leadership leadership; // null if this node does not lead

  static RatisLog open(RaftConfig config, Replica replica, Listener listener) throws IOException {
    Files.createDirectories(config.directory());
    var log = new RatisLog(config, replica, listener);
    try {
      log.server.start();
      log.lookOut();
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
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("kv raft events").daemon().factory());
    RaftPeer[] peers =
        config.joins()
            ? new RaftPeer[0]
            : config.members().stream().map(RatisLog::peer).toArray(RaftPeer[]::new);
    this.server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(config.node()))
            .setGroup(RaftGroup.valueOf(group, peers))
            .setStateMachineRegistry(_ -> new RatisMachine(replica, proposer, new Told()))
            .setProperties(RatisOptions.of(config))
            .setParameters(RatisOptions.parameters(config))
            // It formats a directory in which there is nothing.
            .setOption(StartupOption.RECOVER)
            .build();
  }

  /** Looks for what people should know, from time to time. */
  private void lookOut() {
    var lookout = new Lookout(config.node());
    var _ =
        teller.scheduleWithFixedDelay(
            () -> {
              try {
                lookout.look(progress(), Instant.now()).forEach(listener::notice);
              } catch (RuntimeException e) {
                // Ratis cannot tell in the middle of a change; the next look comes soon.
              }
            },
            LOOK_MILLIS,
            LOOK_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /** A member, as Ratis knows it, and keeps it in its log. */
  private static RaftPeer peer(RaftConfig.Member member) {
    var peer = RaftPeer.newBuilder().setId(member.name()).setAddress(member.address());
    return (member.clientPort() == 0 ? peer : peer.setClientAddress(member.clientAddress()))
        .build();
  }

  private static RaftConfig.Member member(RaftPeer peer) {
    String address = peer.getAddress();
    String clients = peer.getClientAddress();
    return new RaftConfig.Member(
        peer.getId().toString(),
        address.substring(0, address.lastIndexOf(':')).replace("[", "").replace("]", ""),
        port(address),
        clients == null || clients.isEmpty() ? 0 : port(clients));
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
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
      name.ifPresent(_ -> elections.increment());
      if (!name.equals(Optional.of(config.node()))) {
        tell(() -> listener.follows(name));
      }
    }

    @Override
    public void applied(long index, long size) {
      bytes.add(index, size);
    }

    @Override
    public void logHasGrown(long by) {
      if (by >= config.snapshotAfter() && snapshotAsked.compareAndSet(false, true)) {
        askForSnapshot();
      }
    }

    @Override
    public void ended() {
      if (closed.get() || failed.get()) {
        return;
      }
      if (isCandidate()) { // the answer of a member to its request for a vote
        failed.set(true);
        boolean _ = endLeadership();
        tell(listener::removed);
      } else {
        failed(
            new IOException(
                "Ratis has ended by itself"
                    + LastWords.heard().map(why -> ": " + why).orElse("; its log says why")));
      }
    }

    @Override
    public void installed(long index) {
      tell(() -> listener.notice(config.node() + " took over a snapshot, with entry " + index));
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
    var _ = snapshot().whenComplete((_, _) -> snapshotAsked.set(false)); // a failure is tried again
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
  public List<RaftConfig.Member> members() {
    try {
      return members(server.getDivision(group).getRaftConf().getCurrentPeers());
    } catch (IOException e) {
      return config.members(); // closed
    }
  }

  /** A node that waits to be added knows only what it was told, and is not one itself. */
  private List<RaftConfig.Member> members(Collection<RaftPeer> peers) {
    return peers.isEmpty()
        ? config.members().stream().filter(each -> !each.equals(config.self())).toList()
        : peers.stream()
            .map(RatisLog::member)
            .sorted(Comparator.comparing(RaftConfig.Member::name))
            .toList();
  }

  private boolean isCandidate() {
    try {
      return server.getDivision(group).getInfo().isCandidate();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public Progress progress() {
    try {
      RaftServer.Division division = server.getDivision(group);
      DivisionInfo info = division.getInfo();
      long[] indices = info.getFollowerMatchIndices();
      List<ServerRpcProto> others =
          info.getRoleInfoProto().getLeaderInfo().getFollowerInfoList(); // in the same order
      var followers = new ArrayList<Follower>();
      for (int i = 0; i < others.size(); i++) {
        ServerRpcProto other = others.get(i);
        long index = indices != null && i < indices.length ? indices[i] : -1;
        followers.add(
            new Follower(
                other.getId().getId().toStringUtf8(),
                index,
                other.getLastRpcElapsedTimeMs(),
                bytes.after(index)));
      }
      long committed =
          division.getCommitInfos().stream()
              .mapToLong(CommitInfoProto::getCommitIndex)
              .reduce(info.getLastAppliedIndex(), Math::max);
      return new Progress(
          info.getCurrentTerm(), info.getLastAppliedIndex(), committed, elections.sum(), followers);
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

  // --- Operations

  @Override
  public CompletableFuture<Void> add(RaftConfig.Member member) {
    return CompletableFuture.runAsync(() -> expectReached(member), Thread::startVirtualThread)
        .thenCompose(
            _ ->
                change(
                    peers -> {
                      peers.add(peer(member));
                      return peers;
                    }));
  }

  /**
   * While there are writes, Ratis waits for a new node for ever. So nobody is added who does not
   * even listen.
   */
  private static void expectReached(RaftConfig.Member member) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(member.host(), member.port()), REACH_MILLIS);
    } catch (IOException e) {
      throw new CompletionException(
          new IOException(
              "the new node did not answer at %s: it must run, and wait to be added: %s"
                  .formatted(member.address(), e.getMessage()),
              e));
    }
  }

  @Override
  public CompletableFuture<Void> remove(String name) {
    if (name.equals(config.node())) {
      return CompletableFuture.failedFuture(
          new IOException(name + " leads: let another node lead before it is removed"));
    }
    return change(
        peers -> {
          peers.removeIf(peer -> peer.getId().toString().equals(name));
          return peers;
        });
  }

  /** Changes the members, if nobody else does so meanwhile. */
  private CompletableFuture<Void> change(UnaryOperator<List<RaftPeer>> how) {
    try {
      Leadership _ = leadership();
      List<RaftPeer> now = List.copyOf(server.getDivision(group).getRaftConf().getCurrentPeers());
      var arguments =
          SetConfigurationRequest.Arguments.newBuilder()
              .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
              .setServersInCurrentConf(now)
              .setServersInNewConf(how.apply(new ArrayList<>(now)))
              .build();
      var request =
          new SetConfigurationRequest(
              proposer, server.getId(), group, calls.incrementAndGet(), arguments);
      return server.setConfigurationAsync(request).handle(this::done);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Void> transfer(String name) {
    try {
      return leadership()
          .resign(notLeader(false))
          .thenCompose(_ -> hand(RaftPeerId.valueOf(name)))
          .handle(this::done)
          .whenComplete((_, failure) -> stepDownAfter(failure));
    } catch (NotLeader e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The leadership was given up. If nobody has taken it, an election decides. */
  private void stepDownAfter(@Nullable Throwable failure) {
    if (failure != null) {
      var _ =
          hand(null)
              .handle(this::done)
              .whenComplete(
                  (_, again) -> {
                    if (again != null && !(again.getCause() instanceof NotLeader)) {
                      new Told().failed(again); // it must not stay a leader that is none
                    }
                  });
    }
  }

  /** Hands the leadership over; to whoever wins the election if there is no name. */
  private CompletableFuture<RaftClientReply> hand(@Nullable RaftPeerId to) {
    var request =
        new TransferLeadershipRequest(
            proposer, server.getId(), group, calls.incrementAndGet(), to, TRANSFER_MILLIS);
    try {
      return server.transferLeadershipAsync(request);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    var request =
        SnapshotManagementRequest.newCreate(
            proposer,
            server.getId(),
            group,
            calls.incrementAndGet(),
            SNAPSHOT_MILLIS,
            1); // even if there is only one more entry: they may be large
    return server
        .snapshotManagementAsync(request)
        .handle(
            (reply, failure) -> {
              var _ = done(reply, failure);
              return reply.getLogIndex();
            });
  }

  /** Returns if it is done. Else it throws why not, in words for people. */
  private @Nullable Void done(@Nullable RaftClientReply reply, @Nullable Throwable thrown) {
    if (reply != null && reply.isSuccess()) {
      return null;
    }
    Throwable failure = reply != null ? reply.getException() : thrown;
    if (failure instanceof CompletionException && failure.getCause() != null) {
      failure = failure.getCause();
    }
    throw new CompletionException(
        switch (failure) {
          case ReconfigurationTimeoutException _ ->
              new IOException(
                  "the new node did not answer, or does not catch up: it must run, and wait to be"
                      + " added",
                  failure);
          case ReconfigurationInProgressException _ ->
              new IOException("the members are being changed already", failure);
          case SetConfigurationException _ ->
              new IOException("the members have changed meanwhile", failure);
          case TransferLeadershipException _ ->
              new IOException("the other node did not take over in time", failure);
          case null -> new IOException("Ratis gave no reason");
          default ->
              isLossOfLeadership(failure)
                  ? notLeader(true)
                  : new IOException(String.valueOf(failure.getMessage()), failure);
        });
  }

  // --- The end

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
