package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that run for long in a small heap, each in a JVM of its own. */
class ProgramsTest {

  // Before, it lived on: the classes of its death could not be loaded
  @ParameterizedTest
  @ValueSource(strings = {"DIRECT", "PLAIN", "RAW"})
  void the_first_process_that_crashes_is_dead_also_if_the_heap_is_full(String kind)
      throws Exception {
    assertThat(ChildJvm.run(FirstCrash.class, List.of("-Xmx24m", "-XX:+UseSerialGC"), kind))
        .containsExactly("dead, DOWN");
  }

  // M04; before, it ended for want of memory with two messages a task in its mailbox
  @Test
  void a_process_that_awaits_400_000_tasks_and_never_receives_is_left_with_an_empty_mailbox()
      throws Exception {
    assertThat(ChildJvm.run(AwaitedTasks.class, List.of("-Xmx64m"))).containsExactly("0");
  }

  // Before, 379 bytes for each until its timeout would have come. What is left is the weak
  // reference in the table of processes, at most two for each.
  @Test
  void servers_that_ended_with_a_timer_set_leave_nothing() throws Exception {
    var left = ChildJvm.run(EndedWithTimers.class, List.of("-Xmx256m"));
    assertThat(left)
        .singleElement()
        .satisfies(bytes -> assertThat(Integer.parseInt(bytes)).isLessThan(100));
  }

  // Before, none of them answered again: they were neither idle nor owned
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void idle_servers_that_are_sent_to_while_the_heap_is_full_all_answer_afterwards()
      throws Exception {
    assertThat(ChildJvm.run(FullHeapCasts.class, List.of("-Xmx24m", "-XX:+UseSerialGC")))
        .containsExactly("0 of 2,000 servers never answered");
  }
}
