package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes agree on one log. */
class ReplicatedLogTest {
  /** The first leader need not wait long: nobody else can be one yet. */
  private static final Map<String, String> QUICK =
      Map.of(
          "raft.server.rpc.first-election.timeout.min", "20ms",
          "raft.server.rpc.first-election.timeout.max", "100ms");

  /** A leader stays one, however slow the machine is. */
  private static final Map<String, String> STEADY =
      with(
          QUICK, //
          "raft.server.rpc.timeout.min",
          "3s",
          "raft.server.rpc.timeout.max",
          "6s");

  /** Segments of the log are short, so that there are many. */
  private static final Map<String, String> SHORT =
      with(
          STEADY,
          "raft.server.log.segment.size.max",
          "16KB",
          "raft.server.log.preallocated.size",
          "16KB");

  private static final long NEVER = Long.MAX_VALUE;

  private static Map<String, String> with(Map<String, String> options, String... more) {
    var all = new HashMap<>(options);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return Map.copyOf(all);
  }

  @TempDir Path directory;

  private Nodes nodes(Map<String, String> options) throws IOException {
    return new Nodes(directory, NEVER, options);
  }

  @Test
  void what_the_leader_proposes_is_applied_on_all_nodes_in_its_order() throws Exception {
    try (var nodes = nodes(STEADY)) {
      Leadership leadership = nodes.notebook(nodes.leader()).leadership();
      var proposed = new ArrayList<CompletableFuture<Long>>();
      for (int i = 0; i < 1000; i++) {
        proposed.add(leadership.propose(("line " + i).getBytes(UTF_8)));
      }
      CompletableFuture.allOf(proposed.toArray(CompletableFuture[]::new)).get();

      List<String> lines = IntStream.range(0, 1000).mapToObj(i -> "line " + i).toList();
      for (String name : nodes.names()) {
        nodes.notebook(name).await(notebook -> notebook.lines().size() >= 1000);
        assertThat(nodes.notebook(name).lines()).isEqualTo(lines);
      }
    }
  }

  @Test
  void after_the_leader_has_stopped_another_one_leads_and_has_all_that_was_acknowledged()
      throws Exception {
    try (var nodes = nodes(QUICK)) {
      nodes.write("one");
      String first = nodes.leader();
      nodes.write("two");
      nodes.awaitEverywhere("two"); // one whose log is still empty cannot elect another leader
      nodes.stop(first);
      String second = nodes.leader();

      assertThat(second).isNotEqualTo(first);
      assertThat(nodes.notebook(second).lines()).containsExactly("one", "two");
      nodes.write("three");
      assertThat(nodes.notebook(second).lines()).containsExactly("one", "two", "three");
    }
  }

  @Test
  void a_node_that_was_away_gets_what_it_missed_from_the_log_and_applies_nothing_twice()
      throws Exception {
    try (var nodes = nodes(STEADY)) {
      nodes.write("one");
      String away = nodes.follower();
      nodes.notebook(away).await(notebook -> notebook.lines().contains("one"));
      nodes.stop(away);
      nodes.write("two");
      nodes.write("three");
      nodes.start(away);

      nodes.notebook(away).await(notebook -> notebook.lines().contains("three"));
      assertThat(nodes.notebook(away).lines()).containsExactly("one", "two", "three");
      assertThat(nodes.notebook(away).indexes()).doesNotHaveDuplicates().isSorted();
      assertThat(nodes.notebook(away).installed()).isZero();
    }
  }

  @Test
  void a_node_that_has_lost_what_it_applied_applies_its_log_again() throws Exception {
    try (var nodes = nodes(STEADY)) {
      nodes.write("one");
      nodes.write("two");
      String forgetful = nodes.follower();
      nodes.notebook(forgetful).await(notebook -> notebook.lines().contains("two"));
      nodes.stop(forgetful);
      nodes.forget(forgetful);
      nodes.start(forgetful);

      nodes.notebook(forgetful).await(notebook -> notebook.lines().contains("two"));
      assertThat(nodes.notebook(forgetful).lines()).containsExactly("one", "two");
    }
  }

  /** The log is so short that others have deleted its beginning. */
  @Test
  void a_node_with_an_empty_disk_gets_a_snapshot_and_what_came_after_it() throws Exception {
    try (var nodes = new Nodes(directory, 1, SHORT)) {
      nodes.write("one");
      nodes.write("two");
      String leader = nodes.leader();
      String replaced = nodes.follower();
      nodes.stop(replaced);
      nodes.replaceDisk(replaced);
      nodes.write("three");
      while (Trees.named(nodes.directory(leader), "snapshot.").isEmpty()
          || !Trees.named(nodes.directory(leader), "log_0-").isEmpty()
          || !Trees.named(nodes.directory(leader), "log_inprogress_0").isEmpty()) {
        nodes.write("more".repeat(1000));
      }
      nodes.start(replaced);
      nodes.write("last");

      nodes.notebook(replaced).await(notebook -> notebook.lines().contains("last"));
      assertThat(nodes.notebook(replaced).lines())
          .isEqualTo(nodes.notebook(leader).lines())
          .startsWith("one", "two", "three");
      assertThat(nodes.notebook(replaced).installed()).isPositive();
    }
  }

