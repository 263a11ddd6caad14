package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class BackpressureTest {
  private static final long DAY = Duration.ofDays(1).toNanos();
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void grows_with_the_backlog_up_to_five_milliseconds() {
    assertThat(Backpressure.pauseNanos(40_000, 0)).isEqualTo(100_000);
    assertThat(Backpressure.pauseNanos(1_000_000, 0)).isEqualTo(2_000_000);
    assertThat(Backpressure.pauseNanos(Integer.MAX_VALUE, 0)).isEqualTo(5_000_000);
  }

  /** It may wait for the sender. */
  @Test
  void is_next_to_none_for_a_receiver_that_takes_nothing() {
    assertThat(Backpressure.pauseNanos(Integer.MAX_VALUE, SECOND)).isEqualTo(100_000);
    assertThat(Backpressure.credit(SECOND)).isGreaterThan(Backpressure.credit(SECOND - 1));
  }

  @Test
  void a_kill_ends_a_pause() throws Exception {
    var paused = new CompletableFuture<Thread>();
    Pid sender = Processes.spawn(() -> pause(paused));
    awaitPause(paused.join());

    sender.exit(ExitReason.KILL);

    paused.join().join();
    assertThat(Backpressure.isPaused(paused.join())).isFalse();
  }

  @Test
  void the_end_of_the_runtime_ends_a_pause_outside_all_processes() throws Exception {
    var paused = new CompletableFuture<Thread>();
    var _ = Thread.ofVirtual().start(() -> pause(paused));
    awaitPause(paused.join());

    assertThat(Processes.shutdown(Duration.ofSeconds(60))).isTrue();

    paused.join().join();
  }

  @Test
  void platform_threads_pay_nothing() throws Exception {
    var open = new CountDownLatch(1);
    Pid receiver = swamped(open);

    Runner mine = Runner.get();
    assertThat(receiver)
        .isInstanceOfSatisfying(
            Proc.class,
            full -> {
              assertThat(full.backlog()).isGreaterThan(2 * Backpressure.FREE);
              assertThat(Backpressure.pay(mine, full, 0)).isZero();
            });
    open.countDown();
  }

  @Test
  void a_virtual_thread_pauses_in_vain_for_a_receiver_that_takes_nothing() throws Exception {
    var open = new CountDownLatch(1);
    Pid receiver = swamped(open);
    var inVain = new CompletableFuture<Long>();

    Processes.spawn(() -> inVain.complete(Backpressure.pay(Runner.get(), (Proc) receiver, 0)));

    assertThat(inVain.join()).isPositive();
    open.countDown();
  }

  /** A process with so long a backlog that others pause for it; it takes nothing. */
  private static Pid swamped(CountDownLatch open) {
    Pid receiver = Processes.spawn(open::await);
    for (int i = 0; i <= 4 * Backpressure.FREE; i++) {
      receiver.send(i);
    }
    return receiver;
  }

  private static void pause(CompletableFuture<Thread> paused) {
    paused.complete(Thread.currentThread());
    Backpressure.pause(DAY);
  }

  private static void awaitPause(Thread thread) {
    while (!Backpressure.isPaused(thread) || thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }
}
