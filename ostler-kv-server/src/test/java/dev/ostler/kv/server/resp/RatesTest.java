package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.resp.Rates.PerSecond;
import dev.ostler.kv.server.resp.Rates.Sample;
import org.junit.jupiter.api.Test;

/** The rates that INFO tells. */
class RatesTest {
  private static final long SECOND = 1_000_000_000;

  private final Rates rates = new Rates(new Sample(0, 0, 0, 0));

  @Test
  void are_those_since_the_previous_question() {
    assertThat(rates.until(new Sample(2 * SECOND, 10, 1000, 500)))
        .isEqualTo(new PerSecond(5, 500, 250));
    assertThat(rates.until(new Sample(6 * SECOND, 12, 1000, 900)))
        .isEqualTo(new PerSecond(0.5, 0, 100));
  }

  @Test
  void stay_for_a_second() {
    PerSecond first = rates.until(new Sample(SECOND, 7, 1, 1));
    assertThat(first.commands()).isEqualTo(7);
    assertThat(rates.until(new Sample(2 * SECOND - 1, 1000, 1, 1))).isEqualTo(first);
    assertThat(rates.until(new Sample(2 * SECOND, 10, 1, 1)).commands()).isEqualTo(3);
  }

  @Test
  void are_not_negative_after_counters_were_reset() {
    var _ = rates.until(new Sample(SECOND, 7, 1, 1));
    assertThat(rates.until(new Sample(2 * SECOND, 0, 0, 0))).isEqualTo(new PerSecond(0, 0, 0));
  }
}
