package dev.ostler.kv.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a leadership proposes, and how long it is certain; without other nodes. */
class LeadershipTest {
  private final List<Packet> proposed = new ArrayList<>();
  private final Queue<CompletableFuture<Long>> underWay = new ArrayDeque<>();
  private long millis;

  private final Leadership leadership =
      new Leadership(
          7,
          entry -> {
            proposed.add(Packet.of(ByteBuffer.wrap(entry)));
            var reply = new CompletableFuture<Long>();
            underWay.add(reply);
            return reply;
          },
          () -> TimeUnit.MILLISECONDS.toNanos(millis));

  private CompletableFuture<Long> propose(int bytes) {
    return leadership.propose(new byte[bytes]);
  }

  private void commit(long index) {
    underWay.remove().complete(index);
  }

  private static NotLeader notLeader() {
    return new NotLeader("n1", Optional.of("n2"), false);
  }

  private static boolean mayBeDone(CompletableFuture<Long> failed) {
    return ((NotLeader) failed.exceptionNow()).mayBeDone();
  }

  @Test
  void commands_that_come_while_an_entry_is_under_way_become_the_next_one() {
    var first = propose(1);
    var second = propose(2);
    var third = propose(3);
    assertThat(proposed).hasSize(1);

    commit(11);
    assertThat(first).isCompletedWithValue(11L);
    assertThat(second).isNotDone();
    assertThat(proposed).hasSize(2);
    assertThat(proposed.getLast().commands())
        .extracting(ByteBuffer::remaining)
        .containsExactly(2, 3);

    commit(12);
    assertThat(second).isCompletedWithValue(12L);
    assertThat(third).isCompletedWithValue(12L);
    assertThat(proposed).extracting(Packet::term).containsExactly(7L, 7L);
  }

  @Test
  void an_entry_has_64_KiB_at_most_unless_one_command_has_more() {
    propose(1);
    propose(40_000);
    propose(40_000);
    propose(100_000);
    propose(2);
    for (int i = 0; i < 4; i++) {
      commit(i);
    }

    assertThat(proposed)
        .extracting(entry -> entry.commands().stream().map(ByteBuffer::remaining).toList())
        .containsExactly(
            List.of(1), List.of(40_000), List.of(40_000), List.of(100_000), List.of(2));
  }

  @Test
  void a_command_that_is_too_large_is_refused() {
    assertThatThrownBy(() -> propose(Leadership.MOST_BYTES + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 8,000,000");
  }

  @Test
  void it_is_certain_for_270_milliseconds_after_it_proposed_an_entry_that_was_committed() {
    assertThat(leadership.isCertain()).isFalse();
    propose(1);
    millis = 100; // the entry takes so long
    assertThat(leadership.isCertain()).isFalse();
    commit(1);
    assertThat(leadership.isCertain()).isTrue();
    millis = 269;
    assertThat(leadership.isCertain()).isTrue();
    millis = 270;
    assertThat(leadership.isCertain()).isFalse();
  }

  @Test
  void whoever_is_not_certain_waits_for_a_marker_that_all_who_ask_meanwhile_share() {
    var first = leadership.confirm();
    var second = leadership.confirm();
    var third = leadership.confirm();
    assertThat(proposed).hasSize(1);
    commit(1);
    assertThat(first).isCompleted();
    assertThat(second).as("it asked after the first marker was proposed").isNotDone();
    commit(2);
    assertThat(second).isCompleted();
    assertThat(third).isCompleted();

    assertThat(proposed).extracting(Packet::commands).containsExactly(List.of(), List.of());
    assertThat(leadership.confirm()).as("certain without an entry").isCompleted();
    assertThat(proposed).hasSize(2);
  }

  @Test
  void a_store_that_is_read_has_it_confirmed_before_it_is_not_certain_any_more() {
    propose(1);
    commit(1);
    millis = 80;
    assertThat(leadership.lease().isCertain()).isTrue();
    assertThat(proposed).as("certain for long enough").hasSize(1);
    millis = 100;
    assertThat(leadership.lease().isCertain()).isTrue();
    assertThat(leadership.lease().isCertain()).isTrue();
    assertThat(proposed).as("one marker, for all").hasSize(2);
    commit(2);
    millis = 300;
    assertThat(leadership.lease().isCertain()).isTrue();
    millis = 370;
    assertThat(leadership.lease().isCertain()).isFalse();
  }

  @Test
  void when_it_ends_what_was_not_proposed_fails_and_never_is() {
    var proposedOne = propose(1);
    var waiting = propose(2);
    leadership.end(notLeader());

    assertThat(waiting).isCompletedExceptionally();
    assertThat(proposedOne).as("only the engine knows").isNotDone();
    commit(5);
    assertThat(proposedOne).isCompletedWithValue(5L);
    assertThat(proposed).hasSize(1);
    assertThat(leadership.isCertain()).isFalse();
    assertThat(propose(3)).isCompletedExceptionally();
    assertThat(leadership.confirm()).isCompletedExceptionally();
  }

  @Test
  void nothing_is_proposed_after_an_entry_that_was_refused() {
    var refused = propose(1);
    var next = propose(2);
    underWay.remove().completeExceptionally(new NotLeader("n1", Optional.empty(), true));

    assertThat(leadership.isOver()).isTrue();
    assertThat(proposed).hasSize(1);
    assertThat(mayBeDone(refused)).isTrue();
    assertThat(mayBeDone(next)).isFalse();
  }

  @Test
  void who_resigns_is_certain_of_nothing_and_proposes_nothing_but_waits_for_what_is_under_way() {
    propose(1);
    commit(1);
    assertThat(leadership.isCertain()).isTrue();
    var underWay = propose(2);
    var waiting = propose(3);

    var resigned = leadership.resign(notLeader());
    assertThat(leadership.isCertain()).isFalse();
    assertThat(leadership.isOver()).isTrue();
    assertThat(mayBeDone(waiting)).isFalse();
    assertThat(resigned).isNotDone();

    commit(2);
    assertThat(underWay).isCompletedWithValue(2L);
    assertThat(resigned).isCompleted();
    assertThat(proposed).hasSize(2);
    assertThat(leadership.isCertain()).isFalse();
  }

  @Test
  void who_resigns_with_nothing_under_way_does_so_at_once() {
    assertThat(leadership.resign(notLeader())).isCompleted();
  }
}
