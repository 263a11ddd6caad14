package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process that holds a value, direct or not: A01 to A09, A11, A12.
 *
 * <p>A05 cannot be written: only an {@link Agent.Update} can be returned; what is left of it is
 * null. A10 has no counterpart: functions are given as functions.
 */
@ParameterizedClass(name = "direct: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(OstlerExtension.class)
class AgentTest {
  @Parameter boolean direct;

  private <S> ServerChild<Agent<S>, Agent<S>> agent(Supplier<? extends S> initial) {
    ServerChild<Agent<S>, Agent<S>> child = Agent.of(initial);
    return direct ? child.direct() : child;
  }

  private static <T> T fail(RuntimeException failure) {
    throw failure;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Nested
  class A_start {

    // A01
    @Test
    void runs_the_function_in_the_agent_before_it_returns() {
      Agent<Pid> agent = agent(Self::pid).startLink();
      assertThat(Sys.getState(agent.pid())).isEqualTo(agent.pid());
      assertThat(agent.<Pid>get(pid -> pid)).isNotEqualTo(Self.pid());
    }

    // A01
    @Test
    void fails_with_what_the_function_throws() {
      Self.trapExits(true);
      var failure = new IllegalStateException("no value");
      assertThatThrownBy(() -> agent(() -> fail(failure)).startLink())
          .isInstanceOfSatisfying(
              StartException.Failed.class,
              e -> assertThat(e.reason()).isEqualTo(new ExitReason.Crash(failure)));
      assertThat(Self.flush()).isEmpty();
    }

    // A11
    @Test
    void under_a_supervisor_is_permanent_and_known_by_its_name() {
      Name<Agent<Integer>> name = Name.unique("counter");
      var spec = agent(() -> 1).spec();
      assertThat(spec.restart()).isEqualTo(Restart.PERMANENT);
      assertThat(this.<Integer>named(name).spec().id()).isEqualTo(name);
    }

    private <S> ServerChild<Agent<S>, Agent<S>> named(Name<Agent<S>> name) {
      return AgentTest.this.<S>agent(() -> fail(new IllegalStateException())).named(name);
    }
  }

  @Nested
  class A_function {

    // A02
    @Test
    void of_get_runs_in_the_agent_and_leaves_the_value() {
      Agent<Integer> agent = agent(() -> 7).start();
      assertThat(agent.<Pid>get(n -> Self.pid())).isEqualTo(agent.pid());
      assertThat(agent.<Integer>get(n -> n + 1)).isEqualTo(8);
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(7);
    }

    // A03
    @Test
    void of_update_is_applied_before_update_returns() {
      Agent<Integer> agent = agent(() -> 7).start();
      var ranIn = new CompletableFuture<Pid>();
      agent.update(
          n -> {
            ranIn.complete(Self.pid());
            return n * 6;
          });
      assertThat(ranIn).isCompletedWithValue(agent.pid());
      assertThat(Sys.getState(agent.pid())).isEqualTo(42);
    }

    // A04
    @Test
    void of_get_and_update_reads_and_replaces_in_one_step() {
      Agent<Integer> agent = agent(() -> 0).start();
      Pid test = Self.pid();
      for (int i = 0; i < 4; i++) {
        Processes.spawn(
            () -> {
              for (int j = 0; j < 250; j++) {
                test.send(agent.<Integer>getAndUpdate(n -> new Agent.Update<>(n, n + 1)));
              }
            });
      }
      Set<Object> drawn = new HashSet<>();
      for (int i = 0; i < 1_000; i++) {
        assertThat(drawn.add(Self.receive())).isTrue();
      }
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(1_000);
    }

    // A05
    @Test
    void of_get_and_update_that_returns_null_crashes_the_agent() {
      Agent<Integer> agent = agent(() -> 0).start();
      assertThatThrownBy(() -> agent.getAndUpdate(n -> null))
          .isInstanceOf(CallException.Exited.class)
          .hasCauseInstanceOf(NullPointerException.class);
      assertThat(agent.pid().isAlive()).isFalse();
    }

    // A06
    @Test
    void of_cast_is_applied_before_what_its_sender_asks_later() {
      Agent<String> agent = agent(() -> "").start();
      agent.cast(text -> text + "a");
      agent.cast(text -> text + "b");
      assertThat(agent.<String>get(text -> text + "c")).isEqualTo("abc");
    }

    // A06
    @Test
    void of_cast_is_not_waited_for() {
      Agent<Integer> agent = Agent.start(() -> 0); // a direct one may run it on this thread
      var gate = new CountDownLatch(1);
      agent.cast(
          n -> {
            await(gate);
            return n + 1;
          });
      gate.countDown();
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(1);
    }

    // A06
    @Test
    void of_cast_to_a_dead_agent_is_dropped() {
      Agent<Integer> agent = agent(() -> 0).start();
      agent.stop();
      agent.cast(n -> n + 1);
      Agent.<Integer>at(Name.unique("nobody")).cast(n -> n + 1);
      assertThat(agent.pid().isAlive()).isFalse();
    }
  }

  @Nested
  class A_function_that_throws {
    private final IllegalStateException failure = new IllegalStateException("rotten");

    private void crashes(Agent<Integer> agent, Runnable ask) {
      assertThatThrownBy(ask::run)
          .isInstanceOfSatisfying(
              CallException.Exited.class,
              e -> assertThat(e.reason()).isEqualTo(new ExitReason.Crash(failure)));
      assertThat(agent.pid().isAlive()).isFalse();
    }

    // A07
    @Test
    void crashes_the_agent_and_reaches_the_caller() {
      Agent<Integer> get = agent(() -> 0).start();
      crashes(get, () -> get.get(n -> fail(failure)));
      Agent<Integer> update = agent(() -> 0).start();
      crashes(update, () -> update.update(n -> fail(failure)));
      Agent<Integer> both = agent(() -> 0).start();
      crashes(both, () -> both.getAndUpdate(n -> fail(failure)));
    }

    // A07
    @Test
    void reaches_all_who_wait() throws InterruptedException {
      Agent<Integer> agent = agent(() -> 0).start();
      Pid test = Self.pid();
      var begun = new CountDownLatch(1);
      Processes.spawn(
          () ->
              agent.update(
                  n -> {
                    begun.countDown();
                    while (Sys.status(agent.pid()).queued() < 2) {
                      Thread.onSpinWait(); // until the others wait
                    }
                    return fail(failure);
                  }));
      begun.await();
      for (int i = 0; i < 2; i++) {
        Processes.spawn(
            () -> {
              try {
                agent.get(n -> n);
              } catch (CallException.Exited e) {
                test.send(e.reason());
              }
            });
      }
      assertThat(Self.receive()).isEqualTo(new ExitReason.Crash(failure));
      assertThat(Self.receive()).isEqualTo(new ExitReason.Crash(failure));
    }
  }

  // A08
  @Test
  void a_function_slower_than_the_timeout_fails_its_caller_and_is_applied_nevertheless()
      throws InterruptedException {
    Agent<Integer> agent = agent(() -> 0).start();
    var begun = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    // Another runs the agent meanwhile: a direct one's caller would be busy itself.
    Processes.spawn(
        () ->
            agent.update(
                n -> {
                  begun.countDown();
                  await(gate);
                  return n + 1;
                }));
    begun.await();
    assertThatThrownBy(() -> agent.update(n -> n + 10, Duration.ofMillis(20)))
        .isInstanceOf(CallException.Timeout.class);
    gate.countDown();
    assertThat(agent.<Integer>get(n -> n)).isEqualTo(11);
    assertThat(Self.flush()).isEmpty();
  }

  // A09
  @Test
  void stop_returns_when_the_agent_is_dead_and_its_name_is_free() {
    Name<Agent<Integer>> name = Name.unique("counter");
    ServerChild<Agent<Integer>, Agent<Integer>> child = this.<Integer>agent(() -> 1).named(name);
    Agent<Integer> agent = child.start();
    assertThat(Agent.at(name).<Integer>get(n -> n)).isEqualTo(1);
    agent.stop();
    assertThat(agent.pid().isAlive()).isFalse();
    assertThat(name.whereis()).isEmpty();
    assertThat(child.start().<Integer>get(n -> n)).isEqualTo(1);
  }

  // A12
  @Test
  void an_unexpected_message_is_reported_and_ignored() {
    Agent<Integer> agent = agent(() -> 1).start();
    var reported = new CompletableFuture<Event>();
    Reports.told(); // what happened before takes no room
    try (var _ =
        Events.subscribe(
            Event.Unexpected.class,
            event -> {
              if (event.pid() == agent.pid()) {
                reported.complete(event);
              }
            })) {
      agent.pid().send("what is this");
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(1);
      Reports.told();
      assertThat(reported)
          .isCompletedWithValue(new Event.Unexpected(agent.pid(), "agent", "what is this"));
    }
  }
}
