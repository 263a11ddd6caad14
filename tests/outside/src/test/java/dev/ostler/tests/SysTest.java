package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Sys shows and does to servers and agents, direct ones and others: S01 to S05 and S13.
 *
 * <p>S12 has no counterpart: there is no change of code. A module and a process dictionary (S05)
 * are none of ours.
 */
@ParameterizedClass(name = "direct: {0}")
@ValueSource(booleans = {false, true})
@ExtendWith(OstlerExtension.class)
class SysTest {
  private static final Duration SOON = Duration.ofMillis(20);

  @Parameter boolean direct;

  private ServerRef<Notebook> server;
  private Agent<Integer> agent;

  @BeforeEach
  void start() {
    Pid test = Self.pid();
    var servers = GenServer.<Notebook>of(() -> new Notebook(test, true));
    var agents = Agent.of(() -> 1);
    server = (direct ? servers.direct() : servers).start();
    agent = (direct ? agents.direct() : agents).start();
  }

  private void note(String... notes) {
    for (String each : notes) {
      server.cast(new Notebook.Note(each));
    }
  }

  private List<String> pages() {
    return server.call(new Notebook.Pages());
  }

  /** Each request of Sys, with a time that is over at once. */
  private List<Consumer<Duration>> requests(Pid pid) {
    return List.of(
        time -> Sys.getState(pid, time),
        time -> Sys.replaceState(pid, state -> state, time),
        time -> Sys.status(pid, time),
        time -> Sys.memory(pid, time),
        time -> Sys.suspend(pid, time),
        time -> Sys.resume(pid, time),
        time -> Sys.terminate(pid, ExitReason.SHUTDOWN, time),
        time -> Sys.statistics(pid, true, time),
        time -> Sys.statistics(pid, time),
        time -> Sys.log(pid, 1, time),
        time -> Sys.log(pid, time),
        time -> Sys.trace(pid, line -> {}, time),
        time -> Sys.noTrace(pid, time),
        time -> Sys.logToFile(pid, Path.of("never written"), time),
        time -> Sys.noLogToFile(pid, time),
        time -> Sys.install(pid, "id", 1, (state, event) -> Optional.empty(), time),
        time -> Sys.remove(pid, "id", time),
        time -> Sys.noDebug(pid, time));
  }

