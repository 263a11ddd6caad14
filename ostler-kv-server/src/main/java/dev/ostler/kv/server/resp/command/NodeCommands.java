package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Cluster;
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
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/**
 * KV.CLUSTER: the state of a store on several nodes, and its changes. {@code kv cluster} sends
 * these commands. The bodies run in the client's process.
 *
 * <p>A change is checked first, against what the leader knows; with DRYRUN that is all.
 */
final class NodeCommands {
  /** A node that lacks more of the log than this catches up before it may lead. */
  private static final long FAR_BEHIND_BYTES = 16 << 20;

  private static final int MOST_PORT = 65_535;

  private static final Flag[] ADMIN = {
    Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_MULTI, Flag.LOADING, Flag.STALE, Flag.SLOW
  };

  private NodeCommands() {}

  /** The body of a command that only a node runs. */
  private interface OnNode {
    void run(NodeRole role, Args args, RespWriter out);
  }

  static void addTo(CommandTable table) {
    CommandSpec cluster =
        table
            .add(new CommandSpec("kv.cluster", -2, HelpText.container()))
            .doc(
                "cluster", "7.0.0", "A container for commands on the nodes of a store on several.");
    cluster.with(
        new CommandSpec(
                "status",
                2,
                of((role, _, out) -> out.verbatim(status(role))),
                Flag.LOADING,
                Flag.STALE)
            .doc("cluster", "7.0.0", "Returns who leads, and how far each node is."));
    cluster.with(
        new CommandSpec("transfer", -2, of(NodeCommands::transfer), ADMIN)
            .doc("cluster", "7.0.0", "Begins to let another node lead."));
    cluster.with(
        new CommandSpec("add", -6, of(NodeCommands::add), ADMIN)
            .doc("cluster", "7.0.0", "Makes a node a member, once it has what the others have."));
    cluster.with(
        new CommandSpec("remove", -3, of(NodeCommands::remove), ADMIN)
            .doc("cluster", "7.0.0", "Makes a node a member no more."));
    cluster.with(
        new CommandSpec("snapshot", 2, of(NodeCommands::snapshot), ADMIN)
            .doc("cluster", "7.0.0", "Makes a snapshot of this node, and cuts its log behind it."));
    cluster.with(
        HelpText.of(
            "KV.CLUSTER",
            "STATUS",
            "    Who leads, and how far each node is.",
            "TRANSFER [<node>] [DRYRUN]",
            "    Let another node lead.",
            "ADD <node> <host> <port> <node-port> [DRYRUN]",
            "    Make a node a member, which was started with --join.",
            "REMOVE <node> [DRYRUN]",
            "    Make a node a member no more.",
            "SNAPSHOT",
            "    Make a snapshot of this node, and cut its log behind it."));
  }

  private static CommandSpec.OfClient of(OnNode body) {
    return (client, args, out) -> body.run(role(client), args, out);
  }

  private static NodeRole role(Client client) {
    NodeRole role = client.server().role();
    if (role == null) {
      throw new CommandError(
          "ERR this store is on one node: KV.CLUSTER is for a server with --cluster");
    }
    return role;
  }

  private static Cluster leading(NodeRole role) {
    if (!role.leads()) {
      throw role.elsewhere(0);
    }
    return role.node();
  }

  // --- STATUS

  private static String status(NodeRole role) {
    Cluster node = role.node();
    var lines = new ArrayList<String>();
    lines.add("node:" + node.self().name());
    lines.add("leader:" + node.leader().map(Member::name).orElse(""));
    lines.add("serves:" + (role.leads() ? 1 : 0)); // not yet while it opens the store
    lines.add("term:" + node.term());
    lines.add("elections:" + node.elections());
    lines.add("applied:" + node.applied());
    lines.add("committed:" + node.committed());
    List<Member> members = node.members();
    lines.add("members:" + members.size());
    lines.add("majority:" + majority(members.size()));
    for (int i = 0; i < members.size(); i++) {
      lines.add("member" + i + ":" + line(role, members.get(i)));
    }
    return String.join("\r\n", lines) + "\r\n";
  }

  /** What is not known is -1: a node that does not lead knows itself only. */
  private static String line(NodeRole role, Member member) {
    Cluster node = role.node();
    boolean isSelf = member.name().equals(node.self().name());
    Optional<Follower> known = role.follower(member);
    return "name=%s,address=%s,node_port=%d,role=%s,index=%d,behind_bytes=%d,silent_ms=%d"
        .formatted(
            member.name(),
            member.address(),
            member.nodePort(),
            node.leader().filter(member::equals).isPresent() ? "leader" : "follower",
            isSelf ? node.applied() : known.map(Follower::index).orElse(-1L),
            isSelf ? 0 : known.map(Follower::behindBytes).orElse(-1L),
            isSelf ? 0 : known.map(Follower::silentMillis).orElse(-1L));
  }

  // --- TRANSFER

  private static void transfer(NodeRole role, Args args, RespWriter out) {
    boolean dry = isDry(args, 2, 3);
    Cluster node = leading(role);
    int names = args.count() - (dry ? 1 : 0) - 2;
    Follower to =
        names == 0
            ? node.followers().stream()
                .filter(each -> !each.isSilent())
                .max(Comparator.comparingLong(Follower::index))
                .orElseThrow(() -> new CommandError("ERR no other node is reached that could lead"))
            : follower(node, "TRANSFER", args.get(2));
    String name = to.member().name();
    if (to.isSilent()) {
      throw new CommandError(
          "ERR %s is not reached since %d ms: it cannot lead".formatted(name, to.silentMillis()));
    }
    if (to.behindBytes() > FAR_BEHIND_BYTES) {
      throw new CommandError(
          "ERR %s lacks %d bytes of the log, and must catch up before it can lead"
              .formatted(name, to.behindBytes()));
    }
    if (!dry) {
      // This server closes with the store, after the reply.
      var _ = node.transfer(to.member());
    }
    out.simple(dry ? name + " would lead" : name + " is to lead");
  }

