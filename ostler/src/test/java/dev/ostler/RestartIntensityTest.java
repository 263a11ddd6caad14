package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many restarts are too many; the time is passed in. */
class RestartIntensityTest {

  // 1.10 S29
  @Test
  void tolerates_as_many_as_the_limit_and_not_one_more() {
    var intensity = new RestartIntensity(3, 5);
    assertThat(intensity.record(0)).isTrue();
    assertThat(intensity.record(1)).isTrue();
    assertThat(intensity.record(2)).isTrue();
    assertThat(intensity.record(3)).isFalse();
  }

  // 1.10 S30
  @Test
  void of_nothing_tolerates_nothing() {
    assertThat(new RestartIntensity(0, 5).record(0)).isFalse();
  }

  // 1.10 S31
  @Test
  void counts_a_restart_that_is_as_long_ago_as_the_window() {
    var intensity = new RestartIntensity(1, 5);
    assertThat(intensity.record(10)).isTrue();
    assertThat(intensity.record(15)).isFalse();
  }

  // 1.10 S31
  @Test
  void forgets_a_restart_that_is_longer_ago_than_the_window() {
    var intensity = new RestartIntensity(1, 5);
    assertThat(intensity.record(10)).isTrue();
    assertThat(intensity.record(16)).isTrue();
    assertThat(intensity.record(21)).isFalse();
  }

  // 1.10 S31
  @Test
  void forgets_one_after_the_other_as_the_window_moves() {
    var intensity = new RestartIntensity(2, 5);
    assertThat(intensity.record(0)).isTrue();
    assertThat(intensity.record(3)).isTrue();
    assertThat(intensity.record(6)).isTrue();
    assertThat(intensity.record(8)).isFalse();
  }

  // 1.10 S31: a monotonic clock may start anywhere.
  @Test
  void does_not_mind_a_time_before_zero() {
    var intensity = new RestartIntensity(1, 5);
    assertThat(intensity.record(-3)).isTrue();
    assertThat(intensity.record(2)).isFalse();
  }

  @Test
  void tolerates_slow_failure_for_ever() {
    var intensity = new RestartIntensity(1, 5);
    for (long now = 0; now < 6_000; now += 6) {
      assertThat(intensity.record(now)).isTrue();
    }
  }
}
