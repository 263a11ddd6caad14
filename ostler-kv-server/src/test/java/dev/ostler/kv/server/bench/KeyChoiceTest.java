package dev.ostler.kv.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys are chosen, counted with a fixed seed. */
class KeyChoiceTest {
  private static final int DRAWN = 1_000_000;

  private static int[] counts(KeyChoice choice, int keys) {
    var random = new SplittableRandom(1);
    var counts = new int[keys];
    for (int i = 0; i < DRAWN; i++) {
      counts[(int) choice.next(random)]++;
    }
    return counts;
  }

  @Test
  void uniform_uses_every_key_as_often() {
    for (int count : counts(KeyChoice.parse("uniform", 100), 100)) {
      assertThat(count).isCloseTo(DRAWN / 100, within(500)); // five standard deviations
    }
  }

  @ParameterizedTest(name = "zipf:{0}")
  @ValueSource(doubles = {0.5, 0.99, 1, 1.2, 3})
  void zipf_uses_each_key_by_its_rank(double exponent) {
    int keys = 1000;
    double sum = 0;
    for (int rank = 1; rank <= keys; rank++) {
      sum += Math.pow(rank, -exponent);
    }

    int[] counts = counts(KeyChoice.parse("zipf:" + exponent, keys), keys);

    for (int rank = 1; rank <= keys; rank++) {
      double expected = DRAWN * Math.pow(rank, -exponent) / sum;
      assertThat((double) counts[rank - 1])
          .as("rank %d", rank)
          .isCloseTo(expected, within(5 * Math.sqrt(expected) + 3));
    }
  }

  @Test
  void zipf_has_a_usual_exponent_and_may_have_a_single_key() {
    assertThat(KeyChoice.parse("zipf", 10)).isEqualTo(KeyChoice.parse("zipf:0.99", 10));
    assertThat(counts(KeyChoice.parse("zipf", 1), 1)).containsExactly(DRAWN);
    assertThat(KeyChoice.parse("zipf", 999_999_999_999L).next(new SplittableRandom(1)))
        .isBetween(0L, 999_999_999_998L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "normal", "zipf:", "zipf:0", "zipf:11", "zipf:x", "zipf:NaN"})
  void anything_else_is_refused(String text) {
    assertThatThrownBy(() -> KeyChoice.parse(text, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("expects uniform, zipf, or zipf:EXPONENT")
        .hasMessageEndingWith("found '" + text + "'");
  }
}
