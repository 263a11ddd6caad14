package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** What tools read of processes. */
class InspectionTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final CountDownLatch over = new CountDownLatch(1);

  @Test
  void every_living_process_is_found_once() {
    DynamicSupervisor supervisor = DynamicSupervisor.of().start();
    List<Pid> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      all.add(supervisor.startChild(Agent.of(() -> 0)).pid());
    }
    all.add(Processes.spawn("raw", over::await));
    long last = all.getLast().id();

    var found = new ArrayList<Pid>();
    Inspection.forEach(found::add);

    assertThat(found).containsAll(all).doesNotHaveDuplicates();
    assertThat(Inspection.find(last)).contains(all.getLast());
    assertThat(Inspection.started()).isGreaterThanOrEqualTo(last);
    over.countDown();
    supervisor.stop();
    assertThat(Inspection.find(all.getFirst().id())).isEmpty();
  }

  @Test
  void a_kind_is_that_of_the_handle() {
    Supervisor supervisor = Supervisor.of(Strategy.ONE_FOR_ALL).start();
    DynamicSupervisor dynamic = DynamicSupervisor.of().start();
    Agent<Integer> agent = Agent.of(() -> 0).start();
    Pid raw = Processes.spawn("raw", over::await);

    assertThat(Inspection.kind(supervisor.pid())).isEqualTo(Inspection.Kind.SUPERVISOR);
    assertThat(Inspection.strategy(supervisor.pid())).contains(Strategy.ONE_FOR_ALL);
    assertThat(Inspection.kind(dynamic.pid())).isEqualTo(Inspection.Kind.DYNAMIC_SUPERVISOR);
    assertThat(Inspection.strategy(dynamic.pid())).isEmpty();
    assertThat(Inspection.kind(agent.pid())).isEqualTo(Inspection.Kind.AGENT);
    assertThat(Inspection.kind(raw)).isEqualTo(Inspection.Kind.PROCESS);
    over.countDown();
  }

  @Test
  void the_oldest_message_is_known_again_in_a_later_look() {
    Agent<Integer> agent = Agent.of(() -> 0).start();
    Pid pid = agent.pid();
    assertThat(Inspection.oldest(pid, Optional.empty())).isEmpty();

    Sys.suspend(pid);
    castAndHold(agent);
    var first = Inspection.oldest(pid, Optional.empty());
    castAndHold(agent);
    var second = Inspection.oldest(pid, first);
    Sys.resume(pid);
    int handled = agent.get(n -> n);
    Sys.suspend(pid);
    castAndHold(agent);
    var third = Inspection.oldest(pid, second);
    Sys.resume(pid);

    assertThat(handled).isEqualTo(2);
    assertThat(first).isPresent();
    assertThat(second).containsSame(first.get());
    assertThat(third).isPresent();
    assertThat(third.get()).isNotSameAs(first.get());
    assertThat(first.get().atLeast()).isPositive();
  }

  /** Casts to a suspended agent, and waits until it has taken the message. */
  private static void castAndHold(Agent<Integer> agent) {
    agent.cast(n -> n + 1);
    var _ = Sys.getState(agent.pid());
  }

  @Test
  void a_supervisor_tells_the_ids_of_its_children() {
    Supervisor supervisor =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(Agent.of(() -> 0).id("one"))
            .child(Agent.of(() -> 0).id("two").restart(Restart.TRANSIENT))
            .start();
    List<Pid> children =
        supervisor.children().reversed().stream().map(child -> child.pid().orElseThrow()).toList();
    Pid other = Agent.of(() -> 0).start().pid();

    var known =
        Inspection.supervised(
            supervisor.pid(), List.of(children.get(0), children.get(1), other), LONG);

    assertThat(known).hasSize(2);
    assertThat(known.get(children.get(0)))
        .isEqualTo(new Inspection.Supervised("one", Restart.PERMANENT));
    assertThat(known.get(children.get(1)))
        .isEqualTo(new Inspection.Supervised("two", Restart.TRANSIENT));
    assertThat(Inspection.parent(children.get(0))).contains(supervisor.pid());
    assertThat(Inspection.supervised(other, children, LONG)).isEmpty();
  }

  @Test
  void waiting_messages_are_told_by_type_oldest_first() {
    Pid pid = Processes.spawn("raw", over::await);
    List.<Object>of(1, "two", 3L).forEach(pid::send);

    assertThat(Inspection.waiting(pid, 20))
        .containsExactly("java.lang.Integer", "java.lang.String", "java.lang.Long");
    assertThat(Inspection.waiting(pid, 2)).containsExactly("java.lang.Integer", "java.lang.String");
    assertThat(Inspection.queued(pid)).isEqualTo(3);
    over.countDown();
  }

  @Test
  void those_that_a_suspended_server_holds_come_first() {
    Agent<Integer> agent = Agent.of(() -> 0).start();
    Sys.suspend(agent.pid());
    agent.pid().send("held");
    Object state = Sys.getState(agent.pid()); // now it has taken the message
    agent.pid().send(2);

    assertThat(state).isEqualTo(0);
    assertThat(Inspection.waiting(agent.pid(), 20)).startsWith("java.lang.String");
    Sys.resume(agent.pid());
  }

  @Test
  void a_text_is_cut() {
    assertThat(Inspection.text("x".repeat(1000), 10))
        .isEqualTo(new Inspection.Shown("x".repeat(10), true));
    assertThat(Inspection.text(List.of(1, 2), 10)).isEqualTo(new Inspection.Shown("[1, 2]", false));
  }

  @Test
  void a_state_that_takes_long_stops_nobody() {
    Agent<Object> slow =
        Agent.<Object>of(
                () ->
                    new Object() {
                      @Override
                      public String toString() {
                        try {
                          over.await();
                        } catch (InterruptedException e) {
                          // As code that ends then.
                        }
                        return "late";
                      }
                    })
            .start();

    assertThat(Inspection.state(slow.pid(), 100, LONG).text()).contains("took too long to show");
    assertThat(slow.<Boolean>get(state -> true)).isTrue();
    over.countDown();
  }

  @Test
  void a_raw_process_has_no_state() {
    Pid raw = Processes.spawn("raw", over::await);

    assertThatThrownBy(() -> Inspection.state(raw, 100, LONG))
        .isInstanceOf(IllegalArgumentException.class);
    over.countDown();
  }

  @Test
  void a_trace_ends_when_its_reader_says_so() throws InterruptedException {
    Agent<Integer> agent = Agent.of(() -> 0).start();
    BlockingQueue<Inspection.Traced> traced = new LinkedBlockingQueue<>();
    Inspection.trace(
        agent.pid(),
        this,
        100,
        event -> {
          traced.add(event);
          return traced.size() < 2;
        },
        LONG);
    agent.pid().send("hello");
    agent.get(state -> state);

    assertThat(traced.take().shown().text()).isEqualTo("hello");
    assertThat(traced.take())
        .isEqualTo(
            new Inspection.Traced(
                SysEvent.Kind.STATE, new Inspection.Shown("0", false), Optional.empty()));
    assertThat(traced).isEmpty();
  }
}
