package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.raft.ReplicatedLog.Follower;
import dev.ostler.kv.raft.ReplicatedLog.Progress;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What a node says by itself about the nodes. */
class LookoutTest {
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  private final Lookout lookout = new Lookout("n1");

  private List<String> leader(int second, long silentMillis, long behindBytes) {
    var other = new Follower("n2", 5, silentMillis, behindBytes);
    return lookout.look(new Progress(1, 9, 9, 1, List.of(other)), NOON.plusSeconds(second));
  }

  private List<String> follower(int second, long applied, long committed) {
    return lookout.look(
        new Progress(1, applied, committed, 1, List.of()), NOON.plusSeconds(second));
  }

  @Nested
  class A_leader {
    @Test
    void says_once_which_node_is_not_reached_and_since_when() {
      assertThat(leader(0, 300, 0)).isEmpty();
      assertThat(leader(3, 3_000, 0)).containsExactly("n2 is not reached, since " + NOON);
      assertThat(leader(4, 4_000, 0)).isEmpty();
      assertThat(leader(14, 100, 0)).containsExactly("n2 is reached again, after 14 s");
      assertThat(leader(15, 100, 0)).isEmpty();
    }

    @Test
    void says_now_and_then_how_far_a_node_is_that_catches_up() {
      assertThat(leader(0, 100, 5_000_000)).containsExactly("n2 catches up: 5,000,000 bytes to go");
      assertThat(leader(1, 100, 4_000_000)).isEmpty();
      assertThat(leader(2, 100, 3_000_000)).containsExactly("n2 catches up: 3,000,000 bytes to go");
      assertThat(leader(3, 100, 10)).containsExactly("n2 has caught up");
      assertThat(leader(4, 100, 10)).isEmpty();
    }
  }

  @Nested
  class A_follower {
    @Test
    void says_now_and_then_how_far_it_is_itself() {
      assertThat(follower(0, 100, 110)).isEmpty();
      assertThat(follower(1, 100, 9_000))
          .containsExactly("n1 catches up: it has 100 of 9,000 entries");
      assertThat(follower(2, 5_000, 9_000)).isEmpty();
      assertThat(follower(3, 9_000, 9_010)).containsExactly("n1 has caught up, with entry 9,000");
      assertThat(follower(4, 9_010, 9_010)).isEmpty();
    }
  }
}
