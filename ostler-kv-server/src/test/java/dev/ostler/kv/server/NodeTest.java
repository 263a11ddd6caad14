package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What a server of a store on several nodes says of them, and lets be changed; without nodes. */
class NodeTest {
  private final FakeNode node = new FakeNode();

  @Nested
  class The_admin_port {
    private final Kv kv = Kv.open(KvConfig.inMemory().with(Admin.on(0).node(node)));

    @AfterEach
    void close() {
      kv.close();
    }

    private void expectReady(int status, String words) throws IOException {
      HttpPeer answer = HttpPeer.get(kv.port("admin"), "/health/ready");
      assertThat(answer.body()).contains(words);
      assertThat(answer.status()).isEqualTo(status);
    }

    @Test
    void is_ready_on_a_node_that_leads_or_follows() throws IOException {
      expectReady(200, "ready: this node leads");
      node.leader = Optional.of(FakeNode.N2);
      expectReady(200, "ready: this node follows n2");
    }

    @Test
    void is_not_ready_without_a_majority() throws IOException {
      node.leader = Optional.empty();
      expectReady(503, "no node leads that n1 knows of: it does not reach a majority of 3 nodes");
    }

    @Test
    void is_not_ready_while_the_node_catches_up() throws IOException {
      node.committed = 5000;
      expectReady(503, "n1 catches up: it has 100 of 5000 entries");
    }

    @Test
    void is_not_ready_before_the_node_is_added() throws IOException {
      node.members = List.of(FakeNode.N2, FakeNode.N3);
      expectReady(503, "n1 waits to be added");
    }

    @Test
    void has_metrics_of_the_nodes() throws IOException {
      HttpPeer metrics = HttpPeer.get(kv.port("admin"), "/metrics");

      assertThat(metrics.value("kv_cluster_members")).isEqualTo(3);
      assertThat(metrics.value("kv_cluster_leads")).isOne();
      assertThat(metrics.value("kv_cluster_leader_known")).isOne();
      assertThat(metrics.value("kv_cluster_term")).isEqualTo(4);
      assertThat(metrics.value("kv_cluster_elections_total")).isEqualTo(2);
      assertThat(metrics.value("kv_cluster_applied_index")).isEqualTo(100);
      assertThat(metrics.value("kv_cluster_committed_index")).isEqualTo(100);
      assertThat(metrics.value("kv_cluster_follower_behind_bytes{node=\"n3\"}")).isEqualTo(10_000);
      assertThat(metrics.value("kv_cluster_follower_behind_entries{node=\"n3\"}")).isEqualTo(10);
      assertThat(metrics.value("kv_cluster_follower_silent_seconds{node=\"n2\"}")).isEqualTo(0.02);
    }

    @Test
    void has_a_table_of_the_nodes() throws IOException {
      String table = HttpPeer.get(kv.port("admin"), "/api/v1/panels/nodes").body();

      assertThat(table)
          .contains("\"n1\",\"127.0.0.1:7001\",\"leads\",4,100,0,\"\"")
          .contains("\"n3\",\"127.0.0.1:7003\",\"follows\",\"\",90,10000,0.03");
    }
  }