  private static Follower follower(Cluster node, String command, String name) {
    return node.followers().stream()
        .filter(each -> each.member().name().equals(name))
        .findAny()
        .orElseThrow(
            () ->
                new CommandError(
                    "ERR KV.CLUSTER %s expects one of %s, and found '%s'"
                        .formatted(
                            command,
                            node.followers().stream()
                                .map(each -> each.member().name())
                                .collect(Collectors.joining(", ")),
                            name)));
  }

  // --- ADD and REMOVE

  private static void add(NodeRole role, Args args, RespWriter out) {
    boolean dry = isDry(args, 6, 6);
    Cluster node = leading(role);
    Member added =
        new Member(args.get(2), args.get(3), port(args, 4, "port"), port(args, 5, "node-port"));
    expectNew(node, added);
    var after = new ArrayList<>(node.members());
    after.add(added);
    expectMajority(reached(node, node.members()) + 1, after, "with " + added.name());
    if (!dry) {
      out.expectMayWait();
      await(added.name(), node.add(added));
    }
    out.simple(outcome(added.name(), dry ? " would be added; " : " is added; ", after));
  }

  private static int port(Args args, int index, String what) {
    long port = args.integer(index);
    if (port < 1 || port > MOST_PORT) {
      throw new CommandError(
          "ERR KV.CLUSTER ADD expects a %s from 1 to 65535, and found %d".formatted(what, port));
    }
    return (int) port;
  }

  private static void expectNew(Cluster node, Member added) {
    if (!added.name().matches("[A-Za-z0-9_-]+")) {
      throw new CommandError(
          "ERR the name of a node has letters, digits, - and _ only, and found '"
              + added.name()
              + "'");
    }
    for (Member each : node.members()) {
      if (each.name().equals(added.name())) {
        throw new CommandError("ERR %s is a member already".formatted(added.name()));
      }
      List<Integer> ports = List.of(each.port(), each.nodePort());
      if (each.host().equals(added.host())
          && (ports.contains(added.port()) || ports.contains(added.nodePort()))) {
        throw new CommandError(
            "ERR %s has a port of %s, which is at %s"
                .formatted(added.name(), each.name(), each.address()));
      }
    }
    try {
      if (!InetAddress.getByName(added.host()).isLoopbackAddress() && !node.isEncrypted()) {
        throw new CommandError(
            "ERR nodes without TLS (--cluster-tls-cert) have loopback addresses only, and %s is at %s"
                .formatted(added.name(), added.host()));
      }
    } catch (UnknownHostException e) {
      throw new CommandError(
          "ERR the host of %s, '%s', is not known".formatted(added.name(), added.host()));
    }
  }

  private static void remove(NodeRole role, Args args, RespWriter out) {
    boolean dry = isDry(args, 3, 3);
    Cluster node = leading(role);
    String name = args.get(2);
    if (name.equals(node.self().name())) {
      throw new CommandError(
          "ERR %s leads: let another node lead first, with KV.CLUSTER TRANSFER".formatted(name));
    }
    Member removed =
        node.members().stream()
            .filter(each -> each.name().equals(name))
            .findAny()
            .orElseGet(() -> follower(node, "REMOVE", name).member());
    var after = new ArrayList<>(node.members());
    after.remove(removed);
    expectMajority(reached(node, after), after, "without " + name);
    if (!dry) {
      out.expectMayWait();
      await(name, node.remove(removed));
    }
    out.simple(outcome(name, dry ? " would be removed; " : " is removed; ", after));
  }

  /** How many of these nodes this one reaches, itself included. */
  private static long reached(Cluster node, List<Member> members) {
    return 1
        + node.followers().stream()
            .filter(each -> members.contains(each.member()) && !each.isSilent())
            .count();
  }

  private static void expectMajority(long reached, List<Member> after, String change) {
    if (reached < majority(after.size())) {
      throw new CommandError(
          "ERR %s, %d of %d nodes would be reached, and %d must be: nobody could lead"
              .formatted(change, reached, after.size(), majority(after.size())));
    }
  }

  private static int majority(int nodes) {
    return nodes / 2 + 1;
  }

  private static String outcome(String name, String what, List<Member> after) {
    return "%s%smembers: %s, of which %d must be up"
        .formatted(
            name,
            what,
            after.stream().map(Member::name).sorted().collect(Collectors.joining(", ")),
            majority(after.size()));
  }

  // --- SNAPSHOT

  private static void snapshot(NodeRole role, Args args, RespWriter out) {
    out.expectMayWait();
    String name = role.node().self().name();
    long index = await(name, role.node().snapshot());
    out.simple("%s has a snapshot, up to entry %d".formatted(name, index));
  }

  // ---

  /** Whether the last argument is DRYRUN, which may be at any place from the first to the last. */
  private static boolean isDry(Args args, int first, int last) {
    int count = args.count();
    boolean dry = count > first && args.is(count - 1, "dryrun");
    if (count > last + 1 || (count == last + 1 && !dry)) {
      throw CommandError.syntax();
    }
    return dry;
  }

  private static <R> R await(String name, CompletableFuture<R> done) {
    try {
      return done.join();
    } catch (CompletionException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new CommandError(
          "ERR " + name + ": " + String.valueOf(why.getMessage()).replaceAll("\\s+", " "));
    }
  }
}
