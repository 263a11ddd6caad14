package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Timeout;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a callback asks to be done next. That of init (G02) is in {@link ServerStartTest}. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class ContinueTest {
  @Parameter Kind kind;

  private final AtomicReference<ExitReason> terminated = new AtomicReference<>();
  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    Pid test = Self.pid();
    server =
        kind.of(
                () ->
                    new PuppetServer()
                        .telling(test)
                        .onTerminate((reason, heard) -> terminated.set(reason)))
            .start();
  }

  // G47
  @Test
  void runs_before_any_queued_message_whatever_callback_asks_for_it() throws Exception {
    PuppetServer.Answer<String> andOn =
        (ask, from, heard) -> ask.reply("yes", heard).thenContinue("after the call");
    try (var held = Held.hold(server, andOn)) {
      server.cast(
          PuppetServer.tell(
              "cast",
              heard ->
                  Next.noReply(PuppetServer.and(heard, "cast")).thenContinue("after the cast")));
      server.send(
          PuppetServer.step(
              heard ->
                  Next.noReply(PuppetServer.and(heard, "info")).thenContinue("after the info")));
      server.send("last");
      held.letGo();
      assertThat(server.call(PuppetServer.heard()))
          .containsExactly(
              "after the call", "cast", "after the cast", "info", "after the info", "last");
    }
  }

  // G47
  @Test
  void chains() throws Exception {
    PuppetServer.Step second =
        heard -> Next.noReply(PuppetServer.and(heard, "two")).thenContinue("three");
    PuppetServer.Step first =
        heard -> Next.noReply(PuppetServer.and(heard, "one")).thenContinue(second);
    try (var held =
        Held.hold(server, (ask, from, heard) -> ask.reply("yes", heard).thenContinue(first))) {
      server.send("queued");
      held.letGo();
      assertThat(server.call(PuppetServer.heard()))
          .containsExactly("one", "two", "three", "queued");
    }
  }

  // G47
  @Test
  void can_go_on_for_long() {
    server.cast(
        PuppetServer.tell("count", heard -> Next.noReply(heard).thenContinue(countTo(100_000))));
    assertThat(server.call(PuppetServer.heard())).containsExactly("counted");
  }

  private static PuppetServer.Step countTo(int left) {
    return heard ->
        left == 0
            ? Next.noReply(PuppetServer.and(heard, "counted"))
            : Next.noReply(heard).thenContinue(countTo(left - 1));
  }

  // G47
  @Test
  void can_set_a_timeout() {
    PuppetServer.Step idle = heard -> Next.noReply(heard).withTimeout(Duration.ofMillis(1));
    server.cast(PuppetServer.tell("go", heard -> Next.noReply(heard).thenContinue(idle)));
    assertThat(Self.receive(Timeout.class, Downs.LONG)).contains(new Timeout());
  }

  // G47
  @Test
  void can_stop() {
    var why = ExitReason.shutdown("done");
    PuppetServer.Step stop = heard -> Next.stop(why, heard);
    var monitor = Self.monitor(server.pid());
    String reply =
        server.call(
            PuppetServer.ask(
                "go", (ask, from, heard) -> ask.reply("yes", heard).thenContinue(stop)));
    assertThat(reply).isEqualTo("yes");
    assertThat(Downs.reason(monitor)).isEqualTo(why);
    assertThat(terminated).hasValue(why);
  }

  // G47: a caller who was not answered by the callback is not answered by the continuation
  @Test
  void that_stops_fails_a_caller_who_still_waits() {
    var why = ExitReason.shutdown("done");
    PuppetServer.Step stop = heard -> Next.stop(why, heard);
    var e =
        catchThrowableOfType(
            CallException.Exited.class,
            () ->
                server.call(
                    PuppetServer.ask(
                        "go", (ask, from, heard) -> Next.noReply(heard).thenContinue(stop)),
                    Held.FOREVER));
    assertThat(e.reason()).isEqualTo(why);
  }

  // G47
  @Test
  void that_throws_crashes_the_server() {
    var monitor = Self.monitor(server.pid());
    var thrown = new IllegalStateException("cannot go on");
    server.cast(
        PuppetServer.tell(
            "go",
            heard ->
                Next.noReply(heard)
                    .thenContinue(
                        PuppetServer.step(
                            then -> {
                              throw thrown;
                            }))));
    assertThat(Downs.reason(monitor)).isEqualTo(new ExitReason.Crash(thrown));
    assertThat(terminated).hasValue(new ExitReason.Crash(thrown));
  }

  // G47: unless implemented
  @Test
  void crashes_a_server_that_has_no_callback_for_it() {
    var unprepared = kind.of(GenServer.of(Unprepared::new)).start();
    var monitor = Self.monitor(unprepared.pid());
    unprepared.cast(new Go());
    assertThat(Downs.reason(monitor))
        .isInstanceOfSatisfying(
            ExitReason.Crash.class,
            crash ->
                assertThat(crash.cause())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("Unprepared", "java.lang.String")
                    .hasMessageNotContaining("what now?")); // others may read it
  }

  record Go() implements Cast<Unprepared> {}

  /** Continues with what it cannot handle. */
  static final class Unprepared implements GenServer<String, Call<Unprepared, String>, Go> {
    @Override
    public Init<String> init() {
      return Init.ok("unprepared");
    }

    @Override
    public Next<String> handleCast(Go message, String state) {
      return Next.noReply(state).thenContinue("what now?");
    }
  }
}
