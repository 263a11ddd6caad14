package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The timers of a runtime that was shut down. */
class TimersAfterTheEndTest {
  private static final long DAY = Duration.ofDays(1).toNanos();

  @BeforeEach
  void end() {
    assertThat(Processes.shutdown(Duration.ofSeconds(60))).isTrue();
  }

  @Test
  void are_not_started_by_a_thread_that_is_late() throws Exception {
    Carriers.watch();
    Watchdog.watch(Runner.get());
    Fairness.breathe(System.nanoTime() + DAY);
    Thread late = Thread.ofVirtual().start(() -> TimedPark.park("a pause", DAY));

    late.join();
    assertThat(Timers.whileAlive(0, () -> {})).isNull();
  }

  @Test
  void are_started_for_a_process() {
    var heard = new CompletableFuture<Object>();
    Pid pid = Processes.spawn(() -> heard.complete(Self.receive()));

    pid.sendAfter("now", Duration.ZERO);
    assertThat(heard.join()).isEqualTo("now");
  }

  @Test
  void are_started_for_the_runtime_while_a_process_lives() throws Exception {
    var came = new CountDownLatch(1);
    Pid pid = Processes.spawn(Self::receive);

    assertThat(Timers.whileAlive(0, came::countDown)).isNotNull();
    came.await();
    pid.send("enough");
  }

  /** The caller is told that not all has ended. */
  @Test
  void end_also_if_a_process_does_not_heed_its_interrupt() throws Exception {
    var begun = new CountDownLatch(1);
    var open = new CountDownLatch(1);
    Pid deaf = Processes.spawn(() -> awaitAnyhow(begun, open));
    deaf.sendAfter("never", Duration.ofNanos(DAY));
    begun.await();

    boolean ended = Processes.shutdown(Duration.ZERO);
    Future<?> timer = Timers.whileAlive(DAY, () -> {});
    open.countDown();

    assertThat(ended).isFalse();
    assertThat(deaf.isAlive()).isFalse();
    assertThat(timer).as("the timers have ended").isNull();
  }

  private static void awaitAnyhow(CountDownLatch begun, CountDownLatch open) {
    begun.countDown();
    while (open.getCount() > 0) {
      try {
        open.await();
      } catch (InterruptedException e) {
        // It does not heed it.
      }
    }
  }
}
