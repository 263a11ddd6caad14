package dev.ostler.kv.server.cli;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code kv serve} for a store on several nodes. Used by the main thread. */
final class ClusterOptions {
  /** As in Redis: nodes talk to each other on a port that is so much higher. */
  private static final int NODE_PORT_OFFSET = 10_000;

  private static final int MOST_PORT = 65_535;

  private static final Pattern MEMBER =
      Pattern.compile(
          "(?<name>[A-Za-z0-9_-]+)=(?<host>\\[[^\\]]+]|[^:\\[\\]@]+):(?<port>\\d{1,5})"
              + "(@(?<nodePort>\\d{1,5}))?");

  /** In the directory of a node: a file with the node's name. */
  private static final String NAME_FILE = "node";

  @Option(
      names = "--cluster",
      paramLabel = "NAME=HOST:PORT[@PORT],...",
      description =
          "Keep the store on several nodes, which all get the same list: each node's name, and the "
              + "address and port of its RESP. Nodes talk to each other on a port that is 10000 "
              + "higher, or on the one after the @. For now only on loopback addresses.")
  private @Nullable String cluster;

  @Option(names = "--node", paramLabel = "NAME", description = "Which node of --cluster this is.")
  private @Nullable String node;

  /** Whether the store is to be on several nodes. */
  boolean isAsked() {
    return cluster != null;
  }

  /** The name of this node. */
  String node() {
    return node == null ? "" : node;
  }

  /**
   * Checks that {@code --node} comes with {@code --cluster}.
   *
   * @throws IllegalArgumentException if it does not
   */
  void check() {
    if (node != null && cluster == null) {
      throw new IllegalArgumentException("--node is for a store on several nodes: give --cluster");
    }
  }

  /**
   * All nodes.
   *
   * @throws IllegalArgumentException if the options are not valid
   */
  List<Member> members() {
    var members = new ArrayList<Member>();
    for (String word : (cluster == null ? "" : cluster).split(",", -1)) {
      members.add(member(word.strip()));
    }
    var names = new HashSet<String>();
    var places = new HashMap<String, String>();
    for (Member member : members) {
      if (!names.add(member.name())) {
        throw new IllegalArgumentException("--cluster has two nodes named " + member.name());
      }
      for (int port : List.of(member.port(), member.nodePort())) {
        String other = places.put(member.host() + " port " + port, member.name());
        if (other != null) {
          throw new IllegalArgumentException(
              "--cluster has %s port %d twice, for %s and %s"
                  .formatted(member.host(), port, other, member.name()));
        }
      }
    }
    if (node == null) {
      throw new IllegalArgumentException(
          "--cluster needs --node, which says which of %s this is".formatted(named(members)));
    }
    if (!names.contains(node)) {
      throw new IllegalArgumentException(
          "--node expects one of %s, and found '%s'".formatted(named(members), node));
    }
    members.forEach(ClusterOptions::expectLoopback);
    return members;
  }

  private static String named(List<Member> members) {
    return String.join(", ", members.stream().map(Member::name).toList());
  }

  private static Member member(String word) {
    Matcher found = MEMBER.matcher(word);
    if (!found.matches()) {
      throw new IllegalArgumentException(
          "--cluster expects NAME=HOST:PORT for each node, with commas between them, as in"
              + " n1=127.0.0.1:6381,n2=127.0.0.1:6382, and found '"
              + word
              + "'");
    }
    String name = part(found, "name");
    int port = port(word, part(found, "port"));
    String nodePort = part(found, "nodePort");
    if (nodePort.isEmpty() && port + NODE_PORT_OFFSET > MOST_PORT) {
      throw new IllegalArgumentException(
          "--cluster: %s has port %d, and there is no port %d for the other nodes: give it one, as"
                  .formatted(name, port, port + NODE_PORT_OFFSET)
              + " in "
              + word
              + "@16380");
    }
    String host = part(found, "host").replace("[", "").replace("]", "");
    return new Member(
        name, host, port, nodePort.isEmpty() ? port + NODE_PORT_OFFSET : port(word, nodePort));
  }

  /** A part of a match; empty if it is not there. */
  private static String part(Matcher found, String name) {
    return Objects.requireNonNullElse(found.group(name), "");
  }

  private static int port(String word, String digits) {
    int port = Integer.parseInt(digits);
    if (port < 1 || port > MOST_PORT) {
      throw new IllegalArgumentException(
          "--cluster expects ports from 1 to 65535, and found '" + word + "'");
    }
    return port;
  }

  /** Nodes have no way yet to know each other. */
  private static void expectLoopback(Member member) {
    InetAddress address = address(member);
    if (!address.isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "--cluster is for loopback addresses only, and %s is at %s: there is no TLS between nodes"
                  .formatted(member.name(), address.getHostAddress())
              + " yet, and a node trusts everybody who reaches its port");
    }
  }

  /**
   * The address of a node.
   *
   * @throws IllegalArgumentException if it is not known
   */
  static InetAddress address(Member member) {
    try {
      return InetAddress.getByName(member.host());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "--cluster: the host of %s, '%s', is not known".formatted(member.name(), member.host()),
          e);
    }
  }

  // --- The directory

  /**
   * Makes sure that a directory is that of this node, or empty: with the files of another node it
   * could vote twice.
   *
   * @throws IllegalArgumentException if it is not
   * @throws IOException if it cannot be read or written
   */
  void claim(Path directory) throws IOException {
    Path file = directory.resolve(NAME_FILE);
    if (Files.exists(file)) {
      String owner = Files.readString(file, StandardCharsets.UTF_8).strip();
      if (!owner.equals(node())) {
        throw new IllegalArgumentException(
            "--data: %s has the files of node %s, and this is %s"
                .formatted(directory, owner, node()));
      }
      return;
    }
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        if (files.findAny().isPresent()) {
          throw new IllegalArgumentException(
              "--data: %s has other files than those of a node, perhaps a store on one node"
                  .formatted(directory));
        }
      }
    }
    Files.createDirectories(directory);
    Files.writeString(file, node() + "\n", StandardCharsets.UTF_8);
  }

  /**
   * Makes sure that a directory is not that of a node: a server on its own would see an empty store
   * there.
   *
   * @throws IllegalArgumentException if it is
   */
  static void expectNoNode(Path directory) {
    if (Files.exists(directory.resolve(NAME_FILE)) && Files.exists(directory.resolve("log"))) {
      throw new IllegalArgumentException(
          "--data: %s has the files of a node of a store on several nodes: give --cluster and"
                  .formatted(directory)
              + " --node");
    }
  }

  // --- The engine

  /**
   * What runs nodes.
   *
   * @throws IllegalArgumentException if it is not there
   */
  static Cluster.Engine engine() {
    return ServiceLoader.load(Cluster.Engine.class)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--cluster needs ostler-kv-raft and its libraries on the class path, as ./kv"
                        + " starts Java with this option"));
  }
}
