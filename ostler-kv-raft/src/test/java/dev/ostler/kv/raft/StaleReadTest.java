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
import java.util.function.Predicate;
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
  private static final int ROUNDS_WITHOUT = 20; // at most; mostly the first one shows it
  private static final int READS = 20; // that wait for the old leader

  @TempDir Path directory;

  private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();
  private final Map<String, NodeProcess> nodes = new HashMap<>();
  private @Nullable NodeProcess leading;

  @Test
  void a_leader_that_was_suspended_answers_with_nothing_old() throws Exception {
    var answers = answersOfSuspendedLeaders(ROUNDS, _ -> true);

    System.out.printf(
        "%d rounds, %d reads of a leader that was suspended: %d refused, %d stale%n",
        ROUNDS, ROUNDS * READS, answers.refused, answers.stale.size());
    assertThat(answers.stale).isEmpty();
  }

  @Test
  void this_test_finds_old_answers_where_reads_do_not_ask_whether_their_node_leads()
      throws Exception {
    var answers =
        answersOfSuspendedLeaders(
            ROUNDS_WITHOUT, soFar -> soFar.stale.isEmpty(), "-D" + NodeMain.UNGUARDED + "=true");

    System.out.printf("without the guard, %d stale reads%n", answers.stale.size());
    assertThat(answers.stale).isNotEmpty();
  }

  /** What leaders answered that were suspended while another one was elected and wrote. */
  private static final class Answers {
    private final List<String> stale = new ArrayList<>();
    private int refused;
  }

  /** So many rounds, as long as the answers so far call for more. */
  private Answers answersOfSuspendedLeaders(
      int rounds, Predicate<Answers> goesOn, String... options) throws Exception {
    List<RaftConfig.Member> members = Nodes.members(List.of("n1", "n2", "n3"));
    var answers = new Answers();
    try {
      for (RaftConfig.Member member : members) {
        nodes.put(member.name(), start(member, members, options));
      }
      NodeProcess leader = awaitLeader(null);
      for (int round = 0; round < rounds && goesOn.test(answers); round++) {
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
            answers.refused++;
          } else if (!answer.equals("got new" + round)) {
            answers.stale.add(answer);
          }
        }
        leader = next;
      }
      return answers;
    } finally {
      nodes.values().forEach(NodeProcess::close);
    }
  }

  private NodeProcess start(
      RaftConfig.Member member, List<RaftConfig.Member> members, String... options)
      throws IOException {
    return new NodeProcess(member.name(), directory.resolve(member.name()), members, said, options);
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
