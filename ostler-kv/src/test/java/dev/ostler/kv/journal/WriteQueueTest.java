package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** When what waits for the journal's thread is taken. */
class WriteQueueTest {
  private final StoreWriter writer = new StoreWriter();

  private void add(WriteQueue queue) {
    var _ = queue.add(writer.put("b", "k", "v").group());
  }

  @Nested
  class Where_nobody_waits {
    private final WriteQueue queue = new WriteQueue(true);
    private final WriteQueue.Slot last = new WriteQueue.Slot();

    @BeforeEach
    void bucketsAreThere() {
      writer.put("b", "", "").put("text", "k", "").change("text", new Change.Text("")).group();
    }

    private void add(Change change) {
      add("b", change);
    }

    private void add(String bucket, Change change) {
      for (BucketStore.Write write : writer.change(bucket, change).group()) {
        var _ = queue.add(write, last);
      }
    }

    private List<Change> taken() {
      queue.hurry();
      WriteQueue.Batch taken = queue.take(0);
      queue.done(taken);
      return taken.group().stream().map(BucketStore.Write::change).toList();
    }

    @Test
    void a_new_value_takes_the_place_of_the_last() {
      add(new Change.Put("k", "1"));
      add(new Change.Put("k", "2"));
      add(new Change.Put("k", "3"));

      assertThat(taken()).containsExactly(new Change.Put("k", "3"));
    }

    @Test
    void a_new_text_takes_the_place_of_the_last() {
      add("text", new Change.Text("1"));
      add("text", new Change.Text("2"));

      assertThat(taken()).containsExactly(new Change.Text("2"));
    }

    @Test
    void what_was_taken_has_no_place_any_more() {
      add(new Change.Put("k", "1"));
      assertThat(taken()).containsExactly(new Change.Put("k", "1"));
      var _ = queue.add(new StoreWriter().put("other", "k", "v").group());
      add(new Change.Put("k", "2"));

      assertThat(taken()).containsExactly(new Change.Put("k", "v"), new Change.Put("k", "2"));
    }

    @Test
    void a_value_does_not_take_the_place_of_anything_else() {
      add(new Change.Put("l", "1"));
      add(new Change.Put("k", "1"));
      add(new Change.KeyDeadline("k", 1));
      add(new Change.Put("k", "2")); // another bucket is left: one that nothing goes of
      add(new Change.Removed("k"));
      add(new Change.Put("k", "3"));
      List<Change> taken = taken();

      assertThat(taken)
          .containsExactly(
              new Change.Put("l", "1"),
              new Change.Put("k", "1"),
              new Change.KeyDeadline("k", 1),
              new Change.Put("k", "2"),
              new Change.Removed("k"),
              new Change.Put("k", "3"));
    }

    @Test
    void nor_of_one_that_is_no_longer_the_last() {
      add(new Change.Put("k", "1"));
      last.clear();
      add(new Change.Put("k", "2"));

      assertThat(taken()).containsExactly(new Change.Put("k", "1"), new Change.Put("k", "2"));
    }

    @Test
    void each_counts_as_one_that_was_appended_and_all_for_what_waits() {
      add(new Change.Put("k", "1"));
      long one = queue.waiting();
      add(new Change.Put("k", "two"));
      add(new Change.Put("k", "3"));

      assertThat(queue.appended()).isEqualTo(3);
      assertThat(queue.waiting()).isEqualTo(one);
      taken();
      assertThat(queue.waiting()).isZero();
    }
  }

  @Nested
  class Where_replies_wait {
    private final WriteQueue queue = new WriteQueue(false, Long.MAX_VALUE / 4);

    private WriteQueue.Batch takenOf(int changes) {
      for (int i = 0; i < changes; i++) {
        add(queue);
      }
      return queue.take(0);
    }

    /** Takes a batch on another thread, which waits or is done when this returns. */
    private CompletableFuture<WriteQueue.Batch> takeElsewhere() {
      var taken = new CompletableFuture<WriteQueue.Batch>();
      long later = WriteQueue.moment(Long.MAX_VALUE / 2);
      Thread thread = Thread.ofPlatform().start(() -> taken.complete(queue.take(later)));
      while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      return taken;
    }

    @Test
    void all_are_taken_together_who_were_just_answered_together() {
      queue.answered(takenOf(3), Long.MAX_VALUE);
      add(queue);
      add(queue);
      var taken = takeElsewhere();
      add(queue);

      assertThat(taken.join().group()).hasSize(3);
    }

    @Test
    void the_beginning_of_a_turn_is_left_when_it_is_time_for_something_else() throws Exception {
      WriteQueue.Batch before = takenOf(2);
      var taken = new ArrayList<WriteQueue.Batch>();
      var turn = new AtomicReference<TurnThread>();
      turn.set(
          new TurnThread(
              "turn",
              () -> {
                add(queue);
                taken.add(queue.take(WriteQueue.moment(0)));
                add(queue);
                turn.get().endTurn();
                taken.add(queue.take(0));
              }));
      turn.get().start();
      turn.get().join();

      assertThat(taken.getFirst().group()).isEmpty();
      assertThat(taken.getFirst().position()).isEqualTo(before.position());
      assertThat(taken.getLast().group()).hasSize(2);
    }

    @Test
    void a_turn_that_ends_after_its_changes_were_taken_does_not_delay_the_next_change()
        throws Exception {
      var turn = new AtomicReference<TurnThread>();
      turn.set(
          new TurnThread(
              "turn",
              () -> {
                add(queue);
                addElsewhere();
                queue.answered(queue.take(0), 0);
                turn.get().endTurn();
              }));
      turn.get().start();
      turn.get().join();
      var taken = takeElsewhere();
      add(queue);

      assertThat(taken.join().group()).hasSize(1);
    }

    /** Adds a change on a thread that does not work in turns. */
    private void addElsewhere() {
      CompletableFuture.runAsync(() -> add(queue)).join();
    }

    @Test
    void a_task_that_comes_after_all_was_taken_waits_for_the_next_time() {
      WriteQueue.Batch taken = takenOf(1);
      assertThat(queue.add(() -> {})).isTrue();

      assertThat(taken.tasks()).isEmpty();
    }

    @Test
    void who_came_meanwhile_counts_too() {
      WriteQueue.Batch first = takenOf(1);
      add(queue);
      queue.answered(first, Long.MAX_VALUE);
      var taken = takeElsewhere();
      add(queue);

      assertThat(taken.join().group()).hasSize(2);
    }

    @Test
    void nobody_is_waited_for_any_longer_than_the_last_ones_took() {
      queue.answered(takenOf(3), 0);
      add(queue);

      assertThat(queue.take(0).group()).hasSize(1);
    }

    @Test
    void many_wait_for_nobody() {
      queue.answered(takenOf(1000), Long.MAX_VALUE);

      assertThat(takenOf(500).group()).hasSize(500);
    }
  }
}
