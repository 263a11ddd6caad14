package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.raft.NodeProcess.Said;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three JVMs keep a store. The one that leads is suspended, another one is elected and writes, and
 * then the old leader finds reads that came after that write. It must not answer with what it has.
 * {@code -Ddev.ostler.stops=20} for more rounds.
 */
class StaleReadTest {
  private static final int ROUNDS = Integer.getInteger("dev.ostler.stops", 3);
  private static final int READS = 20; // that wait for the old leader

  @TempDir Path directory;

  private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();
  private final Map<String, NodeProcess> nodes = new HashMap<>();
  private @Nullable NodeProcess leading;

  @Test
  void a_leader_that_was_suspended_answers_with_nothing_old() throws Exception {
    List<RaftConfig.Member> members = Nodes.members(List.of("n1", "n2", "n3"));
    try {
      for (RaftConfig.Member member : members) {
        nodes.put(member.name(), start(member, members));
      }
      var stale = new ArrayList<String>();
      int refused = 0;
      NodeProcess leader = awaitLeader(null);
      for (int round = 0; round < ROUNDS; round++) {
        leader = write(leader, "old" + round);
        assertThat(read(leader))
            .as("a leader that nothing has happened to")
            .isEqualTo("old" + round);
        leader.suspend();
        NodeProcess next = write(awaitLeader(leader), "new" + round);
        for (int i = 0; i < READS; i++) {
          leader.tell("get"); // all of them after the new value was acknowledged
        }
        leader.resume();
        for (int i = 0; i < READS; i++) {
          String answer = answer(leader);
          if (answer.equals("refused")) {
            refused++;
          } else if (!answer.equals("got new" + round)) {
            stale.add(answer);
          }
        }
        leader = next;
      }
      System.out.printf(
          "%d rounds, %d reads of a leader that was suspended: %d refused, %d stale%n",
          ROUNDS, ROUNDS * READS, refused, stale.size());
      assertThat(stale).isEmpty();
    } finally {
      nodes.values().forEach(NodeProcess::close);
    }
  }

  private NodeProcess start(RaftConfig.Member member, List<RaftConfig.Member> members)
      throws IOException {
    return new NodeProcess(member.name(), directory.resolve(member.name()), members, said);
  }

  private Said take() throws InterruptedException {
    Said now = said.take();
    if (now.line().equals("leader " + now.node().name())) {
      leading = now.node();
    } else if (now.node() == leading && now.line().startsWith("leader ")) {
      leading = null;
    }
    return now;
  }

  /** The node that says of itself that it leads; waits until it is another one than this. */
  private NodeProcess awaitLeader(@Nullable NodeProcess notThis) throws InterruptedException {
    while (leading == null || leading == notThis) {
      var _ = take();
    }
    return leading;
  }

  /** Writes, at the node that leads; returns that. */
  private NodeProcess write(NodeProcess first, String value) throws InterruptedException {
    NodeProcess leader = first;
    leader.tell("set " + value);
    while (!answer(leader).equals("set " + value)) {
      leader = awaitLeader(leader);
      leader.tell("set " + value);
    }
    return leader;
  }

  private String read(NodeProcess node) throws InterruptedException {
    node.tell("get");
    return answer(node).replaceFirst("got ", "");
  }

  /** What a node says to a command. */
  private String answer(NodeProcess node) throws InterruptedException {
    while (true) {
      Said now = take();
      if (now.node() == node && !now.line().startsWith("leader ")) {
        return now.line();
      }
    }
  }
}
