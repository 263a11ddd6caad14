package dev.ostler.kv.raft;

import java.io.IOException;
import java.util.Optional;

/** This node does not lead, or did not lead long enough to know whether a command is committed. */
public final class NotLeader extends IOException {
  private static final long serialVersionUID = 1;

  private final String node;

  /** The node that leads; "" if it is not known. */
  private final String leader;

  private final boolean mayBeDone;

  /**
   * About one command.
   *
   * @param node the node that does not lead
   * @param leader the node that does; empty if it is not known
   * @param mayBeDone whether the command may be committed nevertheless, now or later
   */
  NotLeader(String node, Optional<String> leader, boolean mayBeDone) {
    super(
        "%s does not lead; %s. The command %s"
            .formatted(
                node,
                leader.map(other -> other + " does").orElse("the leader is not known"),
                mayBeDone ? "may have been done" : "was not done"));
    this.node = node;
    this.leader = leader.orElse("");
    this.mayBeDone = mayBeDone;
  }

  /** The same, about a command that was not proposed. */
  NotLeader notDone() {
    return new NotLeader(node, leader(), false);
  }

  /** The name of the node that leads; empty if it is not known. */
  public Optional<String> leader() {
    return Optional.of(leader).filter(name -> !name.isEmpty());
  }

  /** Whether the command may be committed nevertheless; if false, it never will be. */
  public boolean mayBeDone() {
    return mayBeDone;
  }
}
