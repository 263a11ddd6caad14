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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * ROLE, WAIT and others about replicas, which the nodes that do not lead are. A server on its own
 * has none. The bodies run in the client's process.
 */
final class ReplicationCommands {
  /** How often WAIT looks for what the other nodes have. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private ReplicationCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(
            new CommandSpec(
                "role",
                1,
                of(ReplicationCommands::role),
                Flag.NOSCRIPT,
                Flag.LOADING,
                Flag.STALE,
                Flag.FAST))
        .in("admin", "dangerous")
        .doc("server", "2.8.12", "Returns whether this node leads, and who follows.");
    for (String name : List.of("replicaof", "slaveof")) {
      table
          .add(
              new CommandSpec(
                  name,
                  3,
                  of(ReplicationCommands::replicaOf),
                  Flag.ADMIN,
                  Flag.NO_ASYNC_LOADING,
                  Flag.NOSCRIPT,
                  Flag.STALE))
          .doc("server", "1.0.0", "Accepts NO ONE, and refuses to follow another server.");
    }
    table
        .add(
            new CommandSpec(
                "failover",
                -1,
                of(ReplicationCommands::failOver),
                Flag.ADMIN,
                Flag.NOSCRIPT,
                Flag.STALE))
        .doc("server", "6.2.0", "Refuses: there are no replicas.");
    table
        .add(new CommandSpec("wait", 3, of(ReplicationCommands::await), Flag.BLOCKING))
        .in("connection")
        .doc("generic", "3.0.0", "Waits until so many nodes have the changes of this client.");
    table
        .add(new CommandSpec("waitaof", 4, of(ReplicationCommands::awaitFile), Flag.BLOCKING))
        .in("connection")
        .doc("generic", "7.2.0", "Returns that no replica has the last changes.");
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  private static void role(Client client, Args args, RespWriter out) {
    NodeRole role = client.server().role();
    if (role == null) {
      out.array(3);
      out.bulk("master");
      out.number(0);
      out.array(0);
    } else if (role.leads()) {
      leader(role.node(), out);
    } else {
      follower(role.node(), out);
    }
  }

  private static void leader(Cluster node, RespWriter out) {
    List<Follower> followers = node.followers();
    out.array(3);
    out.bulk("master");
    out.number(node.applied());
    out.array(followers.size());
    for (Follower each : followers) {
      out.array(3);
      out.bulk(each.member().host());
      out.bulk(Integer.toString(each.member().port()));
      out.bulk(Long.toString(Math.max(0, each.index())));
    }
  }

  private static void follower(Cluster node, RespWriter out) {
    Optional<Member> leader = node.leader();
    out.array(5);
    out.bulk("slave");
    out.bulk(leader.map(Member::host).orElse(""));
    out.number(leader.map(Member::port).orElse(0));
    out.bulk(leader.isPresent() ? "connected" : "connect");
    out.number(node.applied());
  }

  private static void failOver(Client client, Args args, RespWriter out) {
    boolean aborts = args.count() == 2 && args.is(1, "abort");
    throw new CommandError(
        aborts
            ? "ERR No failover in progress."
            : client.server().role() == null
                ? "ERR FAILOVER requires connected replicas."
                : "ERR FAILOVER is not supported: the nodes elect another leader by themselves");
  }

  private static void replicaOf(Client client, Args args, RespWriter out) {
    if (client.server().role() != null) {
      throw new CommandError("ERR REPLICAOF not allowed in cluster mode.");
    }
    if (!args.is(1, "no") || !args.is(2, "one")) {
      throw new CommandError(
          "ERR REPLICAOF is not supported: a KV server cannot follow another server");
    }
    out.ok();
  }

  // --- WAIT

  private static void await(Client client, Args args, RespWriter out) {
    long wanted = args.integer(1);
    long timeout = timeout(args, 2);
    NodeRole role = client.server().role();
    if (role == null) {
      out.number(0);
      return;
    }
    if (!role.leads()) {
      throw new CommandError("ERR WAIT cannot be used with replica instances.");
    }
    if (client.locked() != null) { // within EXEC nobody waits, as in Redis
      out.number(having(role.node(), role.node().applied()));
      return;
    }
    out.expectMayWait();
    client.gate().await(); // then a majority has the changes, and this node has applied them
    out.number(awaitFollowers(role, role.node().applied(), wanted, timeout));
  }

  /** Waits until so many other nodes have an entry on their disks; returns how many have. */
  private static long awaitFollowers(NodeRole role, long index, long wanted, long timeoutMillis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (true) {
      if (!role.node().leader().equals(Optional.of(role.node().self()))) {
        throw new CommandError(role.lost());
      }
      long having = having(role.node(), index);
      boolean late = timeoutMillis > 0 && System.nanoTime() - end >= 0;
      if (having >= wanted || late || Thread.currentThread().isInterrupted()) {
        return having;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static long having(Cluster node, long index) {
    return node.followers().stream().filter(each -> each.index() >= index).count();
  }

  private static void awaitFile(Client client, Args args, RespWriter out) {
    long local = args.integer(1, "ERR value is out of range, value must between 0 and 1");
    if (local < 0 || local > 1) {
      throw new CommandError("ERR value is out of range, value must between 0 and 1");
    }
    if (args.integer(2) < 0) {
      throw new CommandError("ERR value is out of range, must be positive");
    }
    long _ = timeout(args, 3);
    @Nullable NodeRole role = client.server().role();
    if (role != null) {
      throw new CommandError(
          "ERR WAITAOF is not supported: each reply is sent once a majority of the nodes has its"
              + " change on disk; see WAIT");
    }
    if (local == 1) {
      throw new CommandError(
          client.keyspace().isDurable()
              ? "ERR WAITAOF is not supported: with --sync always each reply is sent"
                  + " once its change is on the disk"
              : "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
    }
    out.array(2);
    out.number(0);
    out.number(0);
  }

  private static long timeout(Args args, int index) {
    long timeout = args.integer(index, "ERR timeout is not an integer or out of range");
    if (timeout < 0) {
      throw new CommandError("ERR timeout is negative");
    }
    return timeout;
  }
}
