package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Stopping a server from outside. A server that stops itself and waits is in {@link CycleTest}. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class StopTest {
  @Parameter Kind kind;

  private final Queue<Object> terminated = new ConcurrentLinkedQueue<>();
  private final Name<PuppetServer> name = Name.unique("puppet");
  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    server =
        kind.of(
                () ->
                    new PuppetServer()
                        .onTerminate(
                            (reason, heard) -> {
                              terminated.add(reason);
                              terminated.addAll(heard);
                            }))
            .named(name)
            .start();
  }

  // G60
  @Test
  void is_normal_and_returns_when_the_server_is_dead() {
    var ref = Self.monitor(server.pid());
    server.stop();
    assertThat(terminated).containsExactly(ExitReason.NORMAL);
    assertThat(Self.flush())
        .containsExactly(new Down(ref, server.pid(), ExitReason.NORMAL)); // queued already
    assertThat(name.whereis()).isEmpty();
    assertThat(server.pid().isAlive()).isFalse();
  }

  // G60
  @Test
  void takes_any_reason() {
    for (ExitReason reason :
        List.of(ExitReason.SHUTDOWN, ExitReason.shutdown("moved"), ExitReason.of("enough"))) {
      ServerRef<PuppetServer> other = kind.start();
      var ref = Self.monitor(other.pid());
      other.stop(reason, Downs.LONG);
      assertThat(Self.flush()).containsExactly(new Down(ref, other.pid(), reason));
    }
  }

  // G60: a reason that would end a process as a signal is but a reason here
  @Test
  void with_kill_as_the_reason_still_terminates() {
    server.stop(ExitReason.KILL, Downs.LONG);
    assertThat(terminated).containsExactly(ExitReason.KILL);
  }

  // G61
  @Test
  void handles_first_what_was_queued_before_and_nothing_after() throws Exception {
    try (var held = Held.hold(server)) {
      server.cast(PuppetServer.note("cast"));
      server.send("info");
      assertThatThrownBy(() -> server.call(PuppetServer.question("call"), Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
      assertThatThrownBy(() -> server.stop(ExitReason.NORMAL, Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
      server.cast(PuppetServer.note("after the stop"));
      var late = Self.spawnMonitor(() -> server.call(PuppetServer.question("late"), Held.FOREVER));
      held.letGo();
      assertThat(Downs.reason(late.ref())).isInstanceOf(ExitReason.Crash.class);
    }
    assertThat(terminated).containsExactly(ExitReason.NORMAL, "cast", "info", "call");
  }

  // G62
  @Test
  void tells_the_reason_if_it_is_another() throws Exception {
    try (var held =
        Held.hold(server, (ask, from, heard) -> Next.stop(ExitReason.SHUTDOWN, heard))) {
      var stopper =
          Self.spawnMonitor(
              () -> {
                var e =
                    catchThrowableOfType(
                        CallException.Exited.class,
                        () -> server.stop(ExitReason.NORMAL, Held.FOREVER));
                Self.exit(e.reason());
              });
      held.awaitQueued(1);
      held.letGo();
      assertThat(Downs.reason(stopper.ref())).isEqualTo(ExitReason.SHUTDOWN);
    }
    ServerRef<PuppetServer> throwing =
        kind.of(
                () ->
                    new PuppetServer()
                        .onTerminate(
                            (reason, heard) -> {
                              throw new IllegalStateException("cannot");
                            }))
            .start();
    var e = catchThrowableOfType(CallException.Exited.class, throwing::stop);
    assertThat(e.crash().orElseThrow()).hasMessage("cannot");
    assertThat(e).hasMessageContainingAll(throwing.pid().toString(), "stop");
    assertThat(throwing.pid().isAlive()).isFalse();
  }

  // G62: a stop that waits hears of a kill
  @Test
  void that_waits_hears_the_reason_of_another_end() throws Exception {
    try (var held = Held.hold(server)) {
      assertThatThrownBy(() -> server.stop(ExitReason.NORMAL, Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
      var asked = new CountDownLatch(1);
      var stopper =
          Self.spawnMonitor(
              () -> {
                asked.countDown();
                server.stop(ExitReason.NORMAL, Held.FOREVER);
              });
      asked.await();
      server.pid().exit(ExitReason.KILL);
      assertThat(Downs.reason(stopper.ref()))
          .isInstanceOfSatisfying(
              ExitReason.Crash.class,
              crash ->
                  assertThat(((CallException) crash.cause()).reason())
                      .isIn(ExitReason.KILLED, ExitReason.NO_PROCESS));
    }
    assertThat(terminated).isEmpty();
  }

  // G63
  @Test
  void of_the_dead_or_of_nobody_finds_no_process() {
    server.stop();
    assertThatThrownBy(server::stop)
        .isInstanceOfSatisfying(
            CallException.NoProcess.class,
            e -> assertThat(e.reason()).isEqualTo(ExitReason.NO_PROCESS))
        .hasMessageContainingAll(server.pid().toString(), "stop");
    assertThatThrownBy(name::stop)
        .isInstanceOf(CallException.NoProcess.class)
        .hasMessageContaining(name.toString());
  }

  // G64
  @Test
  void stays_queued_if_time_runs_out() throws Exception {
    var monitor = Self.monitor(server.pid());
    try (var held = Held.hold(server)) {
      assertThatThrownBy(() -> server.stop(ExitReason.SHUTDOWN, Duration.ofMillis(1)))
          .isInstanceOf(CallException.Timeout.class)
          .hasMessageContainingAll("stop", server.pid().toString(), "hold");
      assertThat(server.pid().isAlive()).isTrue();
    }
    assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.SHUTDOWN);
    assertThat(terminated).containsExactly(ExitReason.SHUTDOWN);
  }

  // G65
  @Test
  void stops_a_suspended_server() {
    Sys.suspend(server.pid());
    server.cast(PuppetServer.note("never handled"));
    server.stop();
    assertThat(terminated).containsExactly(ExitReason.NORMAL);
  }

  @Test
  void takes_no_negative_time() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> server.stop(ExitReason.NORMAL, Duration.ofNanos(-1)));
    assertThat(server.call(PuppetServer.heard())).isEmpty();
  }

  @Test
  void by_name_stops_who_has_it() {
    name.stop();
    assertThat(server.pid().isAlive()).isFalse();
  }

  @Test
  void by_several_at_once_succeeds_or_finds_nobody() {
    var stoppers =
        List.of(
            Self.spawnMonitor(server::stop),
            Self.spawnMonitor(server::stop),
            Self.spawnMonitor(server::stop));
    for (var stopper : stoppers) {
      ExitReason reason = Downs.reason(stopper.ref());
      if (reason instanceof ExitReason.Crash(Throwable cause)) {
        assertThat(cause).isInstanceOf(CallException.NoProcess.class);
      } else {
        assertThat(reason).isEqualTo(ExitReason.NORMAL);
      }
    }
    assertThat(terminated).containsExactly(ExitReason.NORMAL);
  }
}
