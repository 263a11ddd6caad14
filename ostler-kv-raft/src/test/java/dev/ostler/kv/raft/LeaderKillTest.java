package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.raft.NodeProcess.Said;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three JVMs keep a store, a client writes to whichever leads, and the leader is killed. Prints how
 * long it took until the next write was acknowledged. {@code -Ddev.ostler.kills=20} for more
 * rounds.
 */
class LeaderKillTest {
  private static final int ROUNDS = Integer.getInteger("dev.ostler.kills", 1);
  private static final int OUTSTANDING = 16;
  private static final int BETWEEN = 300; // acknowledged writes before a kill, and after it

  @TempDir Path directory;

  private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();
  private final Map<String, NodeProcess> nodes = new HashMap<>();
  private final Set<String> acknowledged = new HashSet<>();
  private List<RaftConfig.Member> members;
  private final Set<NodeProcess> following = new HashSet<>();
  private @Nullable NodeProcess leader;
  private int next;
  private int outstanding;

  @Test
  void no_acknowledged_write_is_lost_when_the_leader_is_killed() throws Exception {
    members = Nodes.members(List.of("n1", "n2", "n3"));
    try {
      for (RaftConfig.Member member : members) {
        start(member.name());
      }
      awaitAll();
      write(BETWEEN);
      for (int round = 0; round < ROUNDS; round++) {
        NodeProcess killed = leader;
        killed.kill();
        long begun = System.nanoTime();
        awaitEnd(killed);
        write(1);
        System.out.printf(
            "round %d: %d acknowledged writes, the next one %d ms after the leader was killed%n",
            round,
            acknowledged.size() - 1,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        start(killed.name());
        awaitAll();
        write(BETWEEN);
      }

      Set<String> lost = new HashSet<>(acknowledged);
      lost.removeAll(dump());
      assertThat(lost).as("acknowledged, and lost").isEmpty();
      assertThat(acknowledged.size()).isGreaterThanOrEqualTo(BETWEEN * (ROUNDS + 1));
    } finally {
      nodes.values().forEach(NodeProcess::close);
    }
  }

  private void start(String name) throws IOException {
    nodes.put(name, new NodeProcess(name, directory.resolve(name), members, said));
  }

  /**
   * Waits until all nodes know who leads: with fewer, a majority may be gone after the next kill.
   */
  private void awaitAll() throws InterruptedException {
    while (!following.containsAll(nodes.values())) {
      take();
    }
  }

  /** Writes until so many more are acknowledged. */
  private void write(int wanted) throws InterruptedException {
    int enough = acknowledged.size() + wanted;
    while (acknowledged.size() < enough) {
      while (leader != null && outstanding < OUTSTANDING) {
        leader.tell("put " + next++);
        outstanding++;
      }
      take();
    }
  }

  /** All that a leader has. */
  private Set<String> dump() throws InterruptedException {
    while (outstanding > 0 || leader == null) {
      take();
    }
    leader.tell("dump");
    var has = new HashSet<String>();
    for (Said now = said.take(); !now.line().equals("dumped"); now = said.take()) {
      if (now.line().startsWith("has ")) {
        has.add(now.line().substring("has ".length()));
      }
    }
    return has;
  }

  private void awaitEnd(NodeProcess killed) throws InterruptedException {
    while (leader == killed) {
      take();
    }
  }

  private void take() throws InterruptedException {
    Said now = said.take();
    String line = now.line();
    if (line.equals("leader " + now.node().name())) {
      leader = now.node();
      outstanding = 0; // what an earlier leader was asked is not answered, or not counted
    } else if (now.node() == leader) {
      if (line.startsWith("leader ") || line.equals("ended")) {
        leader = null;
        outstanding = 0;
      } else if (line.startsWith("done ") || line.startsWith("failed ")) {
        outstanding--;
      }
    }
    if (line.startsWith("leader ") && !line.equals("leader unknown")) {
      following.add(now.node());
    }
    if (line.startsWith("done ")) {
      acknowledged.add(line.substring("done ".length()));
    }
  }
}
