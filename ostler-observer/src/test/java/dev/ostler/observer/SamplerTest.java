package dev.ostler.observer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When the observer looks at all processes. */
@ExtendWith(OstlerExtension.class)
class SamplerTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final Happenings happenings = new Happenings();
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void close() {
    over.countDown();
    happenings.close();
  }

  private void loseALetter() {
    Pid dead = Processes.spawn("dead", over::await);
    dead.exit(ExitReason.KILL);
    dead.send("lost");
    assertThat(Events.flush(LONG)).isTrue();
  }

  @Test
  void not_before_somebody_asks() {
    try (var sampler = new Sampler(happenings)) {
      loseALetter();

      assertThat(sampler.thread()).isEmpty();
      assertThat(sampler.calls().look()).isNull();
      assertThat(sampler.samples()).isEmpty();
      assertThat(happenings.count(Happenings.Kind.DEAD_LETTER)).isZero();
    }
  }

  @Test
  void again_and_again_while_somebody_reads() throws InterruptedException {
    try (var sampler = new Sampler(happenings, Duration.ZERO)) {
      var looks = new CountDownLatch(2);
      Runnable reader = looks::countDown;
      sampler.listen(reader);
      looks.await();
      loseALetter();

      assertThat(sampler.thread()).isPresent();
      assertThat(sampler.calls().look()).isNotNull();
      assertThat(happenings.count(Happenings.Kind.DEAD_LETTER)).isEqualTo(1);
      sampler.ignore(reader);
    }
  }

  @Test
  void no_longer_once_nobody_does() throws InterruptedException {
    try (var sampler = new Sampler(happenings, Duration.ZERO)) {
      sampler.ask();
      for (Thread running : sampler.thread().stream().toList()) {
        assertThat(running.join(LONG)).isTrue();
      }
      loseALetter();

      assertThat(sampler.thread()).isEmpty();
      assertThat(sampler.samples()).isNotEmpty();
      assertThat(sampler.calls().look()).isNull();
      assertThat(happenings.count(Happenings.Kind.DEAD_LETTER)).isZero();
    }
  }
}
