package dev.ostler.kv.torture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All that happens to nodes. Pure values, and files; the thread of the fault uses them. */
final class Faults {
  /**
   * One kind of fault.
   *
   * @param missing what is missing here to try it; empty if nothing is
   * @param what what happens to the nodes in one round, until all is well again
   */
  record Fault(String name, Nodes.Kind kind, Missing missing, What what) {}

  /** What is missing to try a fault; empty if nothing is. */
  interface Missing {
    Optional<String> on(Ground ground) throws InterruptedException;
  }

  /** What happens in one round. */
  interface What {
    void happens(Round round) throws IOException, InterruptedException;
  }

  private static final int SMALL_DISK_MEGABYTES = 160;
  private static final int OLD_WRITES = 200;
  private static final String BALLAST = "ballast";
  private static final String CLOCK = "clock";

  /** Moves the clock of a JVM that is started with it; the command has compiled it, if it can. */
  private static final @Nullable String MOVABLE_CLOCK = System.getProperty("torture.clock");

  private Faults() {}

  /** All, in the order in which they are tried. */
  static List<Fault> all() {
    return List.of(
        plain("kill-leader", Faults::killLeader),
        plain("kill-follower", round -> killAndStart(round, round.follower())),
        plain("kill-all", Faults::killAll),
        plain("stop-leader", Faults::suspendLeader),
        plain("stop-follower", round -> suspend(round, round.follower())),
        wired("halves", Faults::halves),
        wired("deaf", round -> oneWay(round, false)),
        wired("mute", round -> oneWay(round, true)),
        wired("ring", Faults::ring),
        wired("bridge", Faults::bridge),
        wired(
            "delay",
            round -> slow(round, () -> round.wires().delay(20 + round.random().nextInt(180)))),
        wired(
            "loss",
            round ->
                slow(round, () -> round.wires().lose(0.05 + round.random().nextDouble() * 0.25))),
        clock(),
        sync(1),
        sync(2),
        sync(3),
        full(1),
        full(2),
        full(3),
        plain("old-files", Faults::oldFiles),
        plain("no-files", Faults::noFiles),
        plain("bad-files", Faults::badFiles));
  }

  private static Fault plain(String name, What what) {
    return new Fault(name, Nodes.Kind.PLAIN, _ -> Optional.empty(), what);
  }

  /** A fault of the network. */
  private static Fault wired(String name, What what) {
    return new Fault(
        name,
        Nodes.Kind.PLAIN,
        ground ->
            ground.wires().isPresent()
                ? Optional.empty()
                : Optional.of("there is no network between nodes on loopback"),
        round -> {
          try {
            what.happens(round);
          } finally {
            round.wires().repair();
          }
        });
  }

  // --- Processes

  private static void killLeader(Round round) throws IOException, InterruptedException {
    Node leader = round.leader();
    round.struck(List.of(leader));
    leader.kill();
    round.load().awaitBack();
    leader.start();
  }

  private static void killAndStart(Round round, Node node)
      throws IOException, InterruptedException {
    node.kill();
    round.pause(0.1, 1);
    node.start();
  }

  private static void killAll(Round round) throws IOException, InterruptedException {
    for (Node node : round.all()) {
      node.kill();
    }
    round.struck(List.of());
    for (Node node : round.all()) {
      node.start();
      round.pause(0, 0.3);
    }
    round.load().awaitBack();
  }

  private static void suspendLeader(Round round) throws IOException, InterruptedException {
    Node leader = round.leader();
    round.struck(List.of(leader));
    suspend(round, leader);
    round.load().awaitBack();
  }

  private static void suspend(Round round, Node node) throws IOException, InterruptedException {
    node.suspend();
    try {
      round.pause(1, round.mostSeconds());
    } finally {
      node.resume();
    }
  }

  // --- The network

  /** The leader on one side, the others on the other one. */
  private static void halves(Round round) throws InterruptedException {
    Node leader = round.leader();
    round.struck(List.of(leader));
    for (Node other : round.all()) {
      if (other != leader) {
        round.wires().cutBoth(leader.number(), other.number());
      }
    }
    round.pause(1, 5);
  }

