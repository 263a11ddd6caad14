package dev.ostler.kv.raft;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

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
  }

  /**
   * Another node, as the leader knows it.
   *
   * @param index the last entry on its disk; negative if that is not known
   * @param silentMillis how long ago it answered
   */
  record Follower(String name, long index, long silentMillis) {}

  /**
   * How far a log is.
   *
   * @param term of the current leadership, as far as this node knows
   * @param applied the index of the last entry that was applied here
   * @param followers the other nodes, if this one leads
   */
  record Progress(long term, long applied, List<Follower> followers) {
    /** Nothing is known. */
    static final Progress NONE = new Progress(0, 0, List.of());
  }

  /** How far this log is. Takes no time. */
  Progress progress();

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
