package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a child has to end before it is killed: S36. */
class StoppingTest {
  private final Pid child = Processes.spawn(Self::receive);

  @BeforeEach
  void becomeAProcess() {
    Processes.attach();
  }

  @AfterEach
  void beAThreadAgain() {
    Processes.detach();
  }

  @Test
  void takes_as_long_as_was_said() {
    Shutdown time = Shutdown.after(Duration.ofMillis(7));
    assertThat(Stopping.of(child, time).time()).isEqualTo(7_000_000);
    assertThat(Stopping.of(child, Shutdown.DEFAULT).time()).isEqualTo(5_000_000_000L);
  }

  @Test
  void without_a_limit_never_ends_by_itself() {
    assertThat(Stopping.of(child, Shutdown.INFINITY).time()).isEqualTo(Long.MAX_VALUE);
  }
}
