package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.MonitorRef;
import dev.ostler.Name;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a thread that is no process may do, and what it is told when it does more. */
@ExtendWith(OstlerExtension.class)
class NoProcessTest {

  /** Everything that only a process may do. */
  enum Operation {
    PID(Self::pid),
    ANCESTORS(Self::ancestors),
    CALLERS(Self::callers),
    SERVER(() -> Self.server(Scripted.class)),
    RECEIVE(Self::receive),
    RECEIVE_IN_TIME(() -> Self.receive(Duration.ZERO)),
    RECEIVE_OF_A_TYPE(() -> Self.receive(String.class)),
    RECEIVE_OF_A_TYPE_IN_TIME(() -> Self.receive(String.class, Duration.ZERO)),
    RECEIVE_WHAT_IS_WANTED(() -> Self.receive(String.class, m -> true, Duration.ZERO)),
    FLUSH(Self::flush),
    SEND_AFTER(() -> Self.sendAfter("later", Duration.ZERO)),
    LINK(() -> Self.link(target())),
    UNLINK(() -> Self.unlink(target())),
    TRAP_EXITS(() -> Self.trapExits(true)),
    SPAWN_LINK(() -> Self.spawnLink(() -> {})),
    SPAWN_LINK_LABELLED(() -> Self.spawnLink("child", () -> {})),
    SPAWN_MONITOR(() -> Self.spawnMonitor(() -> {})),
    MONITOR(() -> Self.monitor(target())),
    MONITOR_A_NAME(() -> Self.monitor(Name.of("nobody"))),
    DEMONITOR(() -> Self.demonitor(ref())),
    DEMONITOR_AND_FLUSH(() -> Self.demonitor(ref(), true)),
    EXIT(() -> Self.exit(ExitReason.NORMAL)),
    START_LINK(() -> GenServer.of(Scripted::new).startLink()),
    START_LINK_OF_A_BODY(() -> Processes.of(() -> {}).startLink());

    static {
      ref(); // now, on a thread that lives: a zombie, interrupted, cannot make it
    }

    private final Outside.Action action;

    Operation(Outside.Action action) {
      this.action = action;
    }

    private static Pid target() {
      return Processes.NOBODY;
    }

    private static MonitorRef ref() {
      return Ended.REF;
    }

    Optional<Throwable> failure() {
      try {
        action.run();
        return Optional.empty();
      } catch (Throwable thrown) {
        return Optional.of(thrown);
      }
    }
  }

  /** A monitor that has ended, and its process, too. */
  private static final class Ended {
    static final MonitorRef REF = make();

    private static MonitorRef make() {
      try {
        return Outside.ask(NoProcessTest::endedMonitor);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static MonitorRef endedMonitor() {
    Processes.attach();
    try {
      return Self.monitor(Processes.NOBODY);
    } finally {
      Processes.detach();
    }
  }

  @ParameterizedTest
  @EnumSource
  void cannot_do_what_only_a_process_can(Operation operation) throws Exception {
    assertThat(Outside.ask(operation::failure).orElseThrow())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("process")
        .hasMessageContaining("Processes.attach()");
  }

  @Test
  void names_its_thread() throws Exception {
    assertThat(Outside.ask(Operation.PID::failure).orElseThrow()).hasMessageContaining("outside");
  }

  @Test
  void knows_that_it_is_none() throws Exception {
    assertThat(Self.isProcess()).isTrue();
    assertThat(Outside.ask(Self::isProcess)).isFalse();
  }

  @Test
  void is_none_though_a_process_started_it() {
    var puppet = Puppet.start();

    assertThat(puppet.<Boolean>ask(() -> Outside.ask(Self::isProcess))).isFalse();
  }

  @Test
  void may_do_what_any_thread_may() throws Exception {
    Name<Object> name = Name.unique("from outside");
    Pid test = Self.pid();
    Outside.does(
        () -> {
          var puppet = Puppet.start();
          Processes.register(name, puppet.pid());
          puppet.does(() -> test.send("spawned"));
          name.send("sent");
          assertThat(puppet.pid().isAlive()).isTrue();
          assertThat(Processes.info(puppet.pid()).orElseThrow().ancestors()).isEmpty();
          assertThat(Processes.list()).contains(puppet.pid());
          Processes.unregister(name);
          puppet.pid().exit(ExitReason.KILL);
          var server = GenServer.of(Scripted::new).start();
          assertThat(server.call(new Scripted.Ask(() -> "called"))).isEqualTo("called");
          server.stop();
          assertThatThrownBy(server::stop).isInstanceOf(CallException.NoProcess.class);
        });

    assertThat(Self.flush()).containsExactly("spawned");
  }

  static Stream<Operation> receiving() {
    return Stream.of(Operation.values())
        .filter(op -> op.name().startsWith("RECEIVE") || op == Operation.FLUSH);
  }

  @ParameterizedTest
  @MethodSource("receiving")
  void is_not_what_a_server_is_but_it_cannot_receive_either(Operation operation) {
    var server = GenServer.of(Scripted::new).start();

    assertThat(server.call(new Scripted.Ask(() -> operation.failure().orElseThrow())))
        .isInstanceOfSatisfying(
            IllegalStateException.class,
            e -> assertThat(e).hasMessageContaining("server").hasMessageContaining("receive"));
  }
}
