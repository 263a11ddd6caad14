package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No client can harm another one, however small the heap. {@link Siege} runs longer, by hand. */
class SiegeTest {
  @Test
  void no_bucket_is_lost_and_a_client_that_works_is_answered() throws Exception {
    Siege.Outcome outcome = Siege.of(List.of("--memory"), "128m", Duration.ofSeconds(8));

    System.out.println(outcome);
    assertThat(outcome.wrong()).isEmpty();
    assertThat(outcome.rounds()).isPositive();
    assertThat(outcome.refusals()).isPositive();
  }
}
