package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No client can harm another one, however small the heap. {@code bench/siege} runs it longer. */
class SiegeTest {
  private static final List<String> OPTIONS =
      List.of(System.getProperty("kv.siege.options", "--memory").split(" "));
  private static final String HEAP = System.getProperty("kv.siege.heap", "128m");
  private static final Duration TIME = Duration.ofSeconds(Long.getLong("kv.siege.seconds", 8));

  /** Who waits for this long hangs. */
  private static final Duration HANG = Duration.ofMillis(Long.getLong("kv.siege.longest", 60_000));

  @Test
  void no_bucket_is_lost_and_a_client_that_works_is_answered() throws Exception {
    Siege.Outcome outcome = Siege.of(OPTIONS, HEAP, TIME);

    System.out.println(outcome);
    assertThat(outcome.wrong()).isEmpty();
    assertThat(outcome.rounds()).isPositive();
    assertThat(outcome.longest()).isLessThan(HANG);
    assertThat(outcome.refusals()).isPositive();
  }
}
