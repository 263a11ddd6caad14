package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.container;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.ostler.Pid;
import java.util.HashSet;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** What the tests of a class have in common: X10, and X02, X06, X08 for it. */
class ClassProcessTest {

  @BeforeEach
  void forget() {
    FailingClasses.JOURNAL.clear();
    FailingClasses.PIDS.clear();
  }

  private static EngineTestKit.Builder kit(ClassSelector... classes) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(classes)
        .configurationParameter("junit.jupiter.execution.timeout.default", "20 s");
  }

  private static EngineExecutionResults run(Class<?> tests) {
    return kit(selectClass(tests)).execute();
  }

  private static void assertAllDead(String... keys) {
    assertThat(FailingClasses.PIDS).containsOnlyKeys(keys);
    assertThat(FailingClasses.PIDS.values()).noneMatch(Pid::isAlive);
  }

  // X10, X02
  @Test
  void what_is_started_before_all_lives_until_all_tests_are_done_and_stops_last_first() {
    run(FailingClasses.One.class)
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(2).failed(0));
    assertThat(FailingClasses.JOURNAL)
        .containsExactly("one 2", "one last shutdown", "one first shutdown", "one exit");
    assertAllDead("class one", "agent one", "left by one");
  }

  // X10
  @Test
  void classes_in_parallel_have_each_their_own_and_do_not_disturb_each_other() {
    kit(selectClass(FailingClasses.MeetsOne.class), selectClass(FailingClasses.MeetsTwo.class))
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
        .configurationParameter(
            "junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
        .execute()
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(2).failed(0));
    for (String name : new String[] {"meets one", "meets two"}) {
      assertThat(FailingClasses.JOURNAL)
          .containsSubsequence(
              name + " 1", name + " last shutdown", name + " first shutdown", name + " exit");
    }
    assertThat(FailingClasses.JOURNAL).hasSize(8);
    assertThat(new HashSet<>(FailingClasses.PIDS.values())).hasSize(6);
    assertThat(FailingClasses.PIDS.values()).noneMatch(Pid::isAlive);
  }

  @Test
  void a_nested_class_has_its_own_which_ends_before_that_of_the_class_around_it() {
    run(FailingClasses.Outer.class)
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(1).failed(0));
    assertThat(FailingClasses.JOURNAL)
        .containsExactly("outer inner", "tests of FailingClasses$Outer", "tests of Inner");
    assertAllDead("outer", "inner", "test");
  }

  @Test
  void it_may_have_a_clock_that_stands_still() {
    run(FailingClasses.HasAClock.class)
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(1).failed(0));
    assertThat(FailingClasses.JOURNAL).containsExactly("ring");
  }

  // X10
  @Test
  void no_test_runs_if_what_is_before_all_fails() {
    assertFails(FailingClasses.ThrowsBefore.class, "on purpose");
    assertAllDead("agent");
  }

  // X10
  @Test
  void no_test_runs_if_the_process_of_the_class_is_ended_before_them() {
    assertFails(FailingClasses.EndsBefore.class, "rotten");
  }

  private static void assertFails(Class<?> tests, String why) {
    EngineExecutionResults results = run(tests);
    results.testEvents().assertStatistics(events -> events.started(0));
    results
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1, event(container(tests), finishedWithFailure(message(text -> text.contains(why)))));
    assertThat(FailingClasses.JOURNAL).isEmpty();
  }

  @Test
  void no_test_succeeds_once_the_process_of_the_class_has_ended() {
    EngineExecutionResults results = run(FailingClasses.EndsMeanwhile.class);
    results
        .testEvents()
        .assertThatEvents()
        .haveExactly(
            2,
            event(
                finishedWithFailure(
                    message(text -> text.contains("the class's own process was ended")),
                    message(text -> text.contains("rotten")))));
    results.containerEvents().assertStatistics(containers -> containers.failed(1));
  }

  @Test
  void a_method_before_all_that_takes_too_long_is_interrupted_and_its_process_killed() {
    EngineExecutionResults results = run(FailingClasses.HangsBefore.class);
    results
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                container(FailingClasses.HangsBefore.class),
                finishedWithFailure(instanceOf(TimeoutException.class))));
    assertThat(FailingClasses.JOURNAL).isEmpty();
    assertAllDead("class", "agent");
  }
}
