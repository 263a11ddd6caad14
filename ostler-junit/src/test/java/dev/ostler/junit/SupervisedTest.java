package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.ChildException;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.StartException;
import dev.ostler.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a test may do with its children: X01, X03 to X07. */
@ExtendWith(OstlerExtension.class)
class SupervisedTest {

  // X01
  @Test
  void start_gives_what_the_child_gives(Supervised supervised) {
    Agent<Integer> agent = supervised.start(Agent.of(() -> 7).id("agent"));
    assertThat(agent.<Integer>get(n -> n)).isEqualTo(7);
    assertThat(supervised.pid("agent")).contains(agent.pid());
  }

  // X01
  @Test
  void a_child_that_does_not_start_fails_with_its_reason(Supervised supervised) {
    record Refuses()
        implements GenServer<String, dev.ostler.Call<Refuses, ?>, dev.ostler.Cast<Refuses>> {
      @Override
      public Init<String> init() {
        return Init.stop(ExitReason.shutdown("not today"));
      }
    }
    assertThatThrownBy(() -> supervised.start(GenServer.of(Refuses::new).id("refuses")))
        .isInstanceOfSatisfying(
            StartException.Failed.class,
            e -> assertThat(e.reason()).isEqualTo(ExitReason.shutdown("not today")));
    assertThat(supervised.pid("refuses")).isEmpty();
  }

  // X03
  @Test
  void an_id_is_given_once_at_a_time(Supervised supervised) {
    Agent<Integer> one = supervised.start(Agent.of(() -> 1).id("same"));
    assertThatThrownBy(() -> supervised.start(Agent.of(() -> 2).id("same")))
        .isInstanceOf(StartException.AlreadyStarted.class)
        .hasMessageContaining("same")
        .hasMessageContaining(one.pid().toString());
    supervised.start(Agent.of(() -> 2).id("other"));
    supervised.stop("same");
    assertThat(supervised.start(Agent.of(() -> 3).id("same")).<Integer>get(n -> n)).isEqualTo(3);
  }

  // X03
  @Test
  void children_without_an_id_get_each_their_own(Supervised supervised) {
    var child = Agent.of(() -> 1);
    assertThat(supervised.start(child).pid()).isNotEqualTo(supervised.start(child).pid());
  }

  // X04
  @Test
  void a_child_that_crashes_does_not_end_the_test_and_is_restarted(Supervised supervised) {
    Agent<Integer> agent = supervised.start(Agent.of(() -> 1).id("agent"));
    agent.pid().exit(ExitReason.of("rotten"));
    assertThat(agent.pid().isAlive()).isFalse();
    Pid again = supervised.pid("agent").orElseThrow(); // answered after the restart
    assertThat(again).isNotEqualTo(agent.pid());
    assertThat(again.isAlive()).isTrue();
    assertThat(Self.flush()).isEmpty();
  }

  // X04: as often as it likes
  @Test
  void a_child_may_crash_time_and_again(Supervised supervised) {
    supervised.start(Agent.of(() -> 1).id("agent"));
    for (int crash = 0; crash < 10; crash++) {
      supervised.pid("agent").orElseThrow().exit(ExitReason.KILL);
    }
    assertThat(supervised.pid("agent")).isPresent();
  }

  // X04
  @Test
  void a_temporary_child_that_crashes_is_gone(Supervised supervised) {
    var spec = Agent.of(() -> 1).id("agent").restart(Restart.TEMPORARY);
    Agent<Integer> agent = supervised.start(spec);
    agent.pid().exit(ExitReason.of("rotten"));
    assertThat(supervised.pid("agent")).isEmpty();
    assertThat(supervised.start(spec).<Integer>get(n -> n)).isEqualTo(1);
  }

  // X04
  @Test
  void a_linked_child_that_crashes_is_heard_by_a_test_that_traps_exits(Supervised supervised) {
    Self.trapExits(true);
    Agent<Integer> agent = supervised.startLinked(Agent.of(() -> 1));
    agent.pid().exit(ExitReason.of("rotten"));
    assertThat(Self.flush()).containsExactly(new Exit(agent.pid(), ExitReason.of("rotten")));
  }

