package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Three nodes of one log in this JVM, on loopback. A test's thread uses them. */
final class Nodes implements AutoCloseable {
  private final Object changes = new Object(); // notified when a node leads or follows
  private final Path directory;
  private final long snapshotAfter;
  private final Map<String, String> options;
  private final List<RaftConfig.Member> members;
  private final Map<String, Notebook> notebooks = new HashMap<>();
  private final Map<String, ReplicatedLog> open = new HashMap<>();

  Nodes(Path directory, long snapshotAfter, Map<String, String> options) throws IOException {
    this.directory = directory;
    this.snapshotAfter = snapshotAfter;
    this.options = options;
    this.members = members(names());
    for (RaftConfig.Member member : members) {
      notebooks.put(member.name(), new Notebook(changes));
      start(member.name());
    }
  }

  /** Nodes with free ports. */
  static List<RaftConfig.Member> members(List<String> names) throws IOException {
    var members = new ArrayList<RaftConfig.Member>();
    var ports = new ArrayList<ServerSocket>();
    for (String name : names) {
      var port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      ports.add(port);
      members.add(new RaftConfig.Member(name, "127.0.0.1", port.getLocalPort()));
    }
    for (ServerSocket port : ports) {
      port.close();
    }
    return members;
  }

  List<String> names() {
    return List.of("n1", "n2", "n3");
  }

  Notebook notebook(String name) {
    return notebooks.get(name);
  }

  ReplicatedLog log(String name) {
    return open.get(name);
  }

  Path directory(String name) {
    return directory.resolve(name);
  }

  void start(String name) throws IOException {
    var config = new RaftConfig(name, members, directory(name), 0, snapshotAfter, options);
    Notebook notebook = notebooks.get(name);
    open.put(name, ReplicatedLog.open(config, notebook, notebook));
  }

  void stop(String name) throws IOException {
    open.remove(name).close();
  }

  /** The disk of a stopped node is replaced by an empty one. */
  void replaceDisk(String name) throws IOException {
    notebooks.put(name, new Notebook(changes));
    Trees.delete(directory(name));
  }

  /** What a stopped node has applied is lost, as in a power loss. Its log stays. */
  void forget(String name) {
    notebooks.put(name, new Notebook(changes));
  }

  /** The name of the node that leads; waits until one does. */
  String leader() throws InterruptedException {
    synchronized (changes) {
      while (true) {
        for (String name : open.keySet()) {
          if (notebooks.get(name).leadership() != null) {
            return name;
          }
        }
        changes.wait();
      }
    }
  }

  String follower() throws InterruptedException {
    String leader = leader();
    return open.keySet().stream().filter(name -> !name.equals(leader)).sorted().findFirst().get();
  }

  /** Writes a line, at whatever node leads, until it is acknowledged. */
  void write(String line) throws Exception {
    while (true) {
      Leadership now = notebooks.get(leader()).leadership();
      if (now != null && isDone(now.propose(line.getBytes(UTF_8)))) {
        return;
      }
    }
  }

  /** Waits until every node that is open has this line. */
  void awaitEverywhere(String line) throws InterruptedException {
    for (String name : open.keySet()) {
      notebooks.get(name).await(notebook -> notebook.lines().contains(line));
    }
  }

  private static boolean isDone(CompletableFuture<Long> proposed) throws Exception {
    try {
      proposed.get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NotLeader) {
        return false;
      }
      throw e;
    }
  }

  @Nullable Throwable failure(String name) {
    return notebooks.get(name).failure();
  }

  /** All at once: each waits for a while. */
  @Override
  public void close() throws IOException {
    try (var closing = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String name : List.copyOf(open.keySet())) {
        var _ =
            closing.submit(
                () -> {
                  open.get(name).close();
                  return name;
                });
      }
    }
  }
}
