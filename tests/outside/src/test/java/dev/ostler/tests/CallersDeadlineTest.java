package dev.ostler.tests;

import static dev.ostler.tests.PuppetServer.compute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ostler.CallException;
import dev.ostler.Carried;
import dev.ostler.ManualClock;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Task;
import dev.ostler.TaskSupervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left to a caller is what the calls made for it have. The clock stands still. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(Kind.class)
class CallersDeadlineTest {
  private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LITTLE = Duration.ofNanos(1);

  @Parameter Kind kind;

  private Carried context;

  @BeforeEach
  void carry() {
    context = Carried.deadlines();
  }

  @AfterEach
  void close() {
    context.close();
  }

  /** How long the caller has, as the callback sees it. */
  private static PuppetServer.Ask<Optional<Duration>> timeLeft() {
    return compute("time left", Carried::timeLeft);
  }

  // C10
  @Test
  void is_known_in_the_callback(ManualClock clock) {
    var server = kind.start();
    assertThat(server.call(timeLeft(), MINUTE)).contains(MINUTE);
    assertThat(server.call(timeLeft())).contains(FIVE_SECONDS);
    assertThat(Carried.timeLeft()).isEmpty();
  }

  // C10
  @Test
  void is_what_a_call_in_the_callback_has(ManualClock clock) {
    var inner = kind.start();
    var outer = kind.start();
    var asks =
        compute(
            "asks",
            () -> {
              clock.advance(Duration.ofSeconds(10));
              return inner.call(timeLeft());
            });
    assertThat(outer.call(asks, MINUTE)).contains(Duration.ofSeconds(50));
  }

  // C10
  @Test
  void ends_a_call_in_the_callback(ManualClock clock) {
    var silent = kind.start();
    var outer = kind.start();
    var never = PuppetServer.<String>ask("never", (_, _, heard) -> Next.noReply(heard));
    Pid test = Self.pid();
    var asks =
        compute(
            "asks",
            () -> {
              test.send(catchThrowable(() -> silent.call(never)));
              return "asked";
            });
    Processes.spawn(() -> catchThrowable(() -> outer.call(asks, MINUTE)));
    int waits = kind == Kind.DIRECT ? 1 : 2; // the caller's thread waits for both
    ManualClockTest.awaitPending(clock, waits);
    clock.advance(MINUTE.minus(LITTLE));
    assertThat(clock.pending()).isEqualTo(waits);
    clock.advance(LITTLE);
    assertThat(Self.receive()).isInstanceOf(CallException.Timeout.class);
  }

  // C10
  @Test
  void is_zero_once_it_has_passed(ManualClock clock) {
    var outer = kind.start();
    Pid test = Self.pid();
    var late =
        compute(
            "late",
            () -> {
              clock.advance(MINUTE.plusSeconds(1));
              test.send(Carried.timeLeft());
              return "late";
            });
    Processes.spawn(() -> catchThrowable(() -> outer.call(late, MINUTE)));
    assertThat(Self.receive()).isEqualTo(Optional.of(Duration.ZERO));
  }

  // C10
  @Test
  void is_what_a_request_has_that_the_callback_sends_and_awaits(ManualClock clock) {
    var inner = kind.start();
    var outer = kind.start();
    var asks = compute("asks", () -> inner.sendRequest(timeLeft()).await());
    assertThat(outer.call(asks, MINUTE)).contains(MINUTE);
    assertThat(inner.sendRequest(timeLeft()).await()).isEmpty();
  }

  // C10
  @Test
  void is_what_a_task_has_that_the_callback_awaits(ManualClock clock, Supervised supervised) {
    var tasks = supervised.start(TaskSupervisor.of());
    var inner = kind.start();
    var outer = kind.start();
    var asks = compute("asks", () -> Task.async(() -> inner.call(timeLeft())).await());
    assertThat(outer.call(asks, MINUTE)).contains(MINUTE);
    var asksToo = compute("asks", () -> tasks.async(() -> inner.call(timeLeft())).await());
    assertThat(outer.call(asksToo, MINUTE)).contains(MINUTE);
  }

  // C11
  @Test
  void gives_way_to_a_timeout_that_is_given(ManualClock clock) {
    var inner = kind.start();
    var outer = kind.start();
    var asks = compute("asks", () -> inner.call(timeLeft(), MINUTE.multipliedBy(2)));
    assertThat(outer.call(asks, MINUTE)).contains(MINUTE.multipliedBy(2));
  }

  // C12
  @Test
  void is_none_if_the_caller_waits_without_limit(ManualClock clock) {
    var inner = kind.start();
    var outer = kind.start();
    assertThat(outer.call(timeLeft(), Held.FOREVER)).isEmpty();
    var asks = compute("asks", () -> inner.call(timeLeft()));
    assertThat(outer.call(asks, Held.FOREVER)).contains(FIVE_SECONDS);
  }

  // C12
  @Test
  void is_none_once_the_caller_has_its_answer(ManualClock clock) {
    var inner = kind.start();
    var outer = kind.start();
    var then = asking(inner);
    var continues =
        PuppetServer.<String>ask(
            "continues", (ask, _, heard) -> ask.reply("done", heard).thenContinue(then));
    assertThat(outer.call(continues, MINUTE)).isEqualTo("done");
    assertThat(Self.receive()).isEqualTo(Optional.of(FIVE_SECONDS));
  }

  // C12
  @Test
  void is_none_for_a_cast(ManualClock clock) {
    var inner = kind.start();
    var outer = kind.start();
    outer.cast(PuppetServer.tell("asks", asking(inner)));
    assertThat(Self.receive()).isEqualTo(Optional.of(FIVE_SECONDS));
  }

  /** Asks the server, and tells the test what it said. */
  private static PuppetServer.Step asking(ServerRef<PuppetServer> server) {
    Pid test = Self.pid();
    return PuppetServer.step(
        heard -> {
          test.send(server.call(timeLeft()));
          return Next.noReply(heard);
        });
  }

  // G21, C13
  @Test
  void is_not_carried_unless_the_application_says_so(ManualClock clock) {
    context.close();
    assertThat(kind.start().call(timeLeft(), MINUTE)).isEmpty();
  }
}
