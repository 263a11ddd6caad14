package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Exchanger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A process that is killed while it stops a child or a task leaves no process behind. Each round
 * kills after a different delay. If the link were removed before the signal is sent, a few rounds
 * would fail.
 */
class StoppingTest {
  private static final int ROUNDS = 5_000;
  private static final int MOST_NANOS = 100_000;

  private final Random random = new Random();

  @BeforeEach
  void becomeAProcess() {
    Processes.attach();
  }

  @AfterEach
  void beAThreadAgain() {
    Processes.detach();
  }

  @Test
  void a_child_ends_though_its_supervisor_is_killed_while_it_stops_the_child() {
    for (int i = 0; i < ROUNDS; i++) {
      var started = new CompletableFuture<Pid>();
      var child =
          ChildSpec.of(
              "child",
              () -> {
                Pid pid = Processes.of(() -> Self.receive()).startLink();
                started.complete(pid);
                return new ChildSpec.Started<>(pid, pid);
              });
      Supervisor supervisor = Supervisor.of(Strategy.ONE_FOR_ONE).child(child).start();

      Processes.spawn(() -> terminateChild(supervisor));
      killSoon(supervisor.pid());

      awaitEnd(started.join());
    }
  }

  private static void terminateChild(Supervisor supervisor) {
    try {
      supervisor.terminateChild("child");
    } catch (CallException e) {
      // It was killed first. Thousands of crashes would leave no room for the reports of others.
    }
  }

  @Test
  void a_task_ends_though_its_owner_is_killed_while_it_stops_the_task() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      var tasks = new CompletableFuture<Pid>();
      var stops = new Exchanger<Boolean>();
      Pid owner =
          Processes.spawn(
              () -> {
                Task<?> task = Task.async(() -> Self.receive());
                tasks.complete(task.pid().orElseThrow());
                stops.exchange(true);
                task.shutdown();
              });

      Pid task = tasks.join();
      stops.exchange(true);
      killSoon(owner);

      awaitEnd(task);
    }
  }

  private void killSoon(Pid pid) {
    SlowDeath.spin(random.nextInt(MOST_NANOS));
    pid.exit(ExitReason.KILL);
  }

  private static void awaitEnd(Pid pid) {
    MonitorRef ref = Self.monitor(pid);
    assertThat(Self.receive(Down.class, down -> down.ref() == ref, Duration.ofSeconds(60)))
        .as("the end of %s", pid)
        .isPresent();
  }
}
