package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Cluster.Follower;
import dev.ostler.kv.Cluster.Member;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.NodeRole;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * CLUSTER and its like: the nodes of a store on several, in the words that cluster clients of Redis
 * expect. The node that leads is the only master and has all slots; the others are its replicas. A
 * server on its own says that it is none. The bodies run in the client's process.
 */
final class ClusterCommands {
  private static final String NO_CLUSTER = "ERR This instance has cluster support disabled";
  private static final String LAST_SLOT = Integer.toString(NodeRole.SLOTS - 1);

  private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NO_ASYNC_LOADING, Flag.STALE};

  private ClusterCommands() {}

  /** The body of a command that only a node runs. */
  private interface OnNode {
    void run(NodeRole role, Args args, RespWriter out);
  }

  private static CommandSpec.OfClient of(OnNode body) {
    return (client, args, out) -> body.run(role(client), args, out);
  }

  private static NodeRole role(Client client) {
    NodeRole role = client.server().role();
    if (role == null) {
      throw new CommandError(NO_CLUSTER);
    }
    return role;
  }

  static void addTo(CommandTable table) {
    CommandSpec cluster =
        table
            .add(new CommandSpec("cluster", -2, HelpText.container()))
            .doc("cluster", "3.0.0", "A container for cluster commands.");
    add(cluster, "slots", 2, ClusterCommands::slots, Flag.LOADING, Flag.STALE);
    add(cluster, "shards", 2, ClusterCommands::shards, Flag.LOADING, Flag.STALE);
    add(cluster, "info", 2, (role, _, out) -> out.verbatim(info(role)), Flag.STALE);
    add(cluster, "nodes", 2, (role, _, out) -> out.verbatim(nodes(role)), Flag.STALE);
    add(
        cluster,
        "myid",
        2,
        (role, _, out) -> out.bulk(NodeRole.id(role.node().self())),
        Flag.STALE);
    add(cluster, "myshardid", 2, (role, _, out) -> out.bulk(role.shardId()), Flag.STALE);
    add(cluster, "keyslot", 3, (_, args, out) -> out.number(Slots.of(args.get(2))), Flag.STALE);
    for (String name : List.of("slaves", "replicas")) {
      add(cluster, name, 3, ClusterCommands::replicas, Flag.ADMIN, Flag.STALE);
    }
    addRefused(cluster, "help/2", Flag.LOADING, Flag.STALE);
    addRefused(cluster, "links/2 countkeysinslot/3 getkeysinslot/4", Flag.STALE);
    addRefused(cluster, "count-failure-reports/3", Flag.ADMIN, Flag.STALE);
    addRefused(cluster, "reset/-2", Flag.ADMIN, Flag.NOSCRIPT, Flag.STALE);
    addRefused(
        cluster,
        "addslots/-3 addslotsrange/-4 bumpepoch/2 delslots/-3 delslotsrange/-4 failover/-2"
            + " flushslots/2 forget/3 meet/-4 replicate/3 saveconfig/2 set-config-epoch/3"
            + " setslot/-4",
        ADMIN);
    // A client that would read from replicas is sent to the leader.
    for (String name : List.of("readonly", "readwrite")) {
      CommandSpec.OfClient body = of((_, _, out) -> out.ok());
      table
          .add(new CommandSpec(name, 1, body, Flag.LOADING, Flag.STALE, Flag.FAST))
          .in("connection")
          .doc("cluster", "3.0.0", "Changes nothing: the node that leads answers all reads.");
    }
    table
        .add(new CommandSpec("asking", 1, of((_, _, out) -> out.ok()), Flag.FAST))
        .in("connection")
        .doc("cluster", "3.0.0", "Changes nothing: slots do not move.");
  }

  private static void add(CommandSpec cluster, String name, int arity, OnNode body, Flag... flags) {
    cluster.with(
        new CommandSpec(name, arity, of(body), flags)
            .doc("cluster", "3.0.0", "Tells of the nodes of a store on several."));
  }

  private static void addRefused(CommandSpec cluster, String commands, Flag... flags) {
    for (String command : List.of(commands.split(" ", -1))) {
      int slash = command.indexOf('/');
      String name = command.substring(0, slash);
      String words =
          "ERR CLUSTER %s is not supported: --cluster has the nodes, and the one that leads has all slots"
              .formatted(name.toUpperCase(Locale.ROOT));
      CommandSpec.OfClient body =
          of(
              (_, _, _) -> {
                throw new CommandError(words);
              });
      cluster.with(
          new CommandSpec(name, Integer.parseInt(command.substring(slash + 1)), body, flags)
              .doc("cluster", "3.0.0", "Refuses, and says why."));
    }
  }

  // --- Who is who

  /** The leader first, if one is known, then the others. */
  private static List<Member> leaderFirst(NodeRole role) {
    var members = new ArrayList<>(role.node().members());
    role.node()
        .leader()
        .ifPresent(
            leader -> {
              members.remove(leader);
              members.addFirst(leader);
            });
    return members;
  }

  private static void slots(NodeRole role, Args args, RespWriter out) {
    if (role.node().leader().isEmpty()) {
      out.array(0);
      return;
    }
    List<Member> members = leaderFirst(role);
    out.array(1);
    out.array(2 + members.size());
    out.number(0);
    out.number(NodeRole.SLOTS - 1);
    for (Member member : members) {
      out.array(4);
      out.bulk(member.host());
      out.number(member.port());
      out.bulk(NodeRole.id(member));
      out.array(0);
    }
  }

  private static void shards(NodeRole role, Args args, RespWriter out) {
    Optional<Member> leader = role.node().leader();
    out.array(1);
    out.map(2);
    out.bulk("slots");
    out.array(leader.isPresent() ? 2 : 0);
    if (leader.isPresent()) {
      out.number(0);
      out.number(NodeRole.SLOTS - 1);
    }
    out.bulk("nodes");
    List<Member> members = leaderFirst(role);
    out.array(members.size());
    for (Member member : members) {
      Optional<Follower> known = role.follower(member);
      out.map(7);
      out.bulk("id");
      out.bulk(NodeRole.id(member));
      out.bulk("port");
      out.number(member.port());
      out.bulk("ip");
      out.bulk(member.host());
      out.bulk("endpoint");
      out.bulk(member.host());
      out.bulk("role");
      out.bulk(leader.equals(Optional.of(member)) ? "master" : "replica");
      out.bulk("replication-offset");
      out.number(offset(role, member, known));
      out.bulk("health");
      out.bulk(isSilent(known) ? "fail" : "online");
    }
  }

  /** The last entry that a node has, as far as this one knows; 0 if it does not. */
  private static long offset(NodeRole role, Member member, Optional<Follower> known) {
    return member.equals(role.node().self())
        ? role.node().applied()
        : Math.max(0, known.map(Follower::index).orElse(0L));
  }

  private static boolean isSilent(Optional<Follower> known) {
    return known.filter(Follower::isSilent).isPresent();
  }

  private static String info(NodeRole role) {
    boolean ok = role.node().leader().isPresent();
    int slots = ok ? NodeRole.SLOTS : 0;
    long silent = role.node().followers().stream().filter(Follower::isSilent).count();
    return String.join(
        "\r\n",
        "cluster_enabled:1",
        "cluster_state:" + (ok ? "ok" : "fail"),
        "cluster_slots_assigned:" + slots,
        "cluster_slots_ok:" + slots,
        "cluster_slots_pfail:0",
        "cluster_slots_fail:0",
        "cluster_nodes_pfail:" + silent,
        "cluster_nodes_fail:0",
        "cluster_known_nodes:" + role.node().members().size(),
        "cluster_size:" + (ok ? 1 : 0),
        "cluster_current_epoch:" + role.node().term(),
        "cluster_my_epoch:" + role.node().term(),
        "");
  }

  private static String nodes(NodeRole role) {
    var text = new StringBuilder();
    Optional<Member> leader = role.node().leader();
    for (Member member : leaderFirst(role)) {
      text.append(line(role, member, leader)).append('\n');
    }
    return text.toString();
  }

  private static String line(NodeRole role, Member member, Optional<Member> leader) {
    boolean leads = leader.equals(Optional.of(member));
    boolean silent = isSilent(role.follower(member));
    String flags =
        (member.equals(role.node().self()) ? "myself," : "")
            + (leads ? "master" : "slave")
            + (silent ? ",fail?" : "");
    return "%s %s@%d %s %s 0 0 %d %s%s"
        .formatted(
            NodeRole.id(member),
            member.address(),
            member.nodePort(),
            flags,
            leads ? "-" : leader.map(NodeRole::id).orElse("-"),
            role.node().term(),
            silent ? "disconnected" : "connected",
            leads ? " 0-" + LAST_SLOT : "");
  }

  private static void replicas(NodeRole role, Args args, RespWriter out) {
    Optional<Member> leader = role.node().leader();
    String asked = args.get(2);
    Member member =
        role.node().members().stream()
            .filter(each -> NodeRole.id(each).equals(asked))
            .findAny()
            .orElseThrow(() -> new CommandError("ERR Unknown node " + asked));
    if (!leader.equals(Optional.of(member))) {
      throw new CommandError("ERR The specified node is not a master");
    }
    List<Member> others = leaderFirst(role).subList(1, role.node().members().size());
    out.array(others.size());
    others.forEach(other -> out.bulk(line(role, other, leader)));
  }
}
