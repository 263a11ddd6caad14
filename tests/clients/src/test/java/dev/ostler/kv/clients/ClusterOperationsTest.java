package dev.ostler.kv.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.cli.Ran;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kv cluster}, on three servers to which a client writes meanwhile. Its steps follow one
 * another as long as nobody is elected in between, which a busy machine does not promise: so it
 * runs only if it is asked for.
 */
@EnabledIfSystemProperty(
    named = "dev.ostler.operations",
    matches = "true",
    disabledReason =
        "an election in between changes what follows: -Ddev.ostler.operations=true runs it")
class ClusterOperationsTest {
  private static final int BETWEEN = 20; // writes between two steps

  @TempDir Path directory;

  private final Object changes = new Object(); // notified of each acknowledged write

  // Under that lock.
  private final List<String> acknowledged = new ArrayList<>();
  private boolean enough;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES) // four JVMs, beside others
  void members_come_and_go_and_what_was_acknowledged_stays() throws Exception {
    try (ExecutorService threads = Executors.newCachedThreadPool();
        var nodes = new NodeServers(directory)) {
      Future<?> writing = threads.submit(() -> write(nodes));
      try {
        change(nodes);
      } finally {
        synchronized (changes) {
          enough = true;
        }
        threads.shutdownNow(); // the writer may wait for a leader
      }
      writing.get();
      assertThat(lost(nodes)).as("acknowledged, and lost").isEmpty();
    }
  }

  private void change(NodeServers nodes) throws Exception {
    String first = nodes.leader();
    nodes.awaitFollowersOf(first);
    awaitWrites();
    String second = nodes.others(first).getFirst();
    String third = nodes.others(first).getLast();

    Ran status = nodes.cluster(second, "status");
    while (!status.out().contains(" leads, in term ")) { // on a busy machine, elections come and go
      status = nodes.cluster(second, "status");
    }
    assertThat(status.out()).contains(first + " leads, in term ", "3 nodes, of which 2 must be up");
    assertThat(status.code()).isZero();
    expect(nodes.cluster(third, "snapshot"), 0, third + " has a snapshot, up to entry ");
    expect(nodes.cluster(second, "remove", "n9"), 1, "REMOVE expects one of ", "found 'n9'");
    expect(nodes.cluster(second, "add", nodes.place(third)), 1, third + " is a member already");

    String four = NodeServers.NEW;
    String place = nodes.place(four);
    expect(nodes.cluster(second, "add", place), 1, "the new node did not answer");
    nodes.startNew();
    nodes.awaitLine("n4 waits to be added");
    expect(nodes.cluster(second, "add", place, "--dry-run"), 0, "n4 would be added");
    assertThat(nodes.cluster(second, "status").out()).contains("3 nodes");
    expect(
        nodes.cluster(second, "add", place),
        0,
        "n4 is added; members: n1, n2, n3, n4, of which 3 must be up");
    awaitWrites();

    expect(nodes.cluster(second, "transfer", four, "--dry-run"), 0, "n4 would lead");
    expect(nodes.cluster(second, "transfer", four), 0, "n4 leads");
    awaitWrites();

    expect(nodes.cluster(second, "remove", first), 0, first + " is removed; members: ");
    assertThat(nodes.awaitEnd(first)).as("the exit code of a node that was removed").isZero();
    nodes.awaitLine(first + " is no member any more, and ends");
    awaitWrites();

    expect(nodes.cluster(second, "remove", four, "--dry-run"), 0, "then n4 would be removed");
    expect(nodes.cluster(second, "remove", four), 0, " leads", "n4 is removed; members: ");
    assertThat(nodes.awaitEnd(four)).isZero();
    awaitWrites();

    nodes.kill(third);
    nodes.start(third); // of two nodes, both must be up
    awaitWrites();
  }

  private static void expect(Ran ran, int code, String... words) {
    assertThat(ran.out() + ran.err()).contains(words);
    assertThat(ran.code()).as(ran.toString()).isEqualTo(code);
  }

  // --- The client

  /** Writes until it is enough, each value until it is acknowledged. */
  private void write(NodeServers nodes) {
    int next = 0;
    while (goesOn()) {
      try (NodeClients.Writer writer = NodeClients.PLAIN_JEDIS.connect(nodes)) {
        while (goesOn()) {
          String key = "key" + next;
          writer.set(key, key);
          next++;
          acknowledge(key);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // The leader has changed: the value is written again.
      }
    }
  }

  private boolean goesOn() {
    synchronized (changes) {
      return !enough;
    }
  }

  private void acknowledge(String key) {
    synchronized (changes) {
      acknowledged.add(key);
      changes.notifyAll();
    }
  }

  private void awaitWrites() throws InterruptedException {
    synchronized (changes) {
      int wanted = acknowledged.size() + BETWEEN;
      while (acknowledged.size() < wanted) {
        changes.wait();
      }
    }
  }

  private List<String> lost(NodeServers nodes) throws InterruptedException {
    try (NodeClients.Writer reader = NodeClients.PLAIN_JEDIS.connect(nodes)) {
      System.out.println(acknowledged.size() + " acknowledged writes meanwhile");
      return acknowledged.stream().filter(key -> !key.equals(reader.get(key))).toList();
    }
  }
}
