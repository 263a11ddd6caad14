package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.Backoff;
import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Task;
import dev.ostler.Timeout;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A clock that stands still until it is advanced, and what goes by it. */
@ExtendWith(OstlerExtension.class)
class ManualClockTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration LITTLE = Duration.ofNanos(1);

  /** Waits until so many timers and deadlines wait for the clock. */
  static void awaitPending(ManualClock clock, int count) {
    while (clock.pending() < count) {
      Thread.onSpinWait();
    }
  }

  /** What a process does of itself, once the clock was advanced by an hour, less a little. */
  private static <T> T after(ManualClock clock, Callable<T> work) throws Exception {
    var done = new CompletableFuture<T>();
    Task.start(
        () -> {
          try {
            return done.complete(work.call());
          } catch (Throwable thrown) {
            return done.completeExceptionally(thrown);
          }
        });
    awaitPending(clock, 1);
    clock.advance(HOUR.minus(LITTLE));
    assertThat(done).isNotDone();
    clock.advance(LITTLE);
    try {
      return done.get();
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  @Test
  void stands_still(ManualClock clock) {
    assertThat(clock.elapsed()).isZero();
    clock.advance(HOUR);
    clock.advance(LITTLE);
    assertThat(clock.elapsed()).isEqualTo(HOUR.plus(LITTLE));
    assertThatThrownBy(() -> clock.advance(LITTLE.negated()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(clock.pending()).isZero();
  }

  @Nested
  class Moves {
    @Test
    void timers_in_the_order_of_their_times(ManualClock clock) {
      Self.sendAfter("later", HOUR);
      Self.sendAfter("sooner", HOUR.minus(LITTLE));
      Self.sendAfter("last", HOUR);
      clock.advance(HOUR.minus(LITTLE).minus(LITTLE));
      assertThat(Self.flush()).isEmpty();
      clock.advance(LITTLE.plus(LITTLE));
      assertThat(Self.flush()).containsExactly("sooner", "later", "last");
      assertThat(clock.pending()).isZero();
    }

    @Test
    void timers_for_names(ManualClock clock) {
      Name<Object> name = Name.unique("test");
      Processes.register(name, Self.pid());
      name.sendAfter("ring", HOUR);
      clock.advance(HOUR.minus(LITTLE));
      assertThat(Self.flush()).isEmpty();
      clock.advance(LITTLE);
      assertThat(Self.flush()).containsExactly("ring");
    }

    @Test
    void what_is_left_of_a_timer(ManualClock clock) {
      var timer = Self.sendAfter("ring", HOUR);
      clock.advance(HOUR.dividedBy(4));
      assertThat(timer.remaining()).contains(HOUR.dividedBy(4).multipliedBy(3));
      assertThat(timer.cancel()).contains(HOUR.dividedBy(4).multipliedBy(3));
      assertThat(clock.pending()).isZero();
      clock.advance(HOUR);
      assertThat(Self.flush()).isEmpty();
    }

    @Test
    void timers_that_begin_as_it_goes(ManualClock clock) {
      var server = Kind.DIRECT.start();
      server.send(
          PuppetServer.step(
              heard -> {
                Self.sendAfter("ring", HOUR);
                return Next.noReply(heard);
              }));
      clock.advance(HOUR);
      assertThat(server.call(PuppetServer.heard())).containsExactly("ring");
    }

    @Test
    void idle_timeouts(ManualClock clock) {
      var server = Kind.PLAIN.start();
      server.call(
          PuppetServer.<String>ask(
              "idle", (ask, from, heard) -> ask.reply("idle", heard).withTimeout(HOUR)));
      awaitPending(clock, 1); // it is armed after the reply
      clock.advance(HOUR.minus(LITTLE));
      assertThat(clock.pending()).isEqualTo(1);
      clock.advance(LITTLE);
      assertThat(server.call(PuppetServer.heard())).containsExactly(new Timeout());
    }

    @Test
    void the_deadline_of_a_receive(ManualClock clock) throws Exception {
      assertThat(after(clock, () -> Self.receive(HOUR))).isEmpty();
    }

    @Test
    void the_deadline_of_a_call(ManualClock clock) throws Exception {
      var server = Kind.PLAIN.start();
      try (var held = Held.hold(server)) {
        assertThatThrownBy(() -> after(clock, () -> server.call(PuppetServer.heard(), HOUR)))
            .isInstanceOf(CallException.Timeout.class);
        held.letGo();
      }
    }

    // T05, T09: five seconds unless told, also for who awaited it before
    @Test
    void the_deadline_of_an_await(ManualClock clock) throws Exception {
      assertThatThrownBy(
              () ->
                  after(
                      clock,
                      () -> {
                        Task<Integer> task = Task.async(() -> 7);
                        task.await(Held.FOREVER);
                        return task.await(HOUR);
                      }))
          .isInstanceOf(CallException.Timeout.class);
      var awaiting = Self.spawnMonitor(() -> Task.async(Self::receive).await());
      awaitPending(clock, 1);
      clock.advance(Duration.ofSeconds(5).minus(LITTLE));
      assertThat(awaiting.pid().isAlive()).isTrue();
      clock.advance(LITTLE);
      assertThat(Self.receive(Down.class).reason()).isInstanceOf(ExitReason.Crash.class);
    }

    @Test
    void the_window_of_restarts(ManualClock clock) {
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .intensity(1, Duration.ofSeconds(5))
              .child(Agent.of(() -> 1).id("agent"))
              .start();
      for (int crash = 0; crash < 5; crash++) {
        kill(supervisor);
        assertThat(supervisor.count().active()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(6));
      }
      var end = Self.monitor(supervisor.pid());
      kill(supervisor);
      clock.advance(Duration.ofSeconds(4));
      assertThat(supervisor.count().active()).isEqualTo(1);
      kill(supervisor);
      assertThat(Self.receive(Down.class).ref()).isEqualTo(end);
    }

    private static void kill(Supervisor supervisor) {
      supervisor.children().getFirst().pid().orElseThrow().exit(ExitReason.KILL);
    }

    @Test
    void the_backoff_of_a_restart(ManualClock clock) {
      var supervisor =
          Supervisor.of(Strategy.ONE_FOR_ONE)
              .child(Agent.of(() -> 1).spec().backoff(Backoff.doubling(HOUR, HOUR)))
              .start();
      kill(supervisor);
      assertThat(supervisor.children().getFirst().restarting()).isTrue();
      clock.advance(HOUR.minus(LITTLE));
      assertThat(supervisor.children().getFirst().restarting()).isTrue();
      clock.advance(LITTLE);
      assertThat(supervisor.children().getFirst().restarting()).isFalse();
    }
  }

  @Nested
  class Is_gone_by {
    @Test
    void all_that_are_started_from_then_on_and_nobody_else() {
      var before = Puppet.start();
      ManualClock clock = ManualClock.install();
      var child = Kind.PLAIN.start();
      var grandchild = child.call(PuppetServer.compute("start", Kind.PLAIN::start));
      Pid test = Self.pid();
      before.does(() -> test.sendAfter("of the test", HOUR)); // its receiver's clock counts
      grandchild.call(PuppetServer.compute("timer", () -> Self.sendAfter("mine", HOUR)));
      clock.advance(HOUR);
      assertThat(Self.flush()).containsExactly("of the test");
      assertThat(grandchild.call(PuppetServer.heard())).containsExactly("mine");
      List<Duration> left = new ArrayList<>();
      before.does(
          () -> {
            var timer = Self.sendAfter("never", HOUR);
            clock.advance(HOUR);
            left.add(timer.remaining().orElseThrow());
          });
      assertThat(left).singleElement().isNotEqualTo(Duration.ZERO);
      assertThat(before.<Optional<Object>>ask(() -> Self.receive(Object.class, Duration.ZERO)))
          .isEmpty();
    }

    @Test
    void a_deadline_that_is_not_needed_any_more_is_forgotten(ManualClock clock) {
      var server = Kind.PLAIN.start();
      for (int i = 0; i < 100; i++) {
        server.call(PuppetServer.heard(), HOUR);
      }
      assertThat(clock.pending()).isZero();
    }
  }
}
