package dev.ostler.kv.raft;

import dev.ostler.kv.Cluster;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one node needs to know to take part in a log. Immutable.
 *
 * @param node the name of this node: one of the members
 * @param members all nodes, this one included: the same on every node, in any order
 * @param directory for the files of the log; used by one process at a time
 * @param shard which log: nodes may have several, each with a directory and ports of its own
 * @param snapshotAfter after so many bytes of log a node makes a snapshot and deletes the log
 *     behind it
 * @param options more options of Apache Ratis, by their full names
 * @param joins whether this node is new in a log that exists: it waits until the others add it
 * @param tls how nodes know each other; empty if each one trusts everybody who reaches its port
 */
public record RaftConfig(
    String node,
    List<Member> members,
    Path directory,
    int shard,
    long snapshotAfter,
    Map<String, String> options,
    boolean joins,
    Optional<Cluster.Tls> tls) {

  private static final long SNAPSHOT_AFTER = 64 << 20;

  /**
   * A node that takes part in a log.
   *
   * @param name letters, digits, {@code -} and {@code _}
   * @param host the name or address by which the others reach it, and on which it listens
   * @param port 1 to 65,535
   * @param clientPort where its clients find it, which the others tell them; 0 if it has no such
   *     port
   */
  public record Member(String name, String host, int port, int clientPort) {
    /** A node without a port for clients. */
    public Member(String name, String host, int port) {
      this(name, host, port, 0);
    }

    /** Checks the values. */
    public Member {
      if (!name.matches("[A-Za-z0-9_-]+")) {
        throw new IllegalArgumentException(
            "the name of a node has letters, digits, - and _ only: " + name);
      }
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException(
            "the port of node " + name + " must be 1 to 65535, and is " + port);
      }
      if (clientPort < 0 || clientPort > 65_535) {
        throw new IllegalArgumentException(
            "the port of node " + name + " for clients must be 0 to 65535, and is " + clientPort);
      }
    }

    String address() {
      return address(port);
    }

    String clientAddress() {
      return address(clientPort);
    }

    private String address(int ofPort) {
      return (host.contains(":") ? "[" + host + "]:" : host + ":") + ofPort;
    }
  }

  /** Checks that the members have different names, and that this node is one of them. */
  public RaftConfig {
    members = List.copyOf(members);
    options = Map.copyOf(options);
    var names = new HashSet<String>();
    for (Member member : members) {
      if (!names.add(member.name)) {
        throw new IllegalArgumentException("two nodes have the name " + member.name);
      }
    }
    if (!names.contains(node)) {
      throw new IllegalArgumentException("there is no node " + node + " among " + names);
    }
    if (snapshotAfter < 1) {
      throw new IllegalArgumentException("snapshotAfter must be positive: " + snapshotAfter);
    }
    RatisOptions.check(options);
  }

  /** With a snapshot after 64 MiB, for the only shard. */
  public RaftConfig(String node, List<Member> members, Path directory) {
    this(node, members, directory, 0, SNAPSHOT_AFTER, Map.of());
  }

  /** For a node of the first members, without TLS. */
  public RaftConfig(
      String node,
      List<Member> members,
      Path directory,
      int shard,
      long snapshotAfter,
      Map<String, String> options) {
    this(node, members, directory, shard, snapshotAfter, options, false, Optional.empty());
  }

  /** The same, for a node that waits until the others add it. */
  public RaftConfig joining() {
    return new RaftConfig(node, members, directory, shard, snapshotAfter, options, true, tls);
  }

  /** The same, with nodes that know each other by certificates. */
  public RaftConfig tls(Cluster.Tls files) {
    return new RaftConfig(
        node, members, directory, shard, snapshotAfter, options, joins, Optional.of(files));
  }

  /** This node. */
  Member self() {
    return members.stream().filter(member -> member.name.equals(node)).findAny().orElseThrow();
  }
}
