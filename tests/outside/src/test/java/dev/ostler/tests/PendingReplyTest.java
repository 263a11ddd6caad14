package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.NoProcessException;
import dev.ostler.PendingReply;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.StartException;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests whose sender goes on, and collects the reply later. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class PendingReplyTest {
  @Parameter Kind kind;

  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    server = kind.start();
  }

  @Test
  void a_reply_is_awaited_after_other_work() throws Exception {
    PendingReply<String> reply;
    try (var held = Held.hold(server)) {
      reply = server.sendRequest(PuppetServer.question("how?"));
      assertThat(reply.isDone()).isFalse();
    }
    assertThat(reply.await()).isEqualTo("how?");
    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void requests_are_handled_in_the_order_in_which_they_were_sent() {
    PendingReply<String> first = server.sendRequest(PuppetServer.question("1"));
    PendingReply<String> second = server.sendRequest(PuppetServer.question("2"));
    server.cast(PuppetServer.note("3"));
    assertThat(second.await()).isEqualTo("2");
    assertThat(first.await()).isEqualTo("1");
    assertThat(server.call(PuppetServer.heard())).isEqualTo(List.of("1", "2", "3"));
  }

  @Test
  void its_sender_is_told_when_it_is_there() {
    PendingReply<String> reply = server.sendRequest(PuppetServer.question("how?"));
    PendingReply<String> other = server.sendRequest(PuppetServer.question("why?"));

    Object message = Self.receive();

    assertThat(reply.arrivedWith(message)).isTrue();
    assertThat(other.arrivedWith(message)).isFalse();
    assertThat(reply.arrivedWith("how?")).isFalse();
    assertThat(reply.isDone()).isTrue();
    assertThat(reply.await(Duration.ZERO)).isEqualTo("how?");
    assertThat(other.await()).isEqualTo("why?");
  }

  /** Asks a server, and answers its own caller when the reply comes. */
  private record Relay(ServerRef<PuppetServer> asked)
      implements GenServer<Relay.Waiting, Relay.Ask, Cast<Relay>> {
    record Ask(String text) implements Call<Relay, String> {}

    record Waiting(List<PendingReply<String>> reply, List<From<String>> from) {}

    @Override
    public Init<Waiting> init() {
      return Init.ok(new Waiting(List.of(), List.of()));
    }

    @Override
    public Next<Waiting> handleCall(Ask ask, From<?> from, Waiting none) {
      PendingReply<String> reply = asked.sendRequest(PuppetServer.question(ask.text()));
      return Next.noReply(new Waiting(List.of(reply), List.of(ask.from(from))));
    }

    @Override
    public Next<Waiting> handleInfo(Object message, Waiting waits) {
      PendingReply<String> reply = waits.reply().getFirst();
      assertThat(reply.arrivedWith(message)).isTrue();
      waits.from().getFirst().reply(reply.await(Duration.ZERO) + "!");
      return Next.noReply(waits);
    }
  }

  @Test
  void a_server_gets_it_in_its_own_callback_and_meanwhile_answers_others() {
    assertThat(GenServer.of(() -> new Relay(server)).start().call(new Relay.Ask("how")))
        .isEqualTo("how!");
  }

  @Test
  void the_death_of_the_server_is_told_and_thrown() throws Exception {
    PendingReply<String> reply;
    try (var held = Held.hold(server)) {
      reply = server.sendRequest(PuppetServer.question("how?"));
      server.pid().exit(ExitReason.KILL);
    }
    assertThat(reply.arrivedWith(Self.receive())).isTrue();
    assertThatExceptionOfType(CallException.Exited.class)
        .isThrownBy(() -> reply.await(Duration.ZERO))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(ExitReason.KILLED));
  }

  @Test
  void a_server_that_ends_for_want_of_another_is_no_server_that_was_not_there() throws Exception {
    PendingReply<String> reply;
    try (var held = Held.hold(server)) {
      reply = server.sendRequest(PuppetServer.question("how?"));
      server.pid().exit(ExitReason.NO_PROCESS);
    }
    assertThatExceptionOfType(CallException.Exited.class)
        .isThrownBy(reply::await)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(ExitReason.NO_PROCESS));
  }

  @Test
  void a_server_that_is_dead_already_is_told_and_thrown() {
    server.stop();
    PendingReply<String> reply = server.sendRequest(PuppetServer.question("how?"));
    assertThat(reply.arrivedWith(Self.receive())).isTrue();
    assertThatExceptionOfType(CallException.NoProcess.class).isThrownBy(reply::await);
  }

  @Test
  void a_name_that_no_process_has_is_told_and_thrown() {
    PendingReply<String> reply =
        Name.<PuppetServer>unique("nobody").sendRequest(PuppetServer.question("how?"));
    assertThatExceptionOfType(CallException.NoProcess.class).isThrownBy(reply::await);
    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void a_late_reply_is_dropped() throws Exception {
    var asked = new CompletableFuture<From<String>>();
    var deferring = GenServer.of(() -> new Deferring(asked)).start();
    PendingReply<String> reply = deferring.sendRequest(new Deferring.Ask());
    From<String> from = asked.join();
    assertThatExceptionOfType(CallException.Timeout.class)
        .isThrownBy(() -> reply.await(Duration.ZERO))
        .withMessageContaining("it deferred the reply");

    from.reply("too late");

    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void a_reply_that_came_before_it_was_awaited_sends_no_message() {
    PendingReply<String> reply = server.sendRequest(PuppetServer.question("how?"));
    server.call(PuppetServer.heard()); // answered after it
    assertThat(reply.await(Duration.ZERO)).isEqualTo("how?");
    assertThat(Self.flush()).isEmpty();
  }

  @Test
  void two_servers_that_await_each_other_fail_at_once() {
    ServerRef<PuppetServer> other = kind.start();
    var forever = Held.FOREVER;

    PendingReply<String> reply =
        server.sendRequest(
            PuppetServer.compute(
                "there",
                () ->
                    other.call(
                        PuppetServer.compute(
                            "and back",
                            () -> server.sendRequest(PuppetServer.question("me?")).await(forever)),
                        forever)));

    assertThatExceptionOfType(CallException.Exited.class)
        .isThrownBy(() -> reply.await(forever))
        .withStackTraceContaining("form a cycle");
  }

  @Test
  void only_its_sender_may_await_it_and_once() {
    PendingReply<String> reply = server.sendRequest(PuppetServer.question("how?"));
    var refused = new CompletableFuture<Throwable>();
    Processes.spawn(
        () -> {
          try {
            reply.await();
          } catch (IllegalStateException e) {
            refused.complete(e);
          }
        });
    assertThat(refused.join()).hasMessageContaining("must be awaited by its sender " + Self.pid());
    assertThat(reply.await()).isEqualTo("how?");
    assertThatIllegalStateException().isThrownBy(reply::await).withMessageContaining("before");
  }

  @Test
  void a_thread_that_is_no_process_may_send_and_await() throws Exception {
    assertThat(
            CompletableFuture.supplyAsync(
                    () -> server.sendRequest(PuppetServer.question("how?")).await())
                .get())
        .isEqualTo("how?");
  }

  @Test
  void its_arrival_does_not_end_the_idle_time_of_a_sender_that_has_awaited_it() {
    ServerRef<PuppetServer> sender = kind.start();
    String idled =
        sender.call(
            PuppetServer.<String>ask(
                "ask",
                (ask, from, heard) ->
                    ask.reply(server.sendRequest(PuppetServer.question("how?")).await(), heard)));
    assertThat(idled).isEqualTo("how?");
    assertThat(sender.call(PuppetServer.heard())).isEmpty(); // no message came
  }

  @Test
  void a_monitor_set_before_the_start_has_the_reason_of_an_end_in_between() {
    var started =
        kind.of(
                () ->
                    new PuppetServer()
                        .onInit(
                            () ->
                                Init.<List<Object>>ok(List.of())
                                    .thenContinue(
                                        PuppetServer.step(
                                            heard -> {
                                              throw new PlannedEnd();
                                            }))))
            .startMonitor();

    Down down = Self.receive(Down.class);

    assertThat(down.ref()).isSameAs(started.ref());
    assertThat(down.reason()).isInstanceOf(ExitReason.Crash.class);
    assertThat(started.handle().whereis()).isEmpty();
  }

  private static final class PlannedEnd extends Exception {}

  @Test
  void a_start_that_fails_leaves_no_monitor_and_no_message() {
    var child =
        kind.of(() -> new PuppetServer().onInit(() -> PuppetServer.stop(ExitReason.of("no"))));
    assertThatExceptionOfType(StartException.Failed.class).isThrownBy(child::startMonitor);
    assertThat(Self.flush()).isEmpty();
    assertThat(Processes.info(Self.pid()).orElseThrow().monitors()).isEmpty();
  }

  @Test
  void a_pid_leads_to_a_typed_reference() {
    assertThat(Processes.server(server.pid(), PuppetServer.class).call(PuppetServer.question("?")))
        .isEqualTo("?");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Processes.server(server.pid(), Deferring.class))
        .withMessageContaining(server.pid() + " (")
        .withMessageContaining("is no server of type " + Deferring.class.getName());
    server.stop();
    assertThatExceptionOfType(NoProcessException.class)
        .isThrownBy(() -> Processes.server(server.pid(), PuppetServer.class))
        .withMessageContaining("has ended");
  }
}
