package dev.ostler.kv.server.admin;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Follower;
import dev.ostler.kv.figures.Figures;
import java.util.Optional;

/** The figures of a node of a store on several. Any thread may use it. */
final class NodeFigures implements Figures.Source {
  private final Cluster node;

  NodeFigures(Cluster node) {
    this.node = node;
  }

  @Override
  public void tell(Figures to) {
    Optional<Cluster.Member> leader = node.leader();
    to.gauge("kv_cluster_members", "Nodes of the store.", node.members().size());
    to.gauge(
        "kv_cluster_leader_known",
        "1 if this node knows which one leads, else 0.",
        leader.isPresent() ? 1 : 0);
    to.gauge(
        "kv_cluster_leads",
        "1 if this node leads, else 0.",
        leader.filter(node.self()::equals).isPresent() ? 1 : 0);
    to.gauge("kv_cluster_term", "The number of the current leadership.", node.term());
    to.counter(
        "kv_cluster_elections_total",
        "How often this node has heard of a leader.",
        node.elections());
    to.gauge(
        "kv_cluster_applied_index",
        "The last entry of the log that this node has applied.",
        node.applied());
    to.gauge(
        "kv_cluster_committed_index",
        "The last entry that this node knows to be committed.",
        node.committed());
    followers(to);
  }

  /** Only the leader knows them. */
  private void followers(Figures to) {
    Figures.Family bytes =
        to.gauges(
            "kv_cluster_follower_behind_bytes",
            "Bytes of the log that another node lacks, about.",
            "node");
    Figures.Family entries =
        to.gauges(
            "kv_cluster_follower_behind_entries",
            "Entries of the log that another node lacks.",
            "node");
    Figures.Family silent =
        to.gauges(
            "kv_cluster_follower_silent_seconds", "How long ago another node answered.", "node");
    long last = node.committed();
    for (Follower each : node.followers()) {
      String name = each.member().name();
      bytes.add(each.behindBytes(), name);
      entries.add(Math.max(0, last - Math.max(0, each.index())), name);
      silent.add(each.silentMillis() / 1000.0, name);
    }
  }
}