  @Nested
  class On_a_node_that_leads {
    private final Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0).leading(node)));

    @AfterEach
    void close() {
      kv.close();
    }

    private String ask(String... words) throws IOException {
      try (RespPeer peer = RespPeer.of(kv)) {
        return String.valueOf(peer.ask(words));
      }
    }

    @Test
    void the_status_has_a_line_for_each_member() throws IOException {
      assertThat(ask("KV.CLUSTER", "STATUS").lines())
          .containsExactly(
              "node:n1",
              "leader:n1",
              "serves:1",
              "term:4",
              "elections:2",
              "applied:100",
              "committed:100",
              "members:3",
              "majority:2",
              "member0:name=n1,address=127.0.0.1:7001,node_port=17001,role=leader,index=100,"
                  + "behind_bytes=0,silent_ms=0",
              "member1:name=n2,address=127.0.0.1:7002,node_port=17002,role=follower,index=100,"
                  + "behind_bytes=0,silent_ms=20",
              "member2:name=n3,address=127.0.0.1:7003,node_port=17003,role=follower,index=90,"
                  + "behind_bytes=10000,silent_ms=30");
    }

    @Test
    void the_node_that_is_furthest_is_to_lead_if_none_is_named() throws IOException {
      assertThat(ask("KV.CLUSTER", "TRANSFER", "DRYRUN")).isEqualTo("n2 would lead");
      assertThat(node.done).isEmpty();
      assertThat(ask("KV.CLUSTER", "TRANSFER")).isEqualTo("n2 is to lead");
      assertThat(ask("KV.CLUSTER", "TRANSFER", "n3")).isEqualTo("n3 is to lead");
      assertThat(node.done).containsExactly("transfer to n2", "transfer to n3");
    }

    @Test
    void a_node_that_is_not_reached_or_far_behind_cannot_lead() throws IOException {
      node.followers =
          List.of(
              FakeNode.follower(FakeNode.N2, 100, 14_000),
              new Cluster.Follower(FakeNode.N3, 1, 10, 99_000_000));

      assertThat(ask("KV.CLUSTER", "TRANSFER", "n2"))
          .contains("n2 is not reached since 14000 ms: it cannot lead");
      assertThat(ask("KV.CLUSTER", "TRANSFER", "n3"))
          .contains("n3 lacks 99000000 bytes of the log");
      assertThat(ask("KV.CLUSTER", "TRANSFER", "n9"))
          .contains("KV.CLUSTER TRANSFER expects one of n2, n3, and found 'n9'");
      assertThat(node.done).isEmpty();
    }

    @Test
    void a_node_is_added() throws IOException {
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "127.0.0.1", "7004", "17004", "DRYRUN"))
          .isEqualTo("n4 would be added; members: n1, n2, n3, n4, of which 3 must be up");
      assertThat(node.done).isEmpty();
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "127.0.0.1", "7004", "17004"))
          .isEqualTo("n4 is added; members: n1, n2, n3, n4, of which 3 must be up");
      assertThat(node.done).containsExactly("add n4 at 127.0.0.1:7004");
    }

    @Test
    void a_node_that_cannot_be_one_is_not_added() throws IOException {
      assertThat(ask("KV.CLUSTER", "ADD", "n2", "127.0.0.1", "7004", "17004"))
          .contains("n2 is a member already");
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "127.0.0.1", "7003", "17004"))
          .contains("n4 has a port of n3, which is at 127.0.0.1:7003");
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "127.0.0.1", "0", "17004"))
          .contains("expects a port from 1 to 65535, and found 0");
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "192.0.2.1", "7004", "17004"))
          .contains("have loopback addresses only, and n4 is at 192.0.2.1");
      assertThat(ask("KV.CLUSTER", "ADD", "n 4", "127.0.0.1", "7004", "17004"))
          .contains("letters, digits, - and _ only, and found 'n 4'");
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "127.0.0.1", "7004", "17004", "NOW"))
          .contains("syntax error");
      assertThat(node.done).isEmpty();
    }

    @Test
    void why_a_node_is_not_added_is_told() throws IOException {
      node.failure = Optional.of(new IOException("it does not\nanswer"));
      assertThat(ask("KV.CLUSTER", "ADD", "n4", "127.0.0.1", "7004", "17004"))
          .contains("n4: it does not answer");
    }

    @Test
    void another_node_is_removed() throws IOException {
      assertThat(ask("KV.CLUSTER", "REMOVE", "n3", "DRYRUN"))
          .isEqualTo("n3 would be removed; members: n1, n2, of which 2 must be up");
      assertThat(ask("KV.CLUSTER", "REMOVE", "n3"))
          .isEqualTo("n3 is removed; members: n1, n2, of which 2 must be up");
      assertThat(node.done).containsExactly("remove n3");
    }

    @Test
    void nodes_that_must_stay_are_not_removed() throws IOException {
      assertThat(ask("KV.CLUSTER", "REMOVE", "n1"))
          .contains("n1 leads: let another node lead first, with KV.CLUSTER TRANSFER");
      assertThat(ask("KV.CLUSTER", "REMOVE", "n9")).contains("REMOVE expects one of n2, n3");
      node.followers =
          List.of(
              FakeNode.follower(FakeNode.N2, 100, 10), FakeNode.follower(FakeNode.N3, 100, 14_000));
      assertThat(ask("KV.CLUSTER", "REMOVE", "n2"))
          .contains("without n2, 1 of 2 nodes would be reached, and 2 must be");
      assertThat(ask("KV.CLUSTER", "REMOVE", "n3")).contains("n3 is removed");
      assertThat(node.done).containsExactly("remove n3");
    }

    @Test
    void a_snapshot_is_made() throws IOException {
      assertThat(ask("KV.CLUSTER", "SNAPSHOT")).isEqualTo("n1 has a snapshot, up to entry 99");
    }
  }

  @Test
  void a_node_that_follows_sends_who_would_change_something_to_the_leader() throws IOException {
    node.leader = Optional.of(FakeNode.N2);
    node.followers = List.of();
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0).following(node)));
        RespPeer peer = RespPeer.of(kv)) {
      for (String command : List.of("TRANSFER", "REMOVE n3", "ADD n4 127.0.0.1 7004 17004")) {
        assertThat(peer.ask(("KV.CLUSTER " + command).split(" ")))
            .asString()
            .contains("MOVED 0 127.0.0.1:7002");
      }
      assertThat(peer.ask("KV.CLUSTER", "STATUS"))
          .asString()
          .contains("leader:n2", "member2:name=n3", "index=-1,behind_bytes=-1,silent_ms=-1");
      assertThat(node.done).isEmpty();
    }
  }

  @Test
  void a_store_on_one_node_has_none_to_change() throws IOException {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        RespPeer peer = RespPeer.of(kv)) {
      assertThat(peer.ask("KV.CLUSTER", "STATUS"))
          .asString()
          .contains("this store is on one node: KV.CLUSTER is for a server with --cluster");
    }
  }
}