  // S14
  @Test
  void each_request_gives_up_when_its_time_is_over() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Processes.spawn(() -> server.call(new Notebook.Block(begun, gate)));
    begun.await();
    for (Consumer<Duration> each : requests(server.pid())) {
      assertThatThrownBy(() -> each.accept(Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
    }
    server.pid().exit(ExitReason.KILL); // otherwise it would do all of that now
    gate.countDown();
  }

  @Nested
  class The_state {

    // S01
    @Test
    void of_a_server_is_what_its_callbacks_hold() {
      note("a");
      assertThat(Sys.getState(server.pid())).isEqualTo(List.of("a")).isSameAs(pages());
    }

    // S01
    @Test
    void of_an_agent_is_its_value() {
      agent.update(n -> n + 1);
      assertThat(Sys.getState(agent.pid())).isEqualTo(2);
    }

    // S01
    @Test
    void of_a_dead_process_is_refused() {
      Pid pid = server.pid();
      server.stop();
      assertThatThrownBy(() -> Sys.getState(pid)).isInstanceOf(CallException.NoProcess.class);
    }

    // S01
    @Test
    void of_a_raw_process_is_refused() {
      Pid raw = Processes.spawn(Self::receive);
      assertThatThrownBy(() -> Sys.getState(raw)).isInstanceOf(IllegalArgumentException.class);
    }

    // S01
    @Test
    void of_a_busy_server_is_waited_for_as_long_as_is_said() throws InterruptedException {
      var begun = new CountDownLatch(1);
      var gate = new CountDownLatch(1);
      Processes.spawn(() -> server.call(new Notebook.Block(begun, gate)));
      begun.await();
      assertThatThrownBy(() -> Sys.getState(server.pid(), SOON))
          .isInstanceOf(CallException.Timeout.class);
      gate.countDown();
      assertThat(Sys.getState(server.pid())).isEqualTo(List.of());
      assertThat(Self.flush()).isEmpty();
    }

    // S02
    @Test
    void is_replaced_by_what_a_function_makes_of_it() {
      assertThat(Sys.<Integer>replaceState(agent.pid(), n -> n + 41)).isEqualTo(42);
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(42);
      assertThat(Sys.<List<String>>replaceState(server.pid(), pages -> List.of("b")))
          .containsExactly("b");
      assertThat(pages()).containsExactly("b");
    }

    // S02
    @Test
    void stays_if_the_function_throws() {
      var failure = new IllegalStateException("no");
      assertThatThrownBy(
              () ->
                  Sys.<Integer>replaceState(
                      agent.pid(),
                      n -> {
                        throw failure;
                      }))
          .isInstanceOf(Sys.ReplaceStateException.class)
          .hasCause(failure);
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(1);
    }

    // S02: whatever it throws, as catch does in Erlang
    @Test
    void stays_if_the_function_fails_in_any_other_way() {
      for (Runnable failure :
          List.<Runnable>of(
              () -> {
                throw new AssertionError("no");
              },
              () -> Self.exit(ExitReason.of("no")))) {
        assertThatThrownBy(
                () ->
                    Sys.<Integer>replaceState(
                        agent.pid(),
                        n -> {
                          failure.run();
                          return n;
                        }))
            .isInstanceOf(Sys.ReplaceStateException.class);
        assertThat(agent.<Integer>get(n -> n)).isEqualTo(1);
      }
    }
  }

  @Nested
  class A_suspended_server {

    // S03
    @Test
    void lets_ordinary_messages_wait_and_handles_them_in_order_once_resumed() {
      Sys.suspend(server.pid());
      note("a");
      server.send("b");
      note("c");
      assertThatThrownBy(() -> server.call(new Notebook.Pages(), SOON))
          .isInstanceOf(CallException.Timeout.class);
      Sys.resume(server.pid());
      assertThat(pages()).containsExactly("a", "info b", "c");
    }

    // S03
    @Test
    void answers_system_requests() {
      Sys.suspend(server.pid());
      note("a");
      assertThat(Sys.getState(server.pid())).isEqualTo(List.of());
      Sys.replaceState(server.pid(), pages -> List.of("replaced"));
      Sys.resume(server.pid());
      assertThat(pages()).containsExactly("replaced", "a");
    }

    // S03
    @Test
    void may_be_suspended_and_resumed_twice() {
      Sys.suspend(server.pid());
      Sys.suspend(server.pid());
      note("a");
      Sys.resume(server.pid());
      Sys.resume(server.pid());
      assertThat(pages()).containsExactly("a");
    }

    // S03
    @Test
    void may_be_an_agent() {
      Sys.suspend(agent.pid());
      agent.cast(n -> n * 10);
      assertThatThrownBy(() -> agent.get(n -> n, SOON)).isInstanceOf(CallException.Timeout.class);
      assertThat(Sys.getState(agent.pid())).isEqualTo(1);
      Sys.resume(agent.pid());
      assertThat(agent.<Integer>get(n -> n)).isEqualTo(10);
    }

    // S04
    @Test
    void terminates_when_its_parent_exits() {
      Pid test = Self.pid();
      var reason = ExitReason.shutdown("parent");
      Processes.spawn(
          () -> {
            var servers = GenServer.<Notebook>of(() -> new Notebook(test, true));
            var child = (direct ? servers.direct() : servers).startLink();
            test.send(child);
            Self.receive();
            Self.exit(reason);
          });
      var child = Self.receive(ServerRef.class);
      MonitorRef ref = Self.monitor(child.pid());
      Sys.suspend(child.pid());
      child.send("waits");
      Processes.info(child.pid()).orElseThrow().ancestors().getFirst().send("exit");
      assertThat(Self.receive()).isEqualTo(new Notebook.Terminated(child.pid(), reason));
      assertThat(Self.receive()).isEqualTo(new Down(ref, child.pid(), reason));
    }

    // S13, G65
    @Test
    void terminates_when_it_is_told_to() {
      MonitorRef ref = Self.monitor(server.pid());
      Pid pid = server.pid();
      Sys.suspend(pid);
      Sys.terminate(pid, ExitReason.SHUTDOWN);
      assertThat(Self.receive()).isEqualTo(new Notebook.Terminated(pid, ExitReason.SHUTDOWN));
      assertThat(Self.receive()).isEqualTo(new Down(ref, pid, ExitReason.SHUTDOWN));
    }
  }

  @Nested
  class The_status {

    // S05
    @Test
    void of_an_idle_server_says_so() {
      Sys.Status status = Sys.status(server.pid());
      assertThat(status.pid()).isEqualTo(server.pid());
      assertThat(status.label()).isEqualTo("Notebook");
      assertThat(status.suspended()).isFalse();
      assertThat(status.queued()).isZero();
      assertThat(status.parent()).contains(Self.pid());
      assertThat(status.state()).isEmpty();
    }

    // S05
    @Test
    void of_a_busy_or_suspended_server_comes_at_once_and_counts_who_waits() throws Exception {
      var begun = new CountDownLatch(1);
      var gate = new CountDownLatch(1);
      Processes.spawn(() -> server.call(new Notebook.Block(begun, gate)));
      begun.await();
      note("a", "b");
      Sys.Status status = Sys.status(server.pid());
      assertThat(status.busy()).isTrue();
      assertThat(status.queued()).isEqualTo(2);
      gate.countDown();

      Sys.suspend(server.pid());
      note("c", "d", "e");
      Sys.Status suspended = Sys.status(server.pid(), Duration.ofSeconds(5));
      assertThat(suspended.suspended()).isTrue();
      assertThat(suspended.queued()).isEqualTo(3);
      Sys.resume(server.pid());
      assertThat(pages()).hasSize(5);
      assertThat(Sys.status(server.pid()).suspended()).isFalse();
    }

    // S05, G74
    @Test
    void shows_the_state_as_the_server_wants_it_shown() {
      note("a", "b");
      assertThat(Sys.status(server.pid(), Duration.ofSeconds(5)).state())
          .contains("a notebook of 2");
      assertThat(Sys.status(agent.pid(), Duration.ofSeconds(5)).state()).contains(1);
    }

    // S05
    @Test
    void of_the_dead_is_refused() {
      Pid pid = agent.pid();
      agent.stop();
      assertThatThrownBy(() -> Sys.status(pid)).isInstanceOf(CallException.NoProcess.class);
    }
  }

  @Nested
  class Terminate {

    // S13
    @Test
    void is_answered_before_the_server_ends_with_the_reason() {
      Pid pid = server.pid();
      MonitorRef ref = Self.monitor(pid);
      var reason = ExitReason.shutdown("told");
      note("handled before");
      Sys.terminate(pid, reason);
      assertThat(Self.receive()).isEqualTo(new Notebook.Terminated(pid, reason));
      assertThat(Self.receive()).isEqualTo(new Down(ref, pid, reason));
    }

    // S13
    @Test
    void of_the_dead_is_refused() {
      Pid pid = agent.pid();
      Sys.terminate(pid, ExitReason.SHUTDOWN);
      MonitorRef ref = Self.monitor(pid);
      assertThat(Self.receive(Down.class).ref()).isEqualTo(ref);
      assertThatThrownBy(() -> Sys.terminate(pid, ExitReason.SHUTDOWN))
          .isInstanceOf(CallException.NoProcess.class);
    }
  }

  @Nested
  class Asking {

    // S01, S03, S06, P01
    @Test
    void never_reorders_a_mailbox() {
      List<Pid> askers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        askers.add(
            Processes.spawn(
                () -> {
                  while (true) {
                    Sys.suspend(server.pid());
                    Sys.getState(server.pid());
                    Sys.status(server.pid());
                    Sys.statistics(server.pid(), true);
                    Sys.resume(server.pid());
                    Sys.noDebug(server.pid());
                  }
                }));
      }
      String[] notes = IntStream.range(0, 500).mapToObj(i -> "note " + i).toArray(String[]::new);
      note(notes);
      var last = server.call(new Notebook.Pages(), Duration.ofSeconds(60));
      askers.forEach(asker -> asker.exit(ExitReason.KILL));
      assertThat(last).containsExactly(notes);
    }

    // S01
    @Test
    void waits_its_turn() {
      note("a", "b");
      Object before = Sys.getState(server.pid());
      note("c");
      assertThat(before).isEqualTo(List.of("a", "b"));
      assertThat(pages()).containsExactly("a", "b", "c");
    }
  }
}
