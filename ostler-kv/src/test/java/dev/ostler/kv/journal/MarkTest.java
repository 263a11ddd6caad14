package dev.ostler.kv.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.KvException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How far something has come, and who waits for it. */
class MarkTest {
  private final Mark mark = new Mark();
  private final List<String> told = new ArrayList<>();

  private void expect(String who, long position) {
    mark.whenKnown(position, why -> told.add(why == null ? who : who + " not"));
  }

  @Nested
  class Whoever_waits {
    @Test
    void is_told_in_the_order_of_positions_and_then_of_asking() {
      expect("second", 2);
      expect("first", 1);
      expect("also first", 1);
      expect("third", 3);
      mark.reach(2);

      assertThat(told).containsExactly("first", "also first", "second");
      assertThat(mark.hasReached(2)).isTrue();
      assertThat(mark.hasReached(3)).isFalse();
    }

    @Test
    void for_what_is_reached_is_told_at_once() {
      mark.reach(2);
      expect("first", 2);

      assertThat(told).containsExactly("first");
    }

    @Test
    void while_others_are_told_is_told_behind_them() {
      mark.whenKnown(
          1,
          _ -> {
            expect("last", 2);
            told.add("first");
          });
      expect("second", 1);
      mark.reach(2);

      assertThat(told).containsExactly("first", "second", "last");
    }

    @Test
    void is_told_though_another_fails_when_told() {
      mark.whenKnown(
          1,
          _ -> {
            throw new IllegalStateException("a bad listener");
          });
      expect("second", 1);
      mark.reach(1);

      assertThat(told).containsExactly("second");
    }

    @Test
    void is_told_that_it_never_will_be() {
      expect("first", 2);
      mark.reach(1);
      mark.fail(new KvException.NotKept("the disk is full"));
      expect("late", 2);
      expect("in time", 1);

      assertThat(told).containsExactly("first not", "late not", "in time");
      assertThatThrownBy(() -> mark.await(2))
          .isInstanceOf(KvException.NotKept.class)
          .hasMessage("the disk is full");
    }
  }
}
