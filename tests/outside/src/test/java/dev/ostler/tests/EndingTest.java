package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Why a process ended, by its own doing.
 *
 * <p>Of P06, a {@code throw} of something that is no error has no counterpart: Java throws nothing
 * but throwables, and each is a crash.
 */
@ExtendWith(OstlerExtension.class)
class EndingTest {

  static Stream<Throwable> throwables() {
    return Stream.of(
        new IllegalStateException("a runtime exception"),
        new IOException("a checked exception"),
        new InterruptedException("an interrupt"),
        new AssertionError("an error"));
  }

  // P05
  @Test
  void of_a_body_that_returns_is_normal() {
    assertThat(Deaths.of(() -> {})).isEqualTo(ExitReason.NORMAL);
  }

  // P06
  @ParameterizedTest
  @MethodSource("throwables")
  void of_a_body_that_throws_is_a_crash_with_what_it_threw(Throwable thrown) {
    assertThat(
            Deaths.of(
                () -> {
                  EndingTest.<Exception>sneak(thrown);
                }))
        .isInstanceOfSatisfying(
            ExitReason.Crash.class, crash -> assertThat(crash.cause()).isSameAs(thrown));
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  // P06
  @Test
  void by_a_crash_tells_where() {
    assertThat(Deaths.of(EndingTest::fail))
        .isInstanceOfSatisfying(
            ExitReason.Crash.class,
            crash ->
                assertThat(crash.cause().getStackTrace()[0].getMethodName()).isEqualTo("fail"));
  }

  private static void fail() {
    throw new IllegalStateException("here");
  }

  // P06
  @ParameterizedTest
  @MethodSource("dev.ostler.tests.Deaths#reasons")
  void by_exit_has_the_reason_given(ExitReason reason) {
    assertThat(Deaths.of(() -> Self.exit(reason))).isEqualTo(reason);
  }

  // P06
  @Test
  void by_exit_runs_what_is_to_run_finally_and_is_held_up_by_no_catch_of_exceptions() {
    Pid test = Self.pid();
    ExitReason reason =
        Deaths.of(
            () -> {
              try {
                Self.exit(ExitReason.of("enough"));
              } catch (Exception e) {
                test.send("caught");
              } finally {
                test.send("finally");
              }
              test.send("went on");
            });

    assertThat(reason).isEqualTo(ExitReason.of("enough"));
    assertThat(Self.flush()).containsExactly("finally");
  }

  @Test
  void needs_a_reason() {
    assertThatThrownBy(() -> Self.exit(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> Self.pid().exit(null)).isInstanceOf(NullPointerException.class);
    assertThat(Self.pid().isAlive()).isTrue();
  }
}