  @Test
  void a_node_that_has_lost_what_it_applied_begins_with_its_snapshot() throws Exception {
    try (var nodes = new Nodes(directory, 1, STEADY)) {
      nodes.write("one");
      String forgetful = nodes.follower();
      for (int i = 0; Trees.named(nodes.directory(forgetful), "snapshot.").isEmpty(); i++) {
        nodes.write("more " + i);
      }
      nodes.write("last");
      nodes.stop(forgetful);
      nodes.forget(forgetful);
      nodes.start(forgetful);

      nodes.notebook(forgetful).await(notebook -> notebook.lines().contains("last"));
      assertThat(nodes.notebook(forgetful).lines())
          .isEqualTo(nodes.notebook(nodes.leader()).lines());
      assertThat(nodes.notebook(forgetful).installed()).isPositive();
    }
  }

  @Test
  void a_follower_proposes_nothing_and_says_who_leads() throws Exception {
    try (var nodes = nodes(STEADY)) {
      nodes.write("one");
      String leader = nodes.leader();
      String follower = nodes.follower();
      nodes.notebook(follower).await(notebook -> notebook.leader().isPresent());

      assertThatThrownBy(() -> nodes.log(follower).leadership())
          .isInstanceOfSatisfying(
              NotLeader.class,
              refused -> {
                assertThat(refused.leader()).contains(leader);
                assertThat(refused.mayBeDone()).isFalse();
              })
          .hasMessage("%s does not lead; %s does. The command was not done", follower, leader);
      assertThat(nodes.log(follower).leader()).contains(leader);
      assertThat(nodes.notebook(follower).leader()).contains(leader);
    }
  }

  @Test
  void without_a_majority_nothing_is_committed_and_nobody_is_certain() throws Exception {
    try (var nodes =
        nodes(
            with(
                QUICK, "raft.server.rpc.timeout.min", "1s", "raft.server.rpc.timeout.max", "2s"))) {
      nodes.write("one");
      String leader = nodes.leader();
      Leadership leadership = nodes.notebook(leader).leadership();
      for (String name : nodes.names()) {
        if (!name.equals(leader)) {
          nodes.stop(name);
        }
      }
      CompletableFuture<Long> proposed = leadership.propose("two".getBytes(UTF_8));

      // The leader notices that nobody answers, and gives up its leadership.
      assertThatThrownBy(proposed::get)
          .cause()
          .isInstanceOfSatisfying(
              NotLeader.class, refused -> assertThat(refused.mayBeDone()).isTrue());
      nodes.notebook(leader).await(notebook -> notebook.leadership() == null);
      assertThat(leadership.isCertain()).isFalse();
      assertThatThrownBy(() -> leadership.confirm().get()).hasCauseInstanceOf(NotLeader.class);
      assertThat(nodes.notebook(leader).lines()).containsExactly("one");
    }
  }

  @Test
  void the_leader_confirms_that_it_leads() throws Exception {
    try (var nodes = nodes(STEADY)) {
      Leadership leadership = nodes.notebook(nodes.leader()).leadership();

      leadership.confirm().get();

      assertThat(leadership.isOver()).isFalse();
    }
  }

  /** The next segment of the log cannot be created: there are directories of that name. */
  @Test
  void a_node_whose_log_cannot_be_written_ends_and_the_others_go_on() throws Exception {
    try (var nodes = nodes(SHORT)) {
      nodes.write("one");
      String broken = nodes.follower();
      nodes.notebook(broken).await(notebook -> notebook.lines().contains("one"));
      Path log = Trees.named(nodes.directory(broken), "log_inprogress_0").getFirst();
      for (int i = 1; i < 100; i++) {
        Files.createDirectory(log.resolveSibling("log_inprogress_" + i));
      }
      for (int i = 0; nodes.failure(broken) == null && i < 20; i++) {
        nodes.write("x".repeat(10_000));
      }

      nodes.notebook(broken).await(notebook -> notebook.failure() != null);
      assertThat(nodes.failure(broken)).hasMessageStartingWith("Ratis has ended by itself");
      nodes.write("last");
      assertThat(nodes.notebook(nodes.leader()).lines()).startsWith("one").endsWith("last");
    }
  }

  @Test
  void a_node_that_cannot_apply_an_entry_ends_with_the_reason() throws Exception {
    try (var nodes = nodes(STEADY)) {
      String leader = nodes.leader();
      CompletableFuture<Long> proposed =
          nodes.notebook(leader).leadership().propose("unwritable".getBytes(UTF_8));

      assertThatThrownBy(proposed::get).hasCauseInstanceOf(NotLeader.class);
      nodes.notebook(leader).await(notebook -> notebook.failure() != null);
      assertThat(nodes.failure(leader)).hasMessage("cannot write this down");
    }
  }
}
