package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.TaskResult;
import dev.ostler.TaskStream;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How long is waited where nobody says how long: G60, S01, S40, A08, T13, T23. */
@ExtendWith(OstlerExtension.class)
class DefaultTimesTest {
  private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);
  private static final Duration LITTLE = Duration.ofNanos(1);

  /** How a process ends that waits, once five seconds have passed, and not before. */
  private static ExitReason afterFiveSeconds(ManualClock clock, Processes.Body body) {
    int before = clock.pending();
    var waiting = Self.spawnMonitor(body);
    ManualClockTest.awaitPending(clock, before + 1);
    clock.advance(FIVE_SECONDS.minus(LITTLE));
    assertThat(clock.pending()).isEqualTo(before + 1); // it waits still
    clock.advance(LITTLE);
    return Downs.reason(waiting.ref());
  }

  private static void assertTimeout(ExitReason reason) {
    assertThat(reason)
        .isInstanceOfSatisfying(
            ExitReason.Crash.class,
            crash -> assertThat(crash.cause()).isInstanceOf(CallException.Timeout.class));
  }

  // S01
  @Test
  void of_a_look_into_a_server_is_five_seconds(ManualClock clock) throws Exception {
    var server = Kind.PLAIN.start();
    try (var _ = Held.hold(server)) {
      assertTimeout(afterFiveSeconds(clock, () -> Sys.getState(server.pid())));
    }
  }

  // A08
  @Test
  void of_an_agents_functions_is_five_seconds(ManualClock clock) {
    Agent<Integer> agent = Agent.start(() -> 0);
    var let = new CompletableFuture<Integer>();
    agent.cast(_ -> let.join());
    assertTimeout(afterFiveSeconds(clock, () -> agent.update(n -> n + 1)));
    assertTimeout(afterFiveSeconds(clock, () -> agent.<Integer>get(n -> n)));
    let.complete(1);
  }

  // T13
  @Test
  void of_the_shutdown_of_a_task_is_five_seconds(ManualClock clock) {
    var result = new CompletableFuture<Optional<TaskResult<Object>>>();
    var reason =
        afterFiveSeconds(
            clock,
            () -> {
              Pid owner = Self.pid();
              Task<Object> task =
                  Task.async(
                      () -> {
                        Self.trapExits(true);
                        owner.send("it traps");
                        return Self.receive(Task.class); // and hears of nothing else
                      });
              Self.receive(String.class);
              result.complete(task.shutdown());
            });
    assertThat(reason).isEqualTo(ExitReason.NORMAL);
    assertThat(result.join()).contains(new TaskResult.Exited<>(ExitReason.KILLED));
  }

  // T23
  @Test
  void of_each_task_of_a_stream_is_five_seconds(ManualClock clock) {
    var reason =
        afterFiveSeconds(
            clock, () -> TaskStream.of(List.of(1), n -> Self.receive()).stream().toList());
    assertThat(reason).isNotEqualTo(ExitReason.NORMAL);
  }

  // G60, 1.10 S40
  @Test
  void of_a_stop_is_as_long_as_it_takes(ManualClock clock) throws Exception {
    var server = Kind.PLAIN.start();
    try (var held = Held.hold(server)) {
      var stopper = Self.spawnMonitor(server::stop);
      held.awaitQueued(1);
      clock.advance(Duration.ofDays(3650));
      assertThat(clock.pending()).isZero();
      assertThat(stopper.pid().isAlive()).isTrue();
      held.letGo();
      assertThat(Downs.reason(stopper.ref())).isEqualTo(ExitReason.NORMAL);
    }
  }
}
