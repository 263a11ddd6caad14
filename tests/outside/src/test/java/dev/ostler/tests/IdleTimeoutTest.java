package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.Timeout;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The message a server gets if no other comes for a while. That of init (G03) is elsewhere. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class IdleTimeoutTest {
  private static final Duration SOON = Duration.ofMillis(5);
  private static final Duration LATER = Duration.ofMillis(40);

  @Parameter Kind kind;

  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    Pid test = Self.pid();
    server = kind.of(() -> new PuppetServer().telling(test)).start();
  }

  private static PuppetServer.Ask<String> idle(Duration time) {
    return PuppetServer.ask(
        "idle", (ask, from, heard) -> ask.reply("idle", heard).withTimeout(time));
  }

  /** Waits until a timer that is due later than those of the test has come. */
  private static void passTime() {
    Self.sendAfter("time has passed", LATER);
    assertThat(Self.receive(String.class, "time has passed"::equals, Downs.LONG)).isPresent();
  }

  // G31, G45
  @Test
  void comes_after_any_callback_that_asks_for_it() {
    server.call(idle(SOON));
    assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    server.cast(PuppetServer.tell("cast", heard -> Next.noReply(heard).withTimeout(SOON)));
    assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    server.send(PuppetServer.step(heard -> Next.noReply(heard).withTimeout(SOON)));
    assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    assertThat(server.call(PuppetServer.heard()))
        .containsExactly(new Timeout(), new Timeout(), new Timeout());
  }

  // G45
  @Test
  void comes_once() {
    server.call(idle(Duration.ZERO));
    assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    passTime();
    assertThat(server.call(PuppetServer.heard())).containsExactly(new Timeout());
  }

  // G45
  @Test
  void is_cancelled_by_a_message_that_comes_first() {
    for (Runnable message :
        List.<Runnable>of(
            () -> server.call(PuppetServer.question("call")),
            () -> server.cast(PuppetServer.note("cast")),
            () -> server.send("info"))) {
      server.call(idle(Duration.ofHours(1)));
      message.run();
    }
    assertThat(Sys.getState(server.pid())).isEqualTo(List.of("call", "cast", "info"));
    server.call(idle(SOON));
    server.call(PuppetServer.question("first"));
    passTime();
    List<Object> heard = server.call(PuppetServer.heard());
    assertThat(heard.subList(heard.indexOf("first"), heard.size())).containsExactly("first");
  }

  // G45: what is flushed, or taken by who waits for it, is none of the server's messages
  @Test
  void is_not_cancelled_by_what_the_server_never_sees() {
    Pid dead = Processes.spawn(() -> {});
    var failing =
        GenServer.of(() -> new PuppetServer().onInit(() -> PuppetServer.stop(ExitReason.of("no"))));
    for (Runnable unheard :
        List.<Runnable>of(
            () -> Self.demonitor(Self.monitor(dead), true),
            () -> Task.async(() -> 1).await(),
            () -> Task.async(() -> Self.receive(Integer.class)).kill(),
            () -> {
              Self.trapExits(true); // last, for then the ends of tasks are heard
              assertThatThrownBy(failing::startLink).isInstanceOf(StartException.class);
            })) {
      server.call(
          PuppetServer.ask(
              "idle",
              (ask, from, heard) -> {
                unheard.run();
                return ask.reply("idle", heard).withTimeout(SOON);
              }));
      assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    }
  }

  // G45: also if the time is zero
  @Test
  void is_not_to_be_if_a_message_is_queued_already() throws Exception {
    try (var held =
        Held.hold(server, (ask, from, heard) -> ask.reply("", heard).withTimeout(Duration.ZERO))) {
      server.cast(PuppetServer.note("queued"));
      held.letGo();
      assertThat(server.call(PuppetServer.question("then"))).isEqualTo("then");
      assertThat(server.call(PuppetServer.heard())).containsExactly("queued", "then");
    }
  }

  // G45: zero is at once
  @Test
  void of_zero_comes_before_whatever_is_sent_afterwards() {
    server.send(PuppetServer.step(heard -> Next.noReply(heard).withTimeout(Duration.ZERO)));
    assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    assertThat(server.call(PuppetServer.heard())).containsExactly(new Timeout());
  }

  // G46
  @Test
  void outlives_a_system_message() throws Exception {
    try (var held =
        Held.hold(server, (ask, from, heard) -> ask.reply("", heard).withTimeout(SOON))) {
      assertThatThrownBy(() -> Sys.getState(server.pid(), Duration.ZERO)) // but it is queued
          .isInstanceOf(CallException.Timeout.class);
      held.letGo();
      assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    }
    assertThat(server.call(PuppetServer.heard())).containsExactly(new Timeout());
  }

  // G46: its time begins anew, so what waited during the suspension comes first, and cancels it
  @Test
  void begins_anew_after_a_system_message() throws Exception {
    try (var held =
        Held.hold(server, (ask, from, heard) -> ask.reply("", heard).withTimeout(SOON))) {
      Thread.currentThread().interrupt(); // the request is queued, and not waited for
      assertThatThrownBy(() -> Sys.suspend(server.pid()))
          .isInstanceOf(CallException.Interrupted.class);
      assertThat(Thread.interrupted()).isTrue();
      held.letGo();
    }
    passTime(); // while it is suspended, its first time passes
    server.send("waited");
    Sys.resume(server.pid());
    passTime();
    assertThat(server.call(PuppetServer.heard())).containsExactly("waited");
  }

  // G46
  @Test
  void comes_after_a_suspension_if_nothing_waited() throws Exception {
    try (var held =
        Held.hold(server, (ask, from, heard) -> ask.reply("", heard).withTimeout(SOON))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> Sys.suspend(server.pid()))
          .isInstanceOf(CallException.Interrupted.class);
      assertThat(Thread.interrupted()).isTrue();
      held.letGo();
    }
    passTime();
    assertThat(Self.flush()).isEmpty();
    Sys.resume(server.pid());
    assertThat(Self.receive(Timeout.class, Downs.LONG)).isPresent();
    passTime();
    assertThat(server.call(PuppetServer.heard())).containsExactly(new Timeout());
  }

  // G51
  @Test
  void may_be_a_message_of_ones_own() {
    server.call(
        PuppetServer.ask(
            "idle", (ask, from, heard) -> ask.reply("idle", heard).withTimeout(SOON, "tick")));
    assertThat(Self.receive(String.class, Downs.LONG)).contains("tick");
    assertThat(server.call(PuppetServer.heard())).containsExactly("tick");
  }

  @Test
  void must_not_be_negative() {
    var negative = Duration.ofNanos(-1);
    Next<String> next = Next.noReply("state");
    assertThatIllegalArgumentException().isThrownBy(() -> next.withTimeout(negative));
    assertThatIllegalArgumentException().isThrownBy(() -> next.withTimeout(negative, "tick"));
    assertThatIllegalArgumentException().isThrownBy(() -> Init.ok("state").withTimeout(negative));
  }

  @Test
  void does_not_keep_a_server_from_its_end() {
    server.call(idle(Duration.ofHours(1)));
    var monitor = Self.monitor(server.pid());
    server.stop();
    assertThat(Downs.reason(monitor)).isEqualTo(ExitReason.NORMAL);
  }
}