  @Test
  void a_clock_stands_still_for_the_test_and_its_children(
      Supervised supervised, ManualClock clock) {
    Pid test = Self.pid();
    supervised.start(
        Processes.of(
            () -> {
              Self.sendAfter("ring", Duration.ofHours(1));
              test.send("set");
              test.send(Self.receive());
            }));
    assertThat(Self.receive()).isEqualTo("set");
    Self.sendAfter("mine", Duration.ofMinutes(59));
    clock.advance(Duration.ofMinutes(59));
    assertThat(Self.receive()).isEqualTo("mine");
    clock.advance(Duration.ofMinutes(1));
    assertThat(Self.receive()).isEqualTo("ring");
  }

  // X05
  @Test
  void stop_waits_for_the_child_and_forgets_it(Supervised supervised) {
    List<String> journal = new ArrayList<>();
    Pid child = supervised.start(Witness.of("child", journal)).pid();
    supervised.stop("child");
    assertThat(journal).containsExactly("child shutdown");
    assertThat(child.isAlive()).isFalse();
    assertThat(supervised.pid("child")).isEmpty();
  }

  // X05
  @Test
  void stop_of_the_unknown_is_refused(Supervised supervised) {
    assertThatThrownBy(() -> supervised.stop("nobody"))
        .isInstanceOf(ChildException.NotFound.class)
        .hasMessageContaining("nobody");
  }

  // X05
  @Test
  void stop_forgets_children_of_every_kind(Supervised supervised) {
    for (Restart restart : Restart.values()) {
      supervised.start(Agent.of(() -> 1).id("child").restart(restart));
      supervised.stop("child");
      assertThat(supervised.pid("child")).isEmpty();
    }
    supervised.start(Agent.of(() -> 1).id("child"));
  }

  // X05
  @Test
  void stop_of_one_that_is_linked_leaves_the_test_alone(Supervised supervised) {
    supervised.startLinked(Agent.of(() -> 1).id("linked"));
    supervised.stop("linked");
    assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
  }

  // X06
  @Test
  void another_thread_or_process_may_not_use_it(Supervised supervised) throws Exception {
    assertThat(refusal(supervised, Thread::startVirtualThread)).contains("alone");
    assertThat(refusal(supervised, work -> Processes.spawn(work::run))).contains("alone");
  }

  private interface Starter {
    Object start(Runnable work);
  }

  private static String refusal(Supervised supervised, Starter starter) throws Exception {
    var done = new CompletableFuture<Agent<Integer>>();
    starter.start(
        () -> {
          try {
            done.complete(supervised.start(Agent.of(() -> 1)));
          } catch (Throwable refused) {
            done.completeExceptionally(refused);
          }
        });
    try {
      return "no refusal: " + done.get();
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(IllegalStateException.class);
      return String.valueOf(e.getCause().getMessage());
    }
  }

  // X06
  @Test
  void it_ends_with_its_test() throws Exception {
    var kept = new CompletableFuture<Supervised>();
    var thread =
        Thread.ofPlatform()
            .start(
                () -> { // a test like any other, of which only the Supervised is left
                  var test = new Lifetime("the test's");
                  kept.complete(new Supervised(test));
                  test.detach();
                });
    thread.join();
    assertThatThrownBy(() -> kept.get().start(Agent.of(() -> 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has ended");
  }

  // X07
  @Test
  void a_child_descends_from_the_test_through_its_supervisor(Supervised supervised) {
    Pid child = supervised.start(Agent.of(() -> 1)).pid();
    List<Pid> ancestors = Processes.info(child).orElseThrow().ancestors();
    assertThat(ancestors).hasSize(2);
    assertThat(ancestors.getFirst().label()).isEqualTo("test supervisor");
    assertThat(ancestors.getLast()).isEqualTo(Self.pid());
  }

  // X07
  @Test
  void a_child_works_on_behalf_of_the_test(Supervised supervised) {
    Pid test = Self.pid();
    Agent<Integer> agent = supervised.start(Agent.of(() -> 1).id("agent"));
    assertThat(agent.<List<Pid>>get(_ -> Self.callers())).containsExactly(test);
    agent.pid().exit(ExitReason.KILL);
    supervised.pid("agent").orElseThrow(); // answered after the restart
    supervised.start(Processes.of(() -> test.send(Self.callers())).restart(Restart.TEMPORARY));
    assertThat(Self.receive()).isEqualTo(List.of(test));
    supervised.start(Task.of(() -> tell(test)));
    assertThat(Self.receive()).isEqualTo(List.of(test));
    assertThat(Task.async(Self::callers).await()).containsExactly(test);
  }

  private static boolean tell(Pid test) {
    test.send(Self.callers());
    return true;
  }
}
