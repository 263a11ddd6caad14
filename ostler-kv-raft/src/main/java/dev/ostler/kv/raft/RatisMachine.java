package dev.ostler.kv.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * What Apache Ratis calls: applies entries to the replica, and tells the log what happens.
 *
 * <p>Ratis's updater thread applies entries, takes snapshots and installs them. Any of its threads
 * reports events.
 */
final class RatisMachine extends BaseStateMachine {
  /** What the machine reports. Any thread of Ratis calls it; it must return at once. */
  interface Events {
    /** This node leads, in this term; all earlier entries are applied. */
    void leads(long term);

    /** This node leads no more. */
    void leadsNoMore();

    /** Another node leads; null if none is known. */
    void leaderIs(@Nullable RaftPeerId leader);

    /** An entry of so many bytes was applied. */
    void applied(long index, long size);

    /** A snapshot of the leader, up to this entry, has replaced all contents. */
    void installed(long index);

    /** So many bytes of log were applied since the last snapshot. */
    void logHasGrown(long bytes);

    /** Ratis has ended: because the log was closed, or by itself. */
    void ended();

    /** The log or the replica has failed. Called at least once. */
    void failed(Throwable why);
  }

  /** The reply to an entry that was proposed in an earlier term than it has: not applied. */
  static final Message OUTDATED = Message.valueOf("outdated");

  private final Replica replica;
  private final ClientId proposer;
  private final Events events;
  private final Snapshots snapshots = new Snapshots();

  // Used by the updater thread.
  private long grown; // bytes of log since the last snapshot
  private volatile boolean startsToLead; // the entry that begins this node's term is next
  private volatile @Nullable Throwable failure;

  /**
   * A machine for one server.
   *
   * @param proposer the only client whose requests are accepted
   */
  RatisMachine(Replica replica, ClientId proposer, Events events) {
    this.replica = replica;
    this.proposer = proposer;
    this.events = events;
  }

  // --- The beginning, and snapshots

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              super.initialize(server, group, storage);
              snapshots.init(storage);
              installLatest();
            },
            IOException.class);
  }

  /**
   * Begins with the latest snapshot. The replica may have more than that: then Ratis applies the
   * entries behind the snapshot again, and those that the replica has are left out. It may also
   * have less, after a power loss, because it does not sync what it applies: then the snapshot,
   * which is synced, replaces its contents.
   */
  private void installLatest() throws IOException {
    Snapshots.Stored latest = snapshots.latest().orElse(null);
    if (latest == null) {
      return;
    }
    if (latest.applied() > replica.applied()) {
      replica.install(latest.directory());
      if (replica.applied() != latest.applied()) {
        throw new IOException(
            "the snapshot %s has applied %d, its name says %d"
                .formatted(latest.directory(), replica.applied(), latest.applied()));
      }
    }
    setLastAppliedTermIndex(latest.at());
    grown = 0;
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return snapshots;
  }

  @Override
  public long takeSnapshot() throws IOException {
    TermIndex at = getLastAppliedTermIndex();
    if (failure != null) {
      throw new IOException("nothing is done any more", failure);
    }
    if (!replica.isWhole()) {
      return RaftLog.INVALID_LOG_INDEX; // asked again when the log has grown
    }
    snapshots.take(at, replica.applied(), replica::snapshot);
    grown = 0;
    return at.getIndex();
  }

  /** A snapshot has come from the leader. It gets its place next, and then the log is deleted. */
  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
    try {
      snapshots.syncReceived();
    } catch (IOException e) {
      fail(e);
      throw new java.io.UncheckedIOException("cannot sync a snapshot", e);
    }
  }

  /** The snapshot has its place. */
  @Override
  public void reinitialize() throws IOException {
    try {
      snapshots.reload();
      installLatest();
      events.installed(getLastAppliedTermIndex().getIndex());
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
      throw e;
    }
    getLifeCycle().transition(LifeCycle.State.STARTING);
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  // --- Entries

  /** A request comes from this node's own log only: others may reach the port, too. */
  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    if (!request.getClientId().equals(proposer)) {
      throw new IOException("only the node itself proposes entries, not " + request.getClientId());
    }
    return super.startTransaction(request);
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    Throwable before = failure;
    if (before != null) {
      return CompletableFuture.failedFuture(before);
    }
    try {
      ByteBuffer bytes = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
      int size = bytes.remaining();
      Packet packet = Packet.of(bytes);
      boolean outdated = packet.term() != entry.getTerm();
      if (!outdated && !packet.commands().isEmpty() && entry.getIndex() > replica.applied()) {
        replica.apply(entry.getIndex(), packet.commands());
      }
      var _ = updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      grown += size;
      events.applied(entry.getIndex(), size);
      events.logHasGrown(grown);
      return CompletableFuture.completedFuture(outdated ? OUTDATED : Message.EMPTY);
    } catch (Throwable e) {
      fail(e);
      return CompletableFuture.failedFuture(e);
    }
  }

  // --- Events

  @Override
  public void notifyLeaderReady() {
    startsToLead = true;
  }

  /** An entry of Ratis's own: the first one of a term, or one that changes the members. */
  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    if (startsToLead) {
      startsToLead = false;
      events.leads(term);
    }
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    startsToLead = false;
    events.leadsNoMore();
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId self, @Nullable RaftPeerId leader) {
    events.leaderIs(leader);
  }

  @Override
  public void notifyLogFailed(Throwable why, @Nullable LogEntryProto entry) {
    fail(why);
  }

  /** Ratis closes what it has, perhaps because of a failure of its own. */
  @Override
  public void close() {
    events.ended();
  }

  private void fail(Throwable why) {
    if (failure == null) {
      failure = why;
    }
    events.failed(why);
  }
}
