package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The crash reports that a failure shows. */
class CrashesTest {

  /** How a test of this name ended, among those selected, which ran at the same time. */
  private static Optional<Throwable> failure(String name, DiscoverySelector... selectors) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectors)
        .configurationParameter("junit.jupiter.execution.timeout.default", "20 s")
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
        .execute()
        .testEvents()
        .finished()
        .stream()
        .filter(event -> event.getTestDescriptor().getDisplayName().startsWith(name))
        .map(event -> event.getRequiredPayload(TestExecutionResult.class))
        .findFirst()
        .orElseThrow()
        .getThrowable();
  }

  private static DiscoverySelector test(String name, Class<?>... parameters) {
    return selectMethod(Failing.Crashes.class, name, parameters);
  }

  private static List<Throwable> shown(Throwable failure) {
    return Arrays.asList(failure.getSuppressed());
  }

  @Test
  void are_those_of_the_test_s_own_processes_and_no_others() {
    for (String name : List.of("one", "two")) {
      String other = name.equals("one") ? "two" : "one";
      Throwable failure =
          failure(name, test("one", Supervised.class), test("two", Supervised.class)).orElseThrow();

      assertThat(failure).hasMessage(name + " on purpose");
      assertThat(shown(failure))
          .hasSize(2)
          .allSatisfy(
              crash ->
                  assertThat(crash)
                      .hasMessageContaining("thrown in " + name)
                      .hasNoSuppressedExceptions()
                      .hasRootCauseInstanceOf(IllegalArgumentException.class))
          .noneMatch(crash -> String.valueOf(crash.getMessage()).contains(other));
      assertThat(shown(failure).getFirst()).hasMessageContaining("child of " + name);
    }
  }

  @Test
  void are_shown_by_a_test_whose_own_process_they_ended() {
    Throwable failure = failure("is_ended", test("is_ended")).orElseThrow();

    assertThat(failure).hasMessageContaining("own process was ended");
    assertThat(shown(failure))
        .singleElement()
        .satisfies(crash -> assertThat(crash).hasMessageContaining("thrown in is ended"));
  }

  @Test
  void fail_no_test_by_themselves() {
    assertThat(failure("passes", test("passes"))).isEmpty();
  }

  @Test
  void are_the_first_ones_of_many() {
    Throwable failure =
        failure("crashes_time", test("crashes_time_and_again", Supervised.class)).orElseThrow();

    assertThat(failure).hasMessage("on purpose");
    assertThat(shown(failure)).hasSize(20);
  }
}
