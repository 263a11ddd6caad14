package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.suppressed;

import dev.ostler.Pid;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/**
 * What the extension does for tests that pass, fail, hang and leave things behind: X02, X04, X06,
 * X08, X09.
 */
class OstlerExtensionTest {

  @BeforeEach
  void forget() {
    Failing.JOURNAL.clear();
    Failing.PIDS.clear();
  }

  private static EngineTestKit.Builder kit(DiscoverySelector... selectors) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectors)
        .configurationParameter("junit.jupiter.execution.timeout.default", "20 s");
  }

  private static Events run(DiscoverySelector... selectors) {
    return kit(selectors).execute().testEvents();
  }

  private static void assertAllDead() {
    assertThat(Failing.PIDS).isNotEmpty();
    assertThat(Failing.PIDS.values()).noneMatch(Pid::isAlive);
  }

  @Nested
  class At_the_end_of_a_test {

    // X02
    @Test
    void that_passes_its_children_stop_last_first_after_all_its_methods() {
      run(selectMethod(Failing.Stops.class, "passes", Supervised.class))
          .assertStatistics(tests -> tests.succeeded(1).failed(0));
      assertStopped();
    }

    // X02
    @Test
    void that_fails_its_children_stop_last_first_after_all_its_methods() {
      run(selectMethod(Failing.Stops.class, "fails", Supervised.class))
          .assertThatEvents()
          .haveExactly(1, event(test("fails"), finishedWithFailure(message("on purpose"))));
      assertStopped();
    }

    private void assertStopped() {
      assertThat(Failing.JOURNAL)
          .containsExactly("after each", "third shutdown", "second shutdown", "first shutdown");
      assertAllDead();
    }

    // M12
    @Test
    void it_ends_with_shutdown_and_its_linked_helpers_end_before_what_it_left_to_be_called() {
      Failing.LinksWithOthers.REASONS.clear();
      run(selectClass(Failing.LinksWithOthers.class))
          .assertStatistics(tests -> tests.succeeded(1).failed(0));
      assertThat(Failing.LinksWithOthers.REASONS).containsExactly("shutdown");
      assertThat(Failing.JOURNAL)
          .containsExactlyInAnyOrder("helper shutdown", "child shutdown", "on exit")
          .endsWith("on exit");
      assertAllDead();
    }

    // X02
    @Test
    void all_it_started_is_dead_by_whatever_means() {
      run(selectClass(Failing.LeavesProcessesBehind.class))
          .assertStatistics(tests -> tests.succeeded(1).failed(0));
      assertThat(Failing.PIDS)
          .containsOnlyKeys("test", "before each", "agent", "spawned", "grandchild");
      assertAllDead();
    }

    // X02, X08
    @Test
    void once_all_is_dead_what_it_left_to_be_called_is_called_last_first() {
      run(selectMethod(Failing.CallsBack.class, "passes", Supervised.class))
          .assertStatistics(tests -> tests.succeeded(1).failed(0));
      assertThat(Failing.JOURNAL).containsExactly("child shutdown", "third", "second", "first");
      assertThat(Failing.PIDS).hasSize(7);
      assertAllDead();
    }

    // X08
    @Test
    void callbacks_that_fail_fail_it_and_the_others_are_called() {
      run(selectMethod(Failing.CallsBack.class, "fails", Supervised.class))
          .assertThatEvents()
          .haveExactly(
              1,
              event(
                  finishedWithFailure(
                      message(text -> text.contains("third on purpose")),
                      suppressed(0, message("second on purpose")))));
      assertThat(Failing.JOURNAL).containsExactly("first");
    }

    // X09
    @Test
    void a_callback_that_does_not_end_in_time_fails_it_and_is_killed() {
      // the callback that does not hang must end within the same time, however busy the machine is
      impatient(selectMethod(Failing.CallsBack.class, "hangs", Supervised.class), 1500)
          .assertThatEvents()
          .haveExactly(
              1,
              event(
                  finishedWithFailure(
                      message(text -> text.contains("onExit did not end within PT1.5S")))));
      assertThat(Failing.JOURNAL).containsExactly("first");
      assertAllDead();
    }

    private static Events impatient(DiscoverySelector selector, int millis) {
      return kit(selector)
          .configurationParameter("dev.ostler.junit.stopTimeoutMillis", Integer.toString(millis))
          .execute()
          .testEvents();
    }

    // X09
    @Test
    void children_that_do_not_stop_in_time_fail_it_and_are_killed() {
      impatient(selectClass(Failing.DoesNotStop.class), 50)
          .assertThatEvents()
          .haveExactly(
              1,
              event(
                  finishedWithFailure(
                      instanceOf(AssertionError.class),
                      message(text -> text.contains("did not stop within PT0.05S")))));
      assertAllDead();
    }
  }

  @Nested
  class A_test_whose_process_was_ended {

    // X04, for what is linked to the test
    @Test
    void by_a_link_fails_with_the_reason() {
      run(selectMethod(Failing.IsEnded.class, "by_a_link"))
          .assertThatEvents()
          .haveExactly(1, event(finishedWithFailure(message(text -> text.contains("rotten")))));
    }

    // X04
    @Test
    void by_a_child_that_is_linked_to_it_fails_with_the_reason() {
      run(selectMethod(Failing.IsEnded.class, "by_a_child", Supervised.class))
          .assertThatEvents()
          .haveExactly(1, event(finishedWithFailure(message(text -> text.contains("spoilt")))));
    }

    @Test
    void fails_with_the_reason_though_it_never_noticed() {
      run(selectMethod(Failing.IsEnded.class, "by_a_signal_without_noticing"))
          .assertThatEvents()
          .haveExactly(
              1,
              event(
                  finishedWithFailure(
                      instanceOf(AssertionError.class),
                      message(text -> text.contains("shutdown: enough")))));
    }
  }

  @Test
  void tests_in_parallel_are_processes_of_their_own_and_do_not_disturb_each_other() {
    kit(selectClass(Failing.RunsInParallel.class))
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "3")
        .execute()
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(2).failed(1))
        .assertThatEvents()
        .haveExactly(
            1,
            event(test("one"), finishedWithFailure(message(text -> text.contains("one alone")))));
    assertThat(new HashSet<>(Failing.PIDS.values())).hasSize(3);
    assertAllDead();
  }

  // X06
  @Test
  void supervised_is_refused_where_there_is_no_test() {
    run(selectClass(Failing.TakesSupervisedWhereThereIsNoTest.class))
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                finishedWithFailure(message(text -> text.contains("Supervised is for methods")))));
  }

  @Test
  void a_test_that_hangs_is_reported_with_its_processes_and_threads() {
    List<String> logged = new CopyOnWriteArrayList<>();
    Handler handler = handler(logged);
    Logger logger = Logger.getLogger("dev.ostler.junit");
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      run(selectClass(Failing.Hangs.class)).assertStatistics(tests -> tests.failed(1));
    } finally {
      logger.removeHandler(handler);
      logger.setUseParentHandlers(true);
    }
    assertThat(logged)
        .singleElement()
        .satisfies(
            report ->
                assertThat(report)
                    .contains("an idle agent") // which has no thread
                    .contains("a waiting process")
                    .contains("virtual")
                    .contains("dev.ostler.junit.Failing$Hangs.test"));
    assertAllDead();
  }

  private static Handler handler(List<String> logged) {
    return new Handler() {
      @Override
      public void publish(LogRecord entry) {
        logged.add(entry.getMessage());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }
}
