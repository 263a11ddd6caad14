package dev.ostler.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** When what waits for the journal's thread is taken. */
class GatheringTest {
  private final StoreWriter writer = new StoreWriter();

  private void add(Gathering gathering) {
    var _ = gathering.add(writer.put("b", "k", "v").group());
  }

  @Nested
  class Where_replies_wait {
    private final Gathering gathering = new Gathering(false, Long.MAX_VALUE / 4);

    private Gathering.Taken takenOf(int changes) {
      for (int i = 0; i < changes; i++) {
        add(gathering);
      }
      return gathering.take(0);
    }

    /** Takes what there is, on a thread that either waits or is done when this returns. */
    private CompletableFuture<Gathering.Taken> takeElsewhere() {
      var taken = new CompletableFuture<Gathering.Taken>();
      Thread thread = Thread.ofPlatform().start(() -> taken.complete(gathering.take(0)));
      while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      return taken;
    }

    @Test
    void all_are_taken_together_who_were_just_answered_together() {
      gathering.answered(takenOf(3), Long.MAX_VALUE);
      add(gathering);
      add(gathering);
      var taken = takeElsewhere();
      add(gathering);

      assertThat(taken.join().group()).hasSize(3);
    }

    @Test
    void who_came_meanwhile_counts_too() {
      Gathering.Taken first = takenOf(1);
      add(gathering);
      gathering.answered(first, Long.MAX_VALUE);
      var taken = takeElsewhere();
      add(gathering);

      assertThat(taken.join().group()).hasSize(2);
    }

    @Test
    void nobody_is_waited_for_any_longer_than_the_last_ones_took() {
      gathering.answered(takenOf(3), 0);
      add(gathering);

      assertThat(gathering.take(0).group()).hasSize(1);
    }

    @Test
    void many_wait_for_nobody() {
      gathering.answered(takenOf(1000), Long.MAX_VALUE);

      assertThat(takenOf(500).group()).hasSize(500);
    }
  }
}
