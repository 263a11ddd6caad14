package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a process does to itself, it does to no other: an error ends who made it. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class ContainmentTest {
  @Parameter Kind kind;

  private ServerRef<PuppetServer> server;
  private ServerRef<PuppetServer> client;

  @BeforeEach
  void start() {
    server = kind.start();
    client = kind.start();
  }

  private static int deep(int level) {
    return deep(level + 1) + 1;
  }

  private static void assertWell(ServerRef<PuppetServer> puppet) {
    assertThat(puppet.call(PuppetServer.question("well?"), Downs.LONG)).isEqualTo("well?");
  }

  @Nested
  class A_stack_overflow {

    @Test
    void ends_the_server_and_not_its_caller() {
      var asked =
          PuppetServer.compute(
              "ask",
              () ->
                  catchThrowableOfType(
                          CallException.Exited.class,
                          () -> server.call(PuppetServer.compute("deep", () -> deep(0))))
                      .crash()
                      .orElseThrow());
      assertThat(client.call(asked)).isInstanceOf(StackOverflowError.class);
      assertThat(server.pid().isAlive()).isFalse();
      assertWell(client);
    }

    @Test
    void in_a_cast_ends_the_server_and_not_its_sender() {
      var monitor = Self.monitor(server.pid());
      client.call(
          PuppetServer.compute(
              "cast",
              () -> {
                server.cast(
                    PuppetServer.tell(
                        "deep", heard -> Next.noReply(PuppetServer.and(heard, deep(0)))));
                return "sent";
              }));
      assertThat(Downs.reason(monitor))
          .isInstanceOfSatisfying(
              ExitReason.Crash.class,
              crash -> assertThat(crash.cause()).isInstanceOf(StackOverflowError.class));
      assertWell(client);
    }

    @Test
    void in_init_ends_the_server_and_not_its_starter() {
      var child = kind.of(() -> new PuppetServer().onInit(() -> Init.ok(List.of(deep(0)))));
      assertThatThrownBy(child::start)
          .isInstanceOf(StartException.Failed.class)
          .hasCauseInstanceOf(StackOverflowError.class);
    }

    @Test
    void in_terminate_ends_the_server_and_not_who_stops_it() {
      ServerRef<PuppetServer> stopped =
          kind.of(() -> new PuppetServer().onTerminate((reason, heard) -> deep(0))).start();
      assertThatThrownBy(stopped::stop)
          .isInstanceOf(CallException.Exited.class)
          .hasCauseInstanceOf(StackOverflowError.class);
      assertThat(stopped.pid().isAlive()).isFalse();
    }
  }

  @Nested
  class An_error {

    @Test
    void of_any_kind_ends_the_server_alone() {
      for (Throwable thrown :
          List.of(
              new AssertionError("wrong"),
              new LinkageError("no class"),
              new Exception("checked"),
              new InterruptedException("not really"))) {
        ServerRef<PuppetServer> bad = kind.start();
        var e =
            catchThrowableOfType(
                CallException.Exited.class,
                () ->
                    bad.call(
                        PuppetServer.ask(
                            "throw",
                            (ask, from, heard) -> {
                              throw sneaky(thrown);
                            })));
        assertThat(e.crash()).contains(thrown);
        assertThat(bad.pid().isAlive()).isFalse();
      }
      assertWell(client);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> Exception sneaky(Throwable thrown) throws T {
      throw (T) thrown;
    }
  }

  @Nested
  class A_toString_that_throws {

    @Test
    void in_a_reason_does_not_harm_who_hears_it() {
      for (Throwable thrown :
          List.of(new IllegalStateException("no text"), new AssertionError("no text"))) {
        for (ExitReason odd :
            List.of(
                ExitReason.of(Odd.value(thrown)),
                ExitReason.shutdown(Odd.value(thrown)),
                new ExitReason.Crash(new OddException(thrown)))) {
          ServerRef<PuppetServer> leaves = kind.start();
          var e =
              catchThrowableOfType(
                  CallException.Exited.class,
                  () ->
                      leaves.call(
                          PuppetServer.<String>ask(
                              "go", (ask, from, heard) -> Next.stop(odd, heard))));
          assertThat(e.reason()).isSameAs(odd);
          var starts = kind.of(() -> new PuppetServer().onInit(() -> Init.stop(odd)));
          assertThat(catchThrowableOfType(StartException.Failed.class, starts::start).reason())
              .isSameAs(odd);
        }
      }
    }

    @Test
    void in_a_crash_does_not_harm_its_report() {
      var thrown = new AssertionError("no text");
      ExitReason odd = ExitReason.of(Odd.value(thrown));
      ServerRef<PuppetServer> leaves =
          kind.of(() -> new PuppetServer().onInit(() -> Init.ok(List.of(Odd.value(thrown)))))
              .start();
      try (var reports = new Reports()) {
        var ask =
            new PuppetServer.Ask<String>(
                Odd.value(thrown), (asked, from, heard) -> Next.stop(odd, heard));
        assertThatThrownBy(() -> leaves.call(ask)).isInstanceOf(CallException.Exited.class);
        assertThat(reports.crashesOf(leaves.pid())).hasSize(1);
        assertThat(reports.crashesOf(leaves.pid()).getFirst().text())
            .contains(leaves.pid().toString(), "AssertionError");
      }
    }

    @Test
    void in_a_message_does_not_harm_a_server_that_is_observed() {
      Sys.log(server.pid(), 10);
      Sys.trace(server.pid(), line -> {});
      for (Throwable thrown :
          List.of(new IllegalStateException("no text"), new AssertionError("no text"))) {
        server.send(Odd.value(thrown));
        server.call(Odd.request(thrown));
      }
      assertWell(server);
    }

    /** Has no text. */
    private static final class OddException extends RuntimeException {
      private final Throwable thrown;

      OddException(Throwable thrown) {
        this.thrown = thrown;
      }

      @Override
      public String toString() {
        return Odd.value(thrown).toString();
      }
    }
  }

  @Nested
  class A_crash {

    @Test
    void leaves_those_who_called_it_at_work() throws Exception {
      try (var held =
          Held.hold(
              server,
              (ask, from, heard) -> {
                throw new IllegalStateException("broken");
              })) {
        var within = new CountDownLatch(1);
        var caught =
            Self.spawnMonitor(
                () ->
                    client.call(
                        PuppetServer.compute(
                            "nested",
                            () -> {
                              within.countDown();
                              return catchThrowableOfType(
                                      CallException.class,
                                      () ->
                                          server.call(PuppetServer.question("you?"), Held.FOREVER))
                                  .toString();
                            }),
                        Held.FOREVER));
        within.await();
        held.letGo();
        assertThat(Downs.reason(caught.ref())).isEqualTo(ExitReason.NORMAL);
      }
      assertWell(client);
    }

    @Test
    void of_a_direct_server_is_not_the_crash_of_whom_it_runs_on() {
      ServerRef<PuppetServer> direct = GenServer.of(PuppetServer::new).direct().start();
      var monitor = Self.monitor(direct.pid());
      var sends =
          PuppetServer.compute(
              "send",
              () -> {
                direct.send(
                    PuppetServer.step(
                        heard -> {
                          throw new AssertionError("broken");
                        }));
                return Processes.info(Self.pid()).orElseThrow().label();
              });
      assertThat(client.call(sends)).isEqualTo("PuppetServer");
      assertThat(Downs.reason(monitor)).isInstanceOf(ExitReason.Crash.class);
      assertWell(client);
    }
  }

  // A server that leaves a direct server's caller interrupted would be heard of here.
  @Test
  void an_end_leaves_no_interrupt_behind() {
    for (int round = 0; round < 10; round++) {
      ServerRef<PuppetServer> killed = kind.start();
      var self =
          PuppetServer.compute(
              "kill me",
              () -> {
                Self.pid().exit(ExitReason.KILL);
                return "survived";
              });
      assertThatThrownBy(() -> killed.call(self, Duration.ofMinutes(1)))
          .isInstanceOfSatisfying(
              CallException.Exited.class, e -> assertThat(e.reason()).isEqualTo(ExitReason.KILLED));
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }
}
