package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvException;
import dev.ostler.kv.rocksdb.RocksEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store on three nodes. */
class KvNodeTest {
  @TempDir Path directory;

  @Test
  void what_was_acknowledged_is_there_after_the_leader_has_stopped() throws Exception {
    try (var nodes = new KvNodes(directory, Map.of())) {
      nodes.run(kv -> kv.create("b").put("k", "1"));
      String first = nodes.leader();
      nodes.run(kv -> kv.create("b").put("l", "2"));
      nodes.run(kv -> kv.delete("b"));
      nodes.run(kv -> kv.create("c").put("k", "3"));
      nodes.stop(first);

      nodes.run(
          kv -> {
            assertThat(kv.names()).containsExactly("c");
            assertThat(kv.create("c").entries()).isEqualTo(Map.of("k", "3"));
          });
      assertThat(nodes.leader()).isNotEqualTo(first);
    }
  }

  @Test
  void a_node_that_ceases_to_lead_closes_its_store_and_acknowledges_nothing() throws Exception {
    try (var nodes =
        new KvNodes(
            directory,
            Map.of("raft.server.rpc.timeout.min", "1s", "raft.server.rpc.timeout.max", "2s"))) {
      nodes.run(kv -> kv.create("b").put("k", "1"));
      String leader = nodes.leader();
      Kv kv = nodes.node(leader).kv().orElseThrow();
      for (String other : List.of("n1", "n2", "n3")) {
        if (!other.equals(leader)) {
          nodes.stop(other);
        }
      }

      assertThatThrownBy(() -> kv.create("b").put("k", "2")).isInstanceOf(KvException.class);
      nodes.awaitNoLeader();
      assertThat(nodes.node(leader).kv()).isEmpty();
    }
  }

  @Test
  void another_node_leads_when_the_leader_hands_over() throws Exception {
    try (var nodes = new KvNodes(directory, Map.of())) {
      nodes.run(kv -> kv.create("b").put("k", "1"));
      String first = nodes.leader();
      String next = first.equals("n1") ? "n2" : "n1";

      nodes.lead(next);

      nodes.run(kv -> assertThat(kv.create("b").get("k")).contains("1"));
      assertThat(nodes.node(first).kv()).isEmpty();
      assertThatThrownBy(nodes.node(first).transfer(next)::get).hasCauseInstanceOf(NotLeader.class);
    }
  }

  @Test
  void a_leader_hands_over_to_other_members_only() throws Exception {
    try (var nodes = new KvNodes(directory, Map.of(), "n1")) {
      nodes.run(kv -> kv.create("b").put("k", "1"));

      for (String nobody : List.of("n1", "n9")) {
        assertThatThrownBy(nodes.node("n1").transfer(nobody)::get)
            .hasMessageContaining("expected the name of another member, and found " + nobody);
      }
      nodes.run(kv -> assertThat(kv.create("b").get("k")).contains("1"));
    }
  }

  @Test
  void a_node_that_joins_gets_all_and_one_that_is_removed_ends() throws Exception {
    try (var nodes = new KvNodes(directory, Map.of(), "n1")) {
      nodes.run(kv -> kv.create("b").put("k", "1"));
      RaftConfig.Member second = nodes.startJoining("n2");
      assertThat(nodes.node("n2").members())
          .extracting(RaftConfig.Member::name)
          .containsExactly("n1");

      nodes.node("n1").add(second).get();
      assertThat(nodes.node("n1").members()).hasSize(2).contains(second);
      nodes.lead("n2");
      nodes.run(kv -> assertThat(kv.create("b").get("k")).contains("1"));

      nodes.node("n2").remove("n1").get();
      nodes.node("n1").ended().get();
      nodes.run(kv -> kv.create("b").put("k", "2"));
      assertThat(nodes.leader()).isEqualTo("n2");
      assertThatThrownBy(nodes.node("n2").remove("n2")::get)
          .hasMessageContaining("n2 leads: let another node lead before it is removed");
    }
  }

  @Test
  void values_that_fit_into_no_command_are_refused_at_the_start() {
    var config =
        new RaftConfig("n1", List.of(new RaftConfig.Member("n1", "127.0.0.1", 7001)), directory);

    assertThatThrownBy(
            () ->
                KvNode.open(
                    config,
                    directory.resolve("data"),
                    new RocksEngine(),
                    kv -> kv.maxValueBytes(6_000_000),
                    _ -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a name, a key and a value may have 6,131,072 bytes together; on several nodes at most"
                + " 5,999,800");
  }

  @Test
  void one_node_alone_keeps_its_store() throws IOException, InterruptedException {
    // As three nodes do, without others to wait for.
    try (var nodes = new KvNodes(directory, Map.of(), "n1")) {
      nodes.run(kv -> kv.create("b").put("k", "1"));
      nodes.stop("n1");
      nodes.start("n1");

      nodes.run(kv -> assertThat(kv.create("b").get("k")).contains("1"));
    }
  }

  @Test
  void a_leader_whose_disk_is_full_ends_with_the_reason() throws Exception {
    var disk = new SmallDisk();
    var leads = new CountDownLatch(1);
    try (var node =
        KvNode.open(
            new RaftConfig("n1", Nodes.members(List.of("n1")), directory.resolve("log")),
            directory.resolve("data"),
            disk.engine(),
            kv -> kv,
            leader -> leader.ifPresent(_ -> leads.countDown()))) {
      leads.await();
      disk.fill();

      assertThatThrownBy(() -> node.ended().get())
          .hasRootCauseMessage(
              "the disk is full: there is no room for more in " + directory.resolve("data"));
    }
  }
}
