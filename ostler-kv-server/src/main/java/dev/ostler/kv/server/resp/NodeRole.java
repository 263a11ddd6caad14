package dev.ostler.kv.server.resp;

import static java.util.stream.Collectors.joining;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Follower;
import dev.ostler.kv.Cluster.Member;
import dev.ostler.kv.server.access.Secrets;
import dev.ostler.kv.server.args.CommandError;
import java.util.Optional;

/**
 * What a server of a store on several nodes is there: the node, and whether it is the one that
 * leads. Immutable, except that the node learns who leads; any thread may use it.
 *
 * <p>A server keeps its role until it ends: when the node begins or ceases to lead, another server
 * takes its place.
 *
 * @param leads whether this server has the store; otherwise all it can do is say who has
 */
public record NodeRole(Cluster node, boolean leads) {
  /** Redis's slots, of which the leader has all. */
  public static final int SLOTS = 16_384;

  private static final int ID_LENGTH = 40;

  /** The id of a node, in the form that Redis's have. It is the same at every start. */
  public static String id(Member member) {
    return Secrets.hash("node " + member.name()).substring(0, ID_LENGTH);
  }

  /** The id of all nodes together, in the form that Redis's shards and replications have. */
  public String shardId() {
    return Secrets.hash(
            "nodes " + node.members().stream().map(Member::name).sorted().collect(joining(" ")))
        .substring(0, ID_LENGTH);
  }

  /** What is known of another node; empty for this one, and if this one does not lead. */
  public Optional<Follower> follower(Member member) {
    return node.followers().stream().filter(each -> each.member().equals(member)).findAny();
  }

  /**
   * The refusal of a command that only the leader can run. The words are Redis's, so that its
   * clients know what to do: {@code MOVED}, with the leader's address, if another node leads;
   * {@code CLUSTERDOWN} if it is not known which; {@code LOADING} if it is this node, which is
   * about to open the store.
   *
   * @param slot of the command's first key; 0 if it has none
   */
  public CommandError elsewhere(int slot) {
    Optional<Member> leader = node.leader();
    if (leader.isEmpty()) {
      return new CommandError("CLUSTERDOWN The cluster is down: no node leads at the moment");
    }
    Member known = leader.get();
    return known.equals(node.self())
        ? new CommandError("LOADING " + known.name() + " is about to lead, and opens the store")
        : new CommandError("MOVED " + slot + " " + known.address());
  }

  /** The error for a client whose replies cannot be sent any more. */
  public String lost() {
    return "CLUSTERDOWN "
        + node.self().name()
        + " leads no more: the command may or may not have been done";
  }
}
