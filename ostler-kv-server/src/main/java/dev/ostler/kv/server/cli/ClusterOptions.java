package dev.ostler.kv.server.cli;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Member;
import dev.ostler.kv.server.tls.Pem;
import dev.ostler.kv.server.tls.TlsKeys;
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
import java.util.Optional;
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
              + "higher, or on the one after the @. Other addresses than loopback ones need TLS.")
  private @Nullable String cluster;

  @Option(names = "--node", paramLabel = "NAME", description = "Which node of --cluster this is.")
  private @Nullable String node;

  @Option(
      names = "--join",
      fallbackValue = "true",
      description =
          "This node is new in a store that exists: it waits until kv cluster add makes it a "
              + "member.")
  private boolean joins;

  @Option(
      names = "--cluster-tls-cert",
      paramLabel = "FILE",
      description =
          "The certificate that this node shows to the others, for its host (PEM, followed by its "
              + "chain). Nodes then talk TLS only.")
  private @Nullable Path certificate;

  @Option(
      names = "--cluster-tls-key",
      paramLabel = "FILE",
      description =
          "The private key of that certificate (PEM, PKCS#8 without a password, RSA or EC).")
  private @Nullable Path key;

  @Option(
      names = "--cluster-tls-ca",
      paramLabel = "FILE",
      description = "The certificate authority of the nodes' certificates (PEM).")
  private @Nullable Path authorities;

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
    String odd =
        node != null
            ? "--node"
            : joins ? "--join" : certificate != null ? "--cluster-tls-cert" : null;
    if (odd != null && cluster == null) {
      throw new IllegalArgumentException(odd + " is for a store on several nodes: give --cluster");
    }
  }

  /** How the node begins. */
  Cluster.Setup setup(List<Member> members, Path directory) {
    return new Cluster.Setup(node(), members, directory, joins, tls());
  }

  /**
   * The files for TLS; empty if there are none.
   *
   * @throws IllegalArgumentException if one is missing
   */
  private Optional<Cluster.Tls> tls() {
    if (certificate == null || key == null || authorities == null) {
      if (certificate != null || key != null || authorities != null) {
        throw new IllegalArgumentException(
            "TLS between nodes expects --cluster-tls-cert, --cluster-tls-key and --cluster-tls-ca"
                + " together, and %s is missing"
                    .formatted(
                        certificate == null
                            ? "--cluster-tls-cert"
                            : key == null ? "--cluster-tls-key" : "--cluster-tls-ca"));
      }
      return Optional.empty();
    }
    return Optional.of(new Cluster.Tls(certificate, key, authorities));
  }

  /**
   * Finds out why a node is not reached.
   *
   * @throws IllegalArgumentException if the files for TLS cannot be used
   */
  NodeProbe probe() {
    Optional<Cluster.Tls> files = tls();
    if (files.isEmpty()) {
      return new NodeProbe(null);
    }
    Cluster.Tls tls = files.get();
    try {
      return new NodeProbe(
          TlsKeys.context(tls.certificate(), tls.key(), Optional.of(tls.authorities())));
    } catch (Pem.Unusable e) {
      throw new IllegalArgumentException("TLS between nodes: " + e.getMessage(), e);
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
      members.add(member("--cluster", word.strip()));
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
    if (tls().isEmpty()) {
      members.forEach(ClusterOptions::expectLoopback);
    }
    return members;
  }

  private static String named(List<Member> members) {
    return String.join(", ", members.stream().map(Member::name).toList());
  }

  /**
   * The node that a word describes.
   *
   * @param where the option or command, for errors
   * @throws IllegalArgumentException if the word describes none
   */
  static Member member(String where, String word) {
    Matcher found = MEMBER.matcher(word);
    if (!found.matches()) {
      throw new IllegalArgumentException(
          where
              + " expects NAME=HOST:PORT for each node, with commas between them, as in"
              + " n1=127.0.0.1:6381,n2=127.0.0.1:6382, and found '"
              + word
              + "'");
    }
    String name = part(found, "name");
    int port = port(where, word, part(found, "port"));
    String nodePort = part(found, "nodePort");
    if (nodePort.isEmpty() && port + NODE_PORT_OFFSET > MOST_PORT) {
      throw new IllegalArgumentException(
          "%s: %s has port %d, and there is no port %d for the other nodes: give it one, as"
                  .formatted(where, name, port, port + NODE_PORT_OFFSET)
              + " in "
              + word
              + "@16380");
    }
    String host = part(found, "host").replace("[", "").replace("]", "");
    return new Member(
        name,
        host,
        port,
        nodePort.isEmpty() ? port + NODE_PORT_OFFSET : port(where, word, nodePort));
  }

  /** A part of a match; empty if it is not there. */
  private static String part(Matcher found, String name) {
    return Objects.requireNonNullElse(found.group(name), "");
  }

  private static int port(String where, String word, String digits) {
    int port = Integer.parseInt(digits);
    if (port < 1 || port > MOST_PORT) {
      throw new IllegalArgumentException(
          where + " expects ports from 1 to 65535, and found '" + word + "'");
    }
    return port;
  }

  /** Without certificates, nodes have no way to know each other. */
  private static void expectLoopback(Member member) {
    InetAddress address = address(member);
    if (!address.isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "without --cluster-tls-cert, --cluster is for loopback addresses only, and %s is at %s: a"
                  .formatted(member.name(), address.getHostAddress())
              + " node without TLS trusts everybody who reaches its port");
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
