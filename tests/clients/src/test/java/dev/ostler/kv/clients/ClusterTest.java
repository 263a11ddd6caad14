package dev.ostler.kv.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/** A store on three nodes, each a server of its own, and the clients that people have. */
class ClusterTest {
  private static final int WRITES = 40; // of each client, before the leader's death and after it
  private static final int LAST_SLOT = 16_383;
  private static final int MILLIS = 60_000; // on a busy machine

  @TempDir Path directory;

  @Test
  void clients_go_through_the_death_of_the_leader() throws Exception {
    try (ExecutorService threads = Executors.newCachedThreadPool();
        var nodes = new NodeServers(directory)) {
      try {
        goThrough(nodes, threads);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static void goThrough(NodeServers nodes, ExecutorService threads) throws Exception {
    String first = nodes.leader();
    nodes.awaitFollowersOf(first);
    everyNodeSaysWhoLeads(nodes, first);

    var before = new CountDownLatch(NodeClients.values().length);
    var killed = new CountDownLatch(1);
    var writing = new ArrayList<Future<Outcome>>();
    for (NodeClients client : NodeClients.values()) {
      writing.add(threads.submit(() -> write(client, nodes, before, killed)));
    }
    before.await();
    nodes.kill(first);
    long begun = System.nanoTime();
    killed.countDown();
    String second = nodes.leader();
    System.out.printf(
        "the next leader was there %d ms after the death of the first%n",
        (System.nanoTime() - begun) / 1_000_000);
    for (Future<Outcome> one : writing) {
      Outcome outcome = one.get();
      System.out.println(outcome);
      assertThat(outcome.lost()).as("acknowledged to %s, and lost", outcome.client()).isEmpty();
    }
    assertThat(second).isNotEqualTo(first);

    nodes.start(first);
    nodes.awaitFollowersOf(second);
    everyNodeSaysWhoLeads(nodes, second);
    assertThat(nodes.stop(second)).as("the exit code of a node after SIGTERM").isZero();
    try (Jedis jedis = jedis(nodes, nodes.leader())) {
      assertThat(jedis.get("PLAIN_JEDIS:0")).isEqualTo("0");
    }
  }

  /** What became of one client's writes. */
  private record Outcome(NodeClients client, List<String> errors, List<String> lost) {
    @Override
    public String toString() {
      Map<String, Long> counts =
          errors.stream().collect(Collectors.groupingBy(error -> error, Collectors.counting()));
      return client + ": " + 2 * WRITES + " writes, errors before a retry: " + counts;
    }
  }

  /** Writes before the death and after it, each until it is acknowledged; then reads all of it. */
  private static Outcome write(
      NodeClients client, NodeServers nodes, CountDownLatch before, CountDownLatch killed)
      throws Exception {
    var errors = new ArrayList<String>();
    var lost = new ArrayList<String>();
    NodeClients.Writer writer = connect(client, nodes, errors);
    try {
      for (int i = 0; i < 2 * WRITES; i++) {
        if (i == WRITES) {
          before.countDown();
          killed.await();
        }
        String key = client + ":" + i;
        String value = Integer.toString(i);
        writer = again(client, nodes, writer, errors, each -> each.set(key, value));
      }
      for (int i = 0; i < 2 * WRITES; i++) {
        String key = client + ":" + i;
        String value = Integer.toString(i);
        writer =
            again(
                client,
                nodes,
                writer,
                errors,
                each -> {
                  if (!value.equals(each.get(key))) {
                    lost.add(key);
                  }
                });
      }
    } finally {
      writer.close();
    }
    return new Outcome(client, errors, lost);
  }

  /** What is done with a connection. */
  private interface Step {
    void with(NodeClients.Writer writer);
  }

  /** Does it again, with a new connection, until it succeeds; returns the connection. */
  private static NodeClients.Writer again(
      NodeClients client,
      NodeServers nodes,
      NodeClients.Writer first,
      List<String> errors,
      Step step)
      throws InterruptedException {
    NodeClients.Writer writer = first;
    while (true) {
      try {
        step.with(writer);
        return writer;
      } catch (RuntimeException e) {
        errors.add(words(e));
        writer.close();
        writer = connect(client, nodes, errors);
      }
    }
  }

  private static NodeClients.Writer connect(
      NodeClients client, NodeServers nodes, List<String> errors) throws InterruptedException {
    while (true) {
      String _ = nodes.leader(); // there is one
      try {
        return client.connect(nodes);
      } catch (RuntimeException e) {
        errors.add(words(e));
      }
    }
  }

  private static String words(RuntimeException error) {
    return error.getClass().getSimpleName()
        + ": "
        + String.valueOf(error.getMessage()).replaceAll("\\d{2,}", "N");
  }

  private static Jedis jedis(NodeServers nodes, String name) {
    return new Jedis("127.0.0.1", nodes.port(name), MILLIS);
  }

  /** What nodes answer that lead, and that do not. */
  private static void everyNodeSaysWhoLeads(NodeServers nodes, String leader) {
    String address = "127.0.0.1:" + nodes.port(leader);
    try (Jedis jedis = jedis(nodes, leader)) {
      assertThat(jedis.set("shopping", "milk")).isEqualTo("OK");
      assertThat(jedis.waitReplicas(2, MILLIS)).isEqualTo(2);
      assertThat(role(jedis)).startsWith("master").hasSize(3);
      assertThat(jedis.info("replication")).contains("role:master", "connected_slaves:2");
      assertThat(jedis.clusterInfo()).contains("cluster_state:ok", "cluster_size:1");
      assertThat(jedis.clusterNodes()).contains(address, "myself,master", " 0-" + LAST_SLOT);
    }
    var ids = new HashMap<String, String>();
    for (String follower : nodes.others(leader)) {
      try (Jedis jedis = jedis(nodes, follower)) {
        assertThat(jedis.ping()).isEqualTo("PONG");
        assertThatThrownBy(() -> jedis.get("shopping"))
            .isInstanceOf(JedisMovedDataException.class)
            .hasMessage("MOVED " + jedis.clusterKeySlot("shopping") + " " + address);
        assertThatThrownBy(jedis::dbSize).hasMessage("MOVED 0 " + address);
        assertThat((byte[]) jedis.sendCommand(Command.MULTI)).asString(UTF_8).isEqualTo("OK");
        assertThatThrownBy(() -> jedis.sendCommand(Command.GET, "shopping"))
            .hasMessageContaining("MOVED");
        assertThatThrownBy(() -> jedis.sendCommand(Command.EXEC)).hasMessageContaining("EXECABORT");
        assertThat(role(jedis))
            .startsWith("slave", "127.0.0.1", (long) nodes.port(leader), "connected");
        assertThat(jedis.info("replication"))
            .contains("role:slave", "master_port:" + nodes.port(leader), "master_link_status:up");
        assertThat(jedis.clusterSlots()).hasSize(1);
        ids.put(follower, jedis.clusterMyId());
      }
    }
    assertThat(ids).hasSize(2).doesNotContainValue("");
  }

  private static List<Object> role(Jedis jedis) {
    return jedis.role();
  }
}
