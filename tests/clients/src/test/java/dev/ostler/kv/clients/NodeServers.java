package dev.ostler.kv.clients;

import dev.ostler.kv.server.ServerJvm;
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
import java.util.stream.IntStream;

/**
 * The nodes of one store, each a server in a JVM of its own, as {@code ./kv serve --cluster} runs
 * it. Any thread may use it.
 */
final class NodeServers implements AutoCloseable {
  private static final List<String> NAMES = List.of("n1", "n2", "n3");

  private final Path directory;
  private final Map<String, Integer> ports = new TreeMap<>();
  private final String cluster;

  // Under this object's lock; it is notified of each change.
  private final Map<String, Process> running = new TreeMap<>();
  private final Map<String, String> leaders = new TreeMap<>(); // as each node says

  NodeServers(Path directory) throws IOException {
    this.directory = directory;
    List<Integer> free = freePorts(2 * NAMES.size());
    for (int i = 0; i < NAMES.size(); i++) {
      ports.put(NAMES.get(i), free.get(2 * i));
    }
    cluster =
        IntStream.range(0, NAMES.size())
            .mapToObj(
                i ->
                    "%s=127.0.0.1:%d@%d"
                        .formatted(NAMES.get(i), free.get(2 * i), free.get(2 * i + 1)))
            .collect(Collectors.joining(","));
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

  void start(String name) throws IOException {
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
            "dev.ostler.kv.server.cli.Main",
            "serve",
            "--cluster",
            cluster,
            "--node",
            name,
            "--data",
            directory.resolve(name).toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectError(Redirect.appendTo(new File(directory.toFile(), name + ".err")))
            .start();
    synchronized (this) {
      running.put(name, process);
    }
    Thread.ofVirtual().start(() -> listen(name, process));
  }

  private void listen(String name, Process process) {
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.endsWith(" leads")) {
          said(name, line.replaceFirst(" leads$", ""));
        }
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
