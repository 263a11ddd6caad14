package dev.ostler.kv.raft;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

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
 */
public record RaftConfig(
    String node,
    List<Member> members,
    Path directory,
    int shard,
    long snapshotAfter,
    Map<String, String> options) {

  private static final long SNAPSHOT_AFTER = 64 << 20;

  /**
   * A node that takes part in a log.
   *
   * @param name letters, digits, {@code -} and {@code _}
   * @param host the name or address by which the others reach it, and on which it listens
   * @param port 1 to 65,535
   */
  public record Member(String name, String host, int port) {
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
    }

    String address() {
      return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
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

  /** This node. */
  Member self() {
    return members.stream().filter(member -> member.name.equals(node)).findAny().orElseThrow();
  }
}
