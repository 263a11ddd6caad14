package dev.ostler.kv.clients;

import dev.ostler.kv.server.ServerJvm;
import dev.ostler.kv.server.cli.Ran;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The nodes of one store, each a server in a JVM of its own, as {@code ./kv serve --cluster} runs
 * it. Any thread may use it.
 */
final class NodeServers implements AutoCloseable {
  private static final List<String> NAMES = List.of("n1", "n2", "n3");

  /** Not one of the first members. */
  static final String NEW = "n4";

  private final Path directory;
  private final Map<String, Integer> ports = new TreeMap<>();
  private final Map<String, String> places = new TreeMap<>(); // as in --cluster
  private final String[] options;

  // Under this object's lock; it is notified of each change.
  private final Map<String, Process> running = new TreeMap<>();
  private final Map<String, String> leaders = new TreeMap<>(); // as each node says
  private final List<String> lines = new ArrayList<>(); // of all nodes

  /** Starts three nodes, with more options of {@code kv serve}. */
  NodeServers(Path directory, String... options) throws IOException {
    this.directory = directory;
    this.options = options;
    List<String> all = Stream.concat(NAMES.stream(), Stream.of(NEW)).toList();
    List<Integer> free = freePorts(2 * all.size());
    for (int i = 0; i < all.size(); i++) {
      String name = all.get(i);
      ports.put(name, free.get(2 * i));
      places.put(name, "%s=127.0.0.1:%d@%d".formatted(name, free.get(2 * i), free.get(2 * i + 1)));
    }
    for (String name : NAMES) {
      start(name);
    }
  }

  private static List<Integer> freePorts(int count) throws IOException {
    var sockets = new ArrayList<ServerSocket>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private static List<String> kv(String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServerJvm.OPTIONS);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.ostler.kv.server.cli.Main"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs {@code kv cluster}, and asks this node. */
  Ran cluster(String node, Object... arguments) {
    var words = new ArrayList<Object>(List.of("cluster"));
    words.addAll(List.of(arguments));
    words.addAll(List.of("--port", port(node)));
    return Ran.kv(words.toArray());
  }

  /** Where a node is, as in {@code --cluster}. */
  String place(String name) {
    return places.get(name);
  }

  /** Starts one of the first members. */
  void start(String name) throws IOException {
    startWith(name, options);
  }

  /** Starts a node that waits until it is added. */
  void startNew() throws IOException {
    var more = new ArrayList<>(List.of(options));
    more.add("--join");
    start(NEW, List.copyOf(places.keySet()), more);
  }

  /** Starts one of the first members with other options than all the others have. */
  void startWith(String name, String... other) throws IOException {
    start(name, NAMES, List.of(other));
  }

  private void start(String name, List<String> list, List<String> more) throws IOException {
    var command =
        kv(
            "serve",
            "--cluster",
            list.stream().map(places::get).collect(Collectors.joining(",")),
            "--node",
            name,
            "--data",
            directory.resolve(name).toString());
    command.addAll(more);
    Process process =
        new ProcessBuilder(command).redirectError(Redirect.appendTo(errors(name))).start();
    synchronized (this) {
      running.put(name, process);
    }
    Thread.ofVirtual().start(() -> listen(name, process));
  }

  private void listen(String name, Process process) {
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.contains(" leads")) {
          said(name, line.replaceFirst(" leads.*", ""));
        }
        heard(name + ": " + line);
      }
    } catch (IOException e) {
      // It was killed.
    }
    said(name, "no node");
  }

  private synchronized void said(String name, String leader) {
    leaders.put(name, leader);
    notifyAll();
  }

  private synchronized void heard(String line) {
    lines.add(line);
    notifyAll();
  }

  /** Waits until a node has said a line that contains these words. */
  synchronized void awaitLine(String words) throws InterruptedException {
    while (lines.stream().noneMatch(line -> line.contains(words))) {
      wait();
    }
  }

  /** What a node has written to its standard error. */
  File errors(String name) {
    return new File(directory.toFile(), name + ".err");
  }

  /** The node that says of itself that it leads; waits until one does. */
  synchronized String leader() throws InterruptedException {
    while (true) {
      for (String name : running.keySet()) {
        if (name.equals(leaders.get(name))) {
          return name;
        }
      }
      wait();
    }
  }

  /** Waits until all nodes that run say that this one leads. */
  synchronized void awaitFollowersOf(String leader) throws InterruptedException {
    while (!running.keySet().stream().allMatch(name -> leader.equals(leaders.get(name)))) {
      wait();
    }
  }

  /** Waits until all nodes that run say that the same one of them leads. */
  synchronized void awaitAgreement() throws InterruptedException {
    while (true) {
      String one = leaders.get(running.keySet().iterator().next());
      if (running.containsKey(String.valueOf(one))
          && running.keySet().stream()
              .allMatch(name -> String.valueOf(one).equals(leaders.get(name)))) {
        return;
      }
      wait();
    }
  }

  int port(String name) {
    return ports.get(name);
  }

  List<Integer> ports() {
    return List.copyOf(ports.values());
  }

  List<String> others(String name) {
    return NAMES.stream().filter(each -> !each.equals(name)).toList();
  }

  /** Ends a node as {@code kill -9} does. */
  void kill(String name) {
    end(name).destroyForcibly();
  }

  /** Waits until a node ends by itself; returns its exit code. */
  int awaitEnd(String name) throws InterruptedException {
    Process process;
    synchronized (this) {
      process = running.get(name);
    }
    int code = process.waitFor();
    end(name);
    return code;
  }

  /** Ends a node as {@code kill} does; returns its exit code. */
  int stop(String name) throws InterruptedException {
    Process ended = end(name);
    ended.destroy();
    return ended.waitFor();
  }

  private synchronized Process end(String name) {
    leaders.remove(name);
    return running.remove(name);
  }

  @Override
  public synchronized void close() {
    running.values().forEach(Process::destroyForcibly);
    running.values().forEach(process -> process.onExit().join()); // it writes no more files
  }
}
