package dev.ostler.kv.raft;

import java.io.IOException;
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
   * @param replica is told all that is committed, who leads, and why the log has failed
   * @throws IllegalArgumentException if the configuration has an option that may lose commands
   * @throws IOException if the directory cannot be used, is damaged, or the port is taken
   */
  static ReplicatedLog open(RaftConfig config, Replica replica) throws IOException {
    return RatisLog.open(config, replica);
  }

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
