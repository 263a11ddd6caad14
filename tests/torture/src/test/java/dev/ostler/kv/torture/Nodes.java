package dev.ostler.kv.torture;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The three nodes of one store. The thread of the fault uses it. */
final class Nodes implements AutoCloseable {
  static final int COUNT = 3;

  private static final int NODE_PORT_OFFSET = 10_000;

  private final List<Node> nodes = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();

  /**
   * Starts the nodes of a new store.
   *
   * @param directory for all their files
   * @param server the command that takes the arguments of {@code kv}
   * @param kind what else is needed of them
   */
  Nodes(Ground ground, Path directory, Path server, Kind kind)
      throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = addresses(ground);
    var list = new ArrayList<String>();
    for (int i = 0; i < COUNT; i++) {
      InetSocketAddress each = addresses.get(i);
      list.add("n%d=%s:%d".formatted(i + 1, each.getHostString(), each.getPort()));
    }
    Files.createDirectories(directory);
    for (int i = 0; i < COUNT; i++) {
      Path own = directory.resolve("n" + (i + 1));
      Files.createDirectories(own);
      kind.prepare(own);
      var command = new ArrayList<>(ground.prefix(i + 1));
      command.addAll(
          List.of(
              server.toString(),
              "serve",
              "--cluster",
              String.join(",", list),
              "--node",
              "n" + (i + 1),
              "--data",
              own.resolve("data").toString()));
      nodes.add(
          new Node(
              i + 1,
              addresses.get(i),
              own.resolve("data"),
              directory.resolve("n" + (i + 1) + ".log"),
              command,
              kind.environment(own)));
    }
    for (Node node : nodes) {
      node.start();
    }
  }

  /** What a fault needs of its nodes. */
  interface Kind {
    /** Nothing. */
    Kind PLAIN = _ -> {};

    /** Does something with the directory around a node's. */
    void prepare(Path place) throws IOException, InterruptedException;

    /** For the JVM of a node. */
    default Map<String, String> environment(Path place) throws IOException {
      return Map.of();
    }
  }

  private static List<InetSocketAddress> addresses(Ground ground) throws IOException {
    var addresses = new ArrayList<InetSocketAddress>();
    for (int i = 1; i <= COUNT; i++) {
      addresses.add(new InetSocketAddress(ground.address(i), freePort()));
    }
    return addresses;
  }

  /** A port that is free, as the one for the other nodes is. */
  private static int freePort() throws IOException {
    while (true) {
      try (var one = new ServerSocket(0)) {
        int port = one.getLocalPort() - NODE_PORT_OFFSET;
        try (var two = new ServerSocket(port)) {
          return two.getLocalPort();
        }
      } catch (IOException | IllegalArgumentException e) {
        // Another one.
      }
    }
  }

  List<Node> all() {
    return nodes;
  }

  /** The node that leads; waits until one does. */
  Node leader() throws InterruptedException {
    try (var client = new Patient(nodes)) {
      return client.whoAnswers();
    }
  }

  List<Node> followers() throws InterruptedException {
    Node leader = leader();
    return nodes.stream().filter(node -> node != leader).toList();
  }

  /**
   * Waits until all three have all that was acknowledged. A node that has ended by itself is
   * complained about, and started again.
   */
  void awaitWhole() throws IOException, InterruptedException {
    var patience = new Patience(120);
    try (var client = new Patient(nodes)) {
      while (true) {
        for (Node node : nodes) {
          if (!node.isUp()) {
            complain(node.name() + " has ended by itself:\n" + node.lastWords());
            node.start();
          }
        }
        Object _ = client.ask("SET", "whole", "yes");
        Client.Answer others = client.once("WAIT", "" + (COUNT - 1), "500"); // of the same leader
        if (others instanceof Client.Answer.Done(Long reached, _) && reached == COUNT - 1) {
          return;
        }
        if (patience.isOver()) {
          throw new Patient.Stuck("a node has not caught up for two minutes");
        }
      }
    }
  }

  void complain(String what) {
    complaints.add(what);
  }

  /** What has happened that should not, and is no loss. */
  List<String> complaints() {
    return complaints;
  }

  @Override
  public void close() throws InterruptedException {
    for (Node node : nodes) {
      node.kill();
    }
  }
}
