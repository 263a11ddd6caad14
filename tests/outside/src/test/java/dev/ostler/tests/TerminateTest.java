package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The last callback: when it runs, when not, and what it changes. Signals (G66 to G70) are in
 * {@link ServerExitTest}, G72 in {@link BareServerTest}.
 */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class TerminateTest {
  @Parameter Kind kind;

  /** What terminate saw: the reason, then what was heard. */
  private final Queue<Object> terminated = new ConcurrentLinkedQueue<>();

  private PuppetServer puppet() {
    return new PuppetServer()
        .onTerminate(
            (reason, heard) -> {
              terminated.add(reason);
              terminated.addAll(heard);
            });
  }

  private static PuppetServer failing() {
    return new PuppetServer()
        .onTerminate(
            (reason, heard) -> {
              throw new IllegalStateException("cannot clean up");
            });
  }

  @Nested
  class A_server_that_stops {

    // G34
    @Test
    void terminates_then_dies_then_replies() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest.this::puppet).start();
      var ref = Self.monitor(server.pid());
      var last =
          PuppetServer.<String>ask(
              "leave",
              (ask, from, heard) ->
                  ask.replyAndStop("bye", ExitReason.SHUTDOWN, PuppetServer.and(heard, "last")));
      assertThat(server.call(last)).isEqualTo("bye");
      assertThat(terminated).containsExactly(ExitReason.SHUTDOWN, "last");
      assertThat(Self.flush())
          .containsExactly(new Down(ref, server.pid(), ExitReason.SHUTDOWN)); // queued already
      assertThat(server.pid().isAlive()).isFalse();
      assertThatThrownBy(() -> server.call(PuppetServer.heard()))
          .isInstanceOf(CallException.NoProcess.class);
    }

    // G34
    @Test
    void replies_even_if_terminate_throws() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest::failing).start();
      var monitor = Self.monitor(server.pid());
      var last =
          PuppetServer.<String>ask(
              "leave", (ask, from, heard) -> ask.replyAndStop("bye", ExitReason.NORMAL, heard));
      assertThat(server.call(last)).isEqualTo("bye");
      assertThat(crashOf(Downs.reason(monitor))).hasMessage("cannot clean up");
    }

    // G35
    @Test
    void without_a_reply_fails_its_caller() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest.this::puppet).start();
      var why = ExitReason.of("no more");
      var leave =
          PuppetServer.<String>ask(
              "leave", (ask, from, heard) -> Next.stop(why, PuppetServer.and(heard, "last")));
      var e =
          catchThrowableOfType(CallException.Exited.class, () -> server.call(leave, Held.FOREVER));
      assertThat(e.reason()).isEqualTo(why);
      assertThat(terminated).containsExactly(why, "last");
    }

    // G35: by any callback
    @Test
    void may_do_so_in_a_cast_or_another_message() {
      PuppetServer.Step stop =
          heard -> Next.stop(ExitReason.SHUTDOWN, PuppetServer.and(heard, "last"));
      ServerRef<PuppetServer> first = kind.of(TerminateTest.this::puppet).start();
      var one = Self.monitor(first.pid());
      first.cast(PuppetServer.tell("stop", stop));
      assertThat(Downs.reason(one)).isEqualTo(ExitReason.SHUTDOWN);
      ServerRef<PuppetServer> second = kind.of(TerminateTest.this::puppet).start();
      var two = Self.monitor(second.pid());
      second.send(stop);
      assertThat(Downs.reason(two)).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(terminated)
          .containsExactly(ExitReason.SHUTDOWN, "last", ExitReason.SHUTDOWN, "last");
    }
  }

  @Nested
  class A_server_that_crashes {

    // G37: of what is no Next, only null is left
    @Test
    void over_a_callback_that_returned_null_terminates() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest.this::puppet).start();
      var e =
          catchThrowableOfType(
              CallException.Exited.class,
              () -> server.call(PuppetServer.<String>ask("null", (ask, from, heard) -> null)));
      assertThat(e.crash().orElseThrow()).hasMessageContainingAll("PuppetServer", "null", "Next");
      assertThat(terminated).containsExactly(e.reason());
    }

    // G38
    @Test
    void terminates_with_what_was_thrown() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest.this::puppet).start();
      server.call(PuppetServer.question("before"));
      var thrown = new IllegalStateException("broken");
      var e =
          catchThrowableOfType(
              CallException.Exited.class,
              () ->
                  server.call(
                      PuppetServer.compute(
                          "break",
                          () -> {
                            throw thrown;
                          })));
      assertThat(e.reason()).isEqualTo(new ExitReason.Crash(thrown));
      assertThat(e.crash().orElseThrow()).isSameAs(thrown);
      assertThat(terminated).containsExactly(new ExitReason.Crash(thrown), "before");
    }

    // G38
    @Test
    void terminates_with_the_reason_with_which_it_left() {
      for (ExitReason why : List.of(ExitReason.NORMAL, ExitReason.of("done"), ExitReason.KILL)) {
        terminated.clear();
        ServerRef<PuppetServer> server = kind.of(TerminateTest.this::puppet).start();
        var monitor = Self.monitor(server.pid());
        var e =
            catchThrowableOfType(
                CallException.Exited.class,
                () ->
                    server.call(
                        PuppetServer.compute(
                            "leave",
                            () -> {
                              Self.exit(why);
                              return "stayed";
                            })));
        assertThat(e.reason()).isEqualTo(why);
        assertThat(Downs.reason(monitor)).isEqualTo(why);
        assertThat(terminated).containsExactly(why);
      }
    }

    // G38: every callback is alike
    @Test
    void may_do_so_in_a_cast_or_another_message() {
      var thrown = new IllegalStateException("broken");
      PuppetServer.Step crash =
          heard -> {
            throw thrown;
          };
      ServerRef<PuppetServer> first = kind.of(TerminateTest.this::puppet).start();
      var one = Self.monitor(first.pid());
      first.cast(PuppetServer.tell("crash", crash));
      assertThat(Downs.reason(one)).isEqualTo(new ExitReason.Crash(thrown));
      ServerRef<PuppetServer> second = kind.of(TerminateTest.this::puppet).start();
      var two = Self.monitor(second.pid());
      second.send(crash);
      assertThat(Downs.reason(two)).isEqualTo(new ExitReason.Crash(thrown));
      assertThat(terminated)
          .containsExactly(new ExitReason.Crash(thrown), new ExitReason.Crash(thrown));
    }

    // G71
    @Test
    void in_terminate_ends_with_that() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest::failing).start();
      var e =
          catchThrowableOfType(
              CallException.Exited.class,
              () ->
                  server.call(
                      PuppetServer.<String>ask(
                          "leave", (ask, from, heard) -> Next.stop(ExitReason.NORMAL, heard))));
      assertThat(crashOf(e.reason())).hasMessage("cannot clean up");
    }

    // G71
    @Test
    void in_terminate_is_reported_once() {
      ServerRef<PuppetServer> server = kind.of(TerminateTest::failing).start();
      try (var reports = new Reports()) {
        assertThatThrownBy(server::stop).isInstanceOf(CallException.Exited.class);
        assertThat(reports.crashesOf(server.pid()))
            .singleElement()
            .satisfies(
                report -> assertThat(crashOf(report.reason())).hasMessage("cannot clean up"));
      }
    }

    // G71: leaving is no crash, but changes the reason alike
    @Test
    void in_terminate_may_leave_with_another_reason() {
      var why = ExitReason.shutdown("elsewhere");
      ServerRef<PuppetServer> server =
          kind.of(() -> new PuppetServer().onTerminate((reason, heard) -> Self.exit(why))).start();
      var monitor = Self.monitor(server.pid());
      assertThatThrownBy(server::stop)
          .isInstanceOfSatisfying(
              CallException.Exited.class, e -> assertThat(e.reason()).isEqualTo(why));
      assertThat(Downs.reason(monitor)).isEqualTo(why);
    }
  }

  private static Throwable crashOf(ExitReason reason) {
    assertThat(reason).isInstanceOf(ExitReason.Crash.class);
    return ((ExitReason.Crash) reason).cause();
  }
}
