package dev.ostler.kv.raft;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvException;
import dev.ostler.kv.rocksdb.RocksEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** The nodes of one store in this JVM, on loopback. A test's thread uses them. */
final class KvNodes implements AutoCloseable {
  private final Object changes = new Object(); // notified when a node opens or closes its store
  private final Path directory;
  private final Map<String, String> options = new HashMap<>();
  private final List<RaftConfig.Member> members;
  private final Map<String, KvNode> open = new TreeMap<>();

  KvNodes(Path directory, Map<String, String> options, String... names) throws IOException {
    this.directory = directory;
    this.options.put("raft.server.rpc.first-election.timeout.min", "20ms");
    this.options.put("raft.server.rpc.first-election.timeout.max", "100ms");
    this.options.putAll(options);
    this.members = Nodes.members(names.length == 0 ? List.of("n1", "n2", "n3") : List.of(names));
    for (RaftConfig.Member member : members) {
      start(member.name());
    }
  }

  void start(String name) throws IOException {
    start(config(name, members));
  }

  /** Starts a node that is not a member yet. */
  RaftConfig.Member startJoining(String name) throws IOException {
    RaftConfig.Member joining = Nodes.members(List.of(name)).getFirst();
    var all = new ArrayList<>(members);
    all.add(joining);
    start(config(name, all).joining());
    return joining;
  }

  private RaftConfig config(String name, List<RaftConfig.Member> all) {
    Path log = directory.resolve(name).resolve("log");
    return new RaftConfig(name, all, log, 0, Long.MAX_VALUE, options);
  }

  private void start(RaftConfig config) throws IOException {
    Path own = directory.resolve(config.node());
    open.put(
        config.node(),
        KvNode.open(
            config,
            own.resolve("data"),
            new RocksEngine(),
            kv -> kv,
            _ -> {
              synchronized (changes) {
                changes.notifyAll();
              }
            }));
  }

  void stop(String name) throws IOException {
    open.remove(name).close();
  }

  KvNode node(String name) {
    return open.get(name);
  }

  /** The name of the node that leads; waits until one does. */
  String leader() throws InterruptedException {
    synchronized (changes) {
      while (true) {
        for (var node : open.entrySet()) {
          if (node.getValue().kv().isPresent()) {
            return node.getKey();
          }
        }
        changes.wait();
      }
    }
  }

  void awaitNoLeader() throws InterruptedException {
    synchronized (changes) {
      while (open.values().stream().anyMatch(node -> node.kv().isPresent())) {
        changes.wait();
      }
    }
  }

  /** Does something with the store of the leader, and again if that ceases to lead meanwhile. */
  void run(Consumer<Kv> something) throws InterruptedException {
    while (true) {
      Kv kv = open.get(leader()).kv().orElse(null);
      try {
        if (kv != null) {
          something.accept(kv);
          return;
        }
      } catch (KvException e) {
        // It may be done or not, and is done again.
      }
    }
  }

  /** Has a node lead. It is asked for again if the old leader was elected once more in between. */
  void lead(String node) throws InterruptedException {
    for (String now = leader(); !now.equals(node); now = leader()) {
      try {
        open.get(now).transfer(node).get();
      } catch (ExecutionException e) {
        // Another election came first.
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (var closing = Executors.newVirtualThreadPerTaskExecutor()) {
      for (KvNode node : List.copyOf(open.values())) {
        var _ =
            closing.submit(
                () -> {
                  node.close();
                  return node;
                });
      }
    }
  }
}
