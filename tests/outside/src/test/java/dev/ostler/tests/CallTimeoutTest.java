package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A call that gets no answer in time, or whose thread is interrupted. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class CallTimeoutTest {
  @Parameter Kind kind;

  private final AtomicReference<From<String>> kept = new AtomicReference<>();
  private final CountDownLatch arrived = new CountDownLatch(1);

  /** Never answered by the server itself. */
  private final PuppetServer.Ask<String> putOff =
      PuppetServer.ask(
          "put off",
          (ask, from, heard) -> {
            kept.set(ask.from(from));
            arrived.countDown();
            return Next.noReply(PuppetServer.and(heard, "put off"));
          });

  private ServerRef<PuppetServer> server;

  @BeforeEach
  void start() {
    server = kind.start();
  }

  @Nested
  class A_timeout {

    // G21
    @Test
    void is_five_seconds_unless_told_otherwise() {
      var e = catchThrowableOfType(CallException.Timeout.class, () -> server.call(putOff));
      var elapsed = Pattern.compile("within (\\d+) ms").matcher(e.getMessage());
      assertThat(elapsed.find()).isTrue();
      assertThat(Long.parseLong(elapsed.group(1))).isGreaterThanOrEqualTo(5_000);
    }

    // G22
    @Test
    void fails_the_caller_and_leaves_the_request_with_the_server() throws Exception {
      try (var held = Held.hold(server)) {
        var question = PuppetServer.question("well?");
        var e =
            catchThrowableOfType(
                CallException.Timeout.class, () -> server.call(question, Duration.ofMillis(1)));
        assertThat(e.reason()).isEqualTo(ExitReason.TIMEOUT);
        held.letGo();
        assertThat(server.call(PuppetServer.heard())).containsExactly("well?");
      }
    }

    // G22: a caller that does not catch it crashes over it
    @Test
    void ends_a_caller_that_does_not_catch_it() {
      assertThat(Downs.of(() -> server.call(putOff, Duration.ZERO)))
          .isInstanceOfSatisfying(
              ExitReason.Crash.class,
              crash -> assertThat(crash.cause()).isInstanceOf(CallException.Timeout.class));
      assertThat(server.pid().isAlive()).isTrue();
    }

    // G23
    @Test
    void closes_the_way_for_a_late_reply() throws Exception {
      try (var held = Held.hold(server)) {
        assertThatThrownBy(() -> server.call(PuppetServer.question("one"), Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
      }
      assertThat(server.call(PuppetServer.question("two"))).isEqualTo("two");
      assertThatThrownBy(() -> server.call(putOff, Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
      assertThat(server.call(PuppetServer.heard())).containsExactly("one", "two", "put off");
      kept.get().reply("late");
      assertThat(server.call(PuppetServer.question("three"))).isEqualTo("three");
      assertThat(Self.flush()).isEmpty();
    }

    // G30
    @Test
    void must_not_be_negative_or_null_and_then_nothing_is_sent() {
      var question = PuppetServer.question("sent?");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> server.call(question, Duration.ofNanos(-1)));
      assertThatNullPointerException().isThrownBy(() -> server.call(question, null));
      assertThatNullPointerException().isThrownBy(() -> server.call(null));
      assertThat(server.call(PuppetServer.heard())).isEmpty();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Name.<PuppetServer>unique("x").call(question, Duration.ofNanos(-1)));
    }

    // G20: zero is a timeout, too, for an answer that is there at once
    @Test
    void of_zero_still_sends() {
      assertThatThrownBy(() -> server.call(putOff, Duration.ZERO))
          .isInstanceOf(CallException.Timeout.class);
      assertThat(server.call(PuppetServer.heard())).containsExactly("put off");
    }
  }

  @Nested
  class The_message_of_a_timeout {

    @Test
    void says_what_was_asked_of_whom_how_long_and_what_the_server_does() throws Exception {
      try (var held = Held.hold(server)) {
        server.cast(PuppetServer.note("one"));
        server.send("two");
        assertThat(timeout(PuppetServer.question("well?")))
            .contains(server.pid().toString())
            .contains("PuppetServer")
            .contains("well?")
            .containsPattern("within \\d+ ms")
            .contains("3 messages wait in its mailbox") // with the request
            .contains("handling dev.ostler.tests.PuppetServer$Ask") // and not what another asked
            .doesNotContain("hold]", " hold")
            .contains("dev.ostler.tests.Held"); // a frame of its stack
      }
    }

    @Test
    void has_bounds() throws Exception {
      try (var held = Held.hold(server)) {
        String asked = "?".repeat(100_000);
        assertThat(timeout(PuppetServer.question(asked))).contains("???").hasSizeLessThan(10_000);
      }
    }

    @Test
    void says_that_the_server_is_suspended() {
      Sys.suspend(server.pid());
      assertThat(timeout(PuppetServer.question("well?"))).contains("suspended");
    }

    // A toString that throws fails no call.
    @Test
    void does_without_the_text_of_a_request_that_has_none() throws Exception {
      try (var held = Held.hold(server)) {
        assertThat(timeout(Odd.request(new IllegalStateException("no text"))))
            .contains("IllegalStateException");
        assertThat(timeout(Odd.request(new AssertionError("no text")))).contains("AssertionError");
        assertThat(timeout(Odd.request(new StackOverflowError()))).contains("StackOverflowError");
        assertThat(timeout(Odd.request(null))).contains("null");
      }
      assertThat(server.pid().isAlive()).isTrue();
    }

    private String timeout(PuppetServer.Ask<?> ask) {
      return catchThrowableOfType(
              CallException.Timeout.class, () -> server.call(ask, Duration.ZERO))
          .getMessage();
    }
  }

  @Nested
  class An_interrupt {

    @Test
    void ends_the_wait_of_a_plain_thread_and_stays_set() throws Exception {
      var waits = new CountDownLatch(1);
      var thrown = new AtomicReference<Throwable>();
      var stillSet = new AtomicBoolean();
      var waiting =
          PuppetServer.<String>ask(
              "waiting",
              (ask, from, heard) -> {
                kept.set(ask.from(from));
                return Next.<List<Object>>noReply(heard)
                    .thenContinue(
                        PuppetServer.step(
                            then -> {
                              waits.countDown();
                              return Next.noReply(then);
                            }));
              });
      Thread plain =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      server.call(waiting, Held.FOREVER);
                    } catch (Throwable t) {
                      thrown.set(t);
                      stillSet.set(Thread.currentThread().isInterrupted());
                    }
                  });
      waits.await();
      plain.interrupt();
      plain.join();
      assertThat(thrown.get())
          .isInstanceOf(CallException.Interrupted.class)
          .hasMessageContainingAll(server.pid().toString(), "waiting");
      assertThat(stillSet).isTrue();
      kept.get().reply("nobody waits");
      assertThat(server.call(PuppetServer.question("alive?"))).isEqualTo("alive?");
    }

    @Test
    void that_came_before_the_call_ends_it_too_but_the_request_is_sent() {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> server.call(putOff, Held.FOREVER))
          .isInstanceOf(CallException.Interrupted.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(server.call(PuppetServer.heard())).containsExactly("put off");
    }
  }
}
