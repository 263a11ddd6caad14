package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.Event;
import dev.ostler.Events;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Code that runs on and on, alive or dead, is reported, with where it is. */
@ExtendWith(OstlerExtension.class)
class LongRunTest {

  /** The first event of a type about a process. */
  private static <E extends Event> CompletableFuture<E> first(
      Class<E> type, CompletableFuture<Pid> about) {
    Reports.told(); // what happened before takes no room
    var told = new CompletableFuture<E>();
    var subscription =
        Events.subscribe(
            type,
            event -> {
              if (event.pid() == about.getNow(null)) {
                told.complete(event);
              }
            });
    return told.whenComplete((event, failure) -> subscription.close());
  }

  private static void loiterUntil(CountDownLatch gate) {
    while (gate.getCount() > 0) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        // It stays: this is the code that does not hear.
      }
    }
  }

  @Test
  void a_callback_that_runs_for_long_is_reported_with_its_stack() throws Exception {
    Agent<Integer> agent = Agent.start(() -> 0);
    var gate = new CountDownLatch(1);
    var report = first(Event.LongCallback.class, CompletableFuture.completedFuture(agent.pid()));
    agent.cast(
        n -> {
          loiterUntil(gate);
          return n + 1;
        });
    assertThat(report.get().label()).isEqualTo("agent");
    assertThat(report.get().stack()).contains("loiterUntil");
    assertThat(report.get().atLeast()).isPositive();
    gate.countDown();
    assertThat(agent.<Integer>get(n -> n)).isEqualTo(1); // a report harms nothing
  }

  @Test
  void a_callback_that_runs_for_long_is_reported_though_the_clock_stands_still(ManualClock clock)
      throws Exception {
    Agent<Integer> agent = Agent.start(() -> 0); // goes by that clock
    var gate = new CountDownLatch(1);
    var report = first(Event.LongCallback.class, CompletableFuture.completedFuture(agent.pid()));
    agent.cast(
        n -> {
          loiterUntil(gate);
          return n;
        });
    assertThat(report.get().stack()).contains("loiterUntil");
    assertThat(clock.elapsed()).isZero();
    gate.countDown();
  }

  @Test
  void a_callback_of_a_server_that_was_started_within_a_deadline_is_reported_too()
      throws Exception {
    var begun = new CompletableFuture<Pid>();
    var gate = new CountDownLatch(1);
    var report = first(Event.LongCallback.class, begun);
    GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          begun.complete(Self.pid());
                          return Init.<List<Object>>ok(List.of())
                              .thenContinue(
                                  PuppetServer.step(
                                      heard -> {
                                        loiterUntil(gate);
                                        return Next.noReply(heard);
                                      }));
                        }))
        .startTimeout(Deaths.PATIENCE)
        .start();
    assertThat(report.get().stack()).contains("loiterUntil");
    gate.countDown();
  }

  @Test
  void a_callback_of_a_direct_server_on_its_callers_thread_is_reported_too() throws Exception {
    Agent<Integer> agent = Agent.<Integer>of(() -> 0).direct().start();
    var gate = new CountDownLatch(1);
    var report = first(Event.LongCallback.class, CompletableFuture.completedFuture(agent.pid()));
    Thread caller =
        Thread.ofPlatform()
            .start(
                () ->
                    agent.cast(
                        n -> {
                          loiterUntil(gate);
                          return n + 1;
                        }));
    assertThat(report.get().stack()).contains("loiterUntil");
    gate.countDown();
    caller.join();
    assertThat(agent.<Integer>get(n -> n)).isEqualTo(1);
  }

  @Test
  void a_server_killed_in_a_callback_that_does_not_end_is_reported_as_a_zombie() throws Exception {
    Agent<Integer> agent = Agent.start(() -> 0);
    var begun = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    var acted = new CompletableFuture<Throwable>();
    var report = first(Event.Zombie.class, CompletableFuture.completedFuture(agent.pid()));
    agent.cast(
        n -> {
          begun.countDown();
          loiterUntil(gate);
          try {
            Self.pid();
            acted.complete(new AssertionError("a zombie acts"));
          } catch (Error dead) {
            acted.complete(dead);
          }
          return n;
        });
    begun.await();
    agent.pid().exit(ExitReason.KILL);
    assertThat(agent.pid().isAlive()).isFalse(); // nobody waits for the zombie
    assertThat(report.get().stack()).contains("loiterUntil");
    assertThat(report.get().label()).isEqualTo("agent");
    gate.countDown();
    assertThat(acted.get()).isNotInstanceOf(AssertionError.class);
  }

  @Test
  void a_process_killed_while_it_does_not_listen_is_reported_as_a_zombie() throws Exception {
    var begun = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    var acted = new CompletableFuture<Boolean>();
    var about = new CompletableFuture<Pid>();
    var report = first(Event.Zombie.class, about);
    Agent<Integer> bystander = Agent.start(() -> 0);
    Pid zombie =
        Processes.spawn(
            "deaf",
            () -> {
              begun.countDown();
              loiterUntil(gate);
              try {
                bystander.update(n -> n + 1);
                acted.complete(true);
              } catch (CallException e) {
                acted.complete(true);
              } catch (Error dead) {
                acted.complete(false);
              }
            });
    about.complete(zombie);
    begun.await();
    zombie.exit(ExitReason.KILL);
    assertThat(report.get().label()).isEqualTo("deaf");
    assertThat(report.get().stack()).contains("loiterUntil");
    gate.countDown();
    assertThat(acted.get()).isFalse();
    assertThat(bystander.<Integer>get(n -> n)).isZero(); // what it does reaches nobody
  }
}
