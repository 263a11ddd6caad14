package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How long a child waits for its next restart. */
class BackoffTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void doubles_from_the_first_delay_up_to_the_longest() {
    var backoff = Backoff.doubling(SECOND, Duration.ofSeconds(10));
    assertThat(IntStream.range(0, 6).mapToLong(i -> backoff.delay(i).toSeconds()))
        .containsExactly(1L, 2L, 4L, 8L, 10L, 10L);
  }

  @Test
  void stays_the_same_if_the_first_delay_is_the_longest() {
    var backoff = Backoff.doubling(SECOND, SECOND);
    assertThat(backoff.delay(0)).isEqualTo(SECOND);
    assertThat(backoff.delay(7)).isEqualTo(SECOND);
  }

  @Test
  void does_not_overflow_however_often_a_child_fails() {
    var longest = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(Backoff.doubling(SECOND, longest).delay(Integer.MAX_VALUE)).isEqualTo(longest);
  }

  @Test
  void starts_again_after_a_life_as_long_as_the_longest_delay_unless_told() {
    assertThat(Backoff.doubling(SECOND, Duration.ofSeconds(9)).reset())
        .isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void refuses_delays_that_make_no_sense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Backoff(Duration.ZERO, SECOND, SECOND))
        .withMessageContaining("PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Backoff(SECOND, SECOND.minusNanos(1), SECOND))
        .withMessageContaining("first <= most");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Backoff(SECOND, SECOND, SECOND.negated()))
        .withMessageContaining("PT-1S");
  }
}