  /** The leader hears nobody, or nobody hears it. */
  private static void oneWay(Round round, boolean mute) throws InterruptedException {
    Node leader = round.leader();
    round.struck(List.of(leader));
    for (Node other : round.all()) {
      if (other != leader) {
        round
            .wires()
            .cut(mute ? leader.number() : other.number(), mute ? other.number() : leader.number());
      }
    }
    round.pause(1, 5);
  }

  /** Each one hears only the one before it: no two can talk with each other. */
  private static void ring(Round round) {
    for (int node = 1; node <= Nodes.COUNT; node++) {
      round.wires().cut(node, node == 1 ? Nodes.COUNT : node - 1);
    }
    round.pause(1, 5);
  }

  /** The leader and one other cannot talk with each other; the third one can with both. */
  private static void bridge(Round round) throws InterruptedException {
    round.wires().cutBoth(round.leader().number(), round.follower().number());
    round.pause(1, 5);
  }

  private static void slow(Round round, Runnable slower) {
    slower.run();
    round.pause(2, 5);
  }

  // --- Clocks

  /** A clock that jumps by an hour, of one node or all; that which no clock sets goes on. */
  private static Fault clock() {
    Nodes.Kind kind =
        new Nodes.Kind() {
          @Override
          public void prepare(Path place) throws IOException {
            Files.writeString(place.resolve(CLOCK), "0\n");
          }

          @Override
          public Map<String, String> environment(Path place) {
            return Map.of(
                "LD_PRELOAD",
                Objects.requireNonNull(MOVABLE_CLOCK),
                "CLOCK_FILE",
                place.resolve(CLOCK).toString());
          }
        };
    return new Fault(
        "clock",
        kind,
        _ ->
            MOVABLE_CLOCK != null
                ? Optional.empty()
                : Optional.of("there is no cc, which compiles a clock that can be moved"),
        round -> {
          List<Node> moved = round.some(1 + round.number() % Nodes.COUNT);
          String by = round.random().nextBoolean() ? "3600\n" : "-3600\n";
          for (Node node : moved) {
            Files.writeString(node.data().resolveSibling(CLOCK), by);
          }
          round.pause(2, 4);
          for (Node node : moved) {
            Files.writeString(node.data().resolveSibling(CLOCK), "0\n");
          }
          round.pause(1.5, 2);
        });
  }

  // --- Disks

  /** Every sync of so many nodes fails, until they are started again. */
  private static Fault sync(int count) {
    return new Fault(
        "eio-" + count,
        Nodes.Kind.PLAIN,
        _ ->
            Shell.has("strace")
                ? Optional.empty()
                : Optional.of("there is no strace, which makes syncs fail"),
        round -> {
          List<Node> nodes = round.some(count);
          round.struck(nodes);
          var tracers = new ArrayList<Process>();
          for (Node node : nodes) {
            tracers.add(
                new ProcessBuilder(
                        "strace",
                        "-qq",
                        "-f",
                        "-p",
                        "" + node.pid(),
                        "-o",
                        "/dev/null",
                        "-e",
                        "trace=fsync,fdatasync",
                        "-e",
                        "inject=fsync,fdatasync:error=EIO")
                    .redirectErrorStream(true)
                    .redirectOutput(node.data().resolveSibling("strace.log").toFile())
                    .start());
          }
          for (Node node : nodes) {
            round.expectEnd(node, "syncs that fail");
          }
          for (Process tracer : tracers) {
            tracer.destroy();
            tracer.waitFor();
          }
          startAgain(round, nodes);
        });
  }

  private static void startAgain(Round round, List<Node> nodes)
      throws IOException, InterruptedException {
    if (nodes.size() * 2 < Nodes.COUNT) {
      round.load().awaitBack();
    }
    for (Node node : nodes) {
      node.start();
    }
  }

