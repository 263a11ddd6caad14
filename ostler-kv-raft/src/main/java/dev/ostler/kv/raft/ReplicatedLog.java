package dev.ostler.kv.raft;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A log of commands that several nodes agree on. A command is committed once a majority of the
 * nodes has it on disk, synced. Then it outlives the death of any minority, and every node applies
 * it to its {@link Replica}, in the same order.
 *
 * <p>One node leads at a time, and only it proposes commands. Any thread may use a log.
 */
public interface ReplicatedLog extends AutoCloseable {
  /**
   * Opens the log of one node, and takes its port. The directory is created if it does not exist.
   * Returns before a leader is known.
   *
   * @param replica all that is committed is applied to it
   * @param listener is told who leads, and why the log has failed
   * @throws IllegalArgumentException if the configuration has an option that may lose commands
   * @throws IOException if the directory cannot be used, is damaged, or the port is taken
   */
  static ReplicatedLog open(RaftConfig config, Replica replica, Listener listener)
      throws IOException {
    return RatisLog.open(config, replica, listener);
  }

  /** Is told what happens to a log. One thread at a time calls it, in the order of events. */
  interface Listener {
    /** This node leads from now on. All that was committed before has been applied. */
    void leads(Leadership leadership);

    /**
     * This node does not lead, or not any more.
     *
     * @param leader the node that does; empty if it is not known
     */
    void follows(Optional<String> leader);

    /**
     * The log has failed: a write or sync of its files, or {@link Replica#apply}. This node takes
     * part no more, and the others go on without it. It must end: what it has accepted may not be
     * on its disk. Called once.
     */
    void failed(Throwable why);

    /**
     * The others have made this node a member no more. It takes part no longer, and should end.
     * Called once.
     */
    void removed();

    /** There is something that people should know. */
    void notice(String line);
  }

  /**
   * Another node, as the leader knows it.
   *
   * @param index the last entry on its disk; negative if that is not known
   * @param silentMillis how long ago it answered
   * @param behindBytes how many bytes of log it lacks, about, as far as this process knows
   */
  record Follower(String name, long index, long silentMillis, long behindBytes) {}

  /**
   * How far a log is.
   *
   * @param term of the current leadership, as far as this node knows
   * @param applied the index of the last entry that was applied here
   * @param committed the index of the last entry that this node knows to be committed
   * @param elections how often this node has heard of a leader
   * @param followers the other nodes, if this one leads
   */
  record Progress(
      long term, long applied, long committed, long elections, List<Follower> followers) {
    /** Nothing is known. */
    static final Progress NONE = new Progress(0, 0, 0, 0, List.of());
  }

  /** How far this log is. Takes no time. */
  Progress progress();

  /** The nodes that take part, as far as this node knows, in the order of their names. */
  List<RaftConfig.Member> members();

  // --- Operations, of the node that leads

  /**
   * Makes a node a member. It gets all that it lacks first, so that the others never wait for it.
   *
   * @param member must run, and have been opened with {@link RaftConfig#joining()}
   * @return completed when it is one. Fails with {@link NotLeader}, or an {@link IOException} whose
   *     message says what was found
   */
  CompletableFuture<Void> add(RaftConfig.Member member);

  /**
   * Makes a node a member no more; it ends when it hears of that.
   *
   * @param name not this node's: let another one lead first
   * @return as {@link #add}
   */
  CompletableFuture<Void> remove(String name);

  /**
   * Lets another node lead. The {@link Leadership} of this one is over at once. If the other one
   * does not take over, any node may lead next.
   *
   * @return completed when the other one leads; fails as {@link #add} does
   */
  CompletableFuture<Void> transfer(String name);

  /**
   * Makes a snapshot, and deletes the log behind it. Any node may.
   *
   * @return the index of the last entry in it
   */
  CompletableFuture<Long> snapshot();

  /** The shard whose log this is. */
  int shard();

  /** The name of the node that leads, as far as this node knows; empty if it knows none. */
  Optional<String> leader();

  /**
   * The leadership of this node.
   *
   * @throws NotLeader if another node leads, or none; nothing was proposed
   */
  Leadership leadership() throws NotLeader;

  /**
   * Leaves the other nodes, and closes the files. Waits until no more calls of the replica run. A
   * command that is being proposed may still be committed by the others.
   *
   * @throws IOException if the engine reports a failure; it is closed all the same
   */
  @Override
  void close() throws IOException;
}