  /** The disk of so many nodes becomes full, and has room again later. */
  private static Fault full(int count) {
    return new Fault(
        "full-" + count,
        place -> Shell.run("mount -t tmpfs -o size=" + SMALL_DISK_MEGABYTES + "m tmpfs " + place),
        ground ->
            ground.wires().isPresent()
                ? Optional.empty()
                : Optional.of("small disks are mounted only beside network namespaces"),
        round -> {
          List<Node> nodes = round.some(count);
          round.struck(nodes);
          for (Node node : nodes) {
            fill(node.data().resolveSibling(BALLAST));
          }
          if (count == 1) {
            round.expectEnd(nodes.getFirst(), "a full disk");
            round.load().awaitBack();
          } else {
            for (Node node : nodes) { // nothing is written while nobody leads, and so none need end
              if (!node.hasEndedWithin(10)) {
                node.kill();
              }
            }
          }
          for (Node node : nodes) {
            Files.delete(node.data().resolveSibling(BALLAST));
            node.start();
          }
        });
  }

  private static void fill(Path ballast) {
    byte[] block = new byte[1 << 12];
    try (var out = Files.newOutputStream(ballast)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      // It is full.
    }
  }

  /** A follower comes back with the files that it had a while ago, as from a backup. */
  private static void oldFiles(Round round) throws IOException, InterruptedException {
    Node node = round.follower();
    Path old = node.data().resolveSibling("old");
    node.stop();
    copy(node.data(), old);
    node.start();
    round.awaitWhole();
    round.load().await(OLD_WRITES);
    node.kill();
    delete(node.data());
    Files.move(old, node.data());
    node.start();
    restartLeader(round);
  }

  /**
   * A leader does not send anew what a node has said that it has. The next one does: so whoever
   * brings back a node without its latest files restarts the one that leads.
   */
  private static void restartLeader(Round round) throws IOException, InterruptedException {
    Node leader = round.leader();
    leader.stop();
    leader.start();
  }

  /** A node, whichever, comes back without its files, when the others are up. */
  private static void noFiles(Round round) throws IOException, InterruptedException {
    Node node = round.some(1).getFirst();
    node.kill();
    delete(node.data());
    round.load().await(1); // the others have a leader
    node.start();
    restartLeader(round);
  }

  /** One file of a node is damaged while it is down. If it refuses to start, it begins anew. */
  private static void badFiles(Round round) throws IOException, InterruptedException {
    Node node = round.some(1).getFirst();
    node.kill();
    List<Path> files;
    try (Stream<Path> all = Files.walk(node.data())) {
      files = all.filter(Files::isRegularFile).filter(Faults::hasBytes).sorted().toList();
    }
    Path file = files.get(round.random().nextInt(files.size()));
    byte[] bytes = Files.readAllBytes(file);
    int used = bytes.length;
    while (used > 1 && bytes[used - 1] == 0) {
      used--; // logs have room after their end
    }
    int at = round.random().nextInt(used);
    bytes[at] ^= (byte) (1 + round.random().nextInt(255));
    Files.write(file, bytes);
    round.load().await(1);
    node.start();
    if (!isReady(node)) {
      String words = node.said();
      if (words.isBlank()) {
        round.complain(node.name() + " does not say why it does not start: " + file);
      }
      Files.writeString(
          node.data().resolveSibling("refusals.txt"),
          file + " at " + at + ":\n" + words + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      delete(node.data());
      node.start();
      restartLeader(round);
    }
  }

  /** Waits until a node is ready; false if it has ended instead. */
  private static boolean isReady(Node node) throws IOException, InterruptedException {
    while (!node.said().contains("\nready in ")) {
      if (node.hasEndedWithin(1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasBytes(Path file) {
    try {
      return Files.size(file) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static void copy(Path from, Path to) throws IOException, InterruptedException {
    Shell.run("cp", "-r", from.toString(), to.toString());
  }

  private static void delete(Path tree) throws IOException, InterruptedException {
    Shell.run("rm", "-r", tree.toString());
  }
}
