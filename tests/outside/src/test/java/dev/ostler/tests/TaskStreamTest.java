package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.TaskResult;
import dev.ostler.TaskStream;
import dev.ostler.TaskSupervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A function applied to many items by tasks: T21 to T26.
 *
 * <p>Of T26, a bad choice of what to do about a timeout cannot be written.
 */
@ExtendWith(OstlerExtension.class)
class TaskStreamTest {
  private static final ExitReason RIPE = ExitReason.of("ripe");
  private static final Duration DAY = Duration.ofDays(1);

  private final Queue<Pid> tasks = new ConcurrentLinkedQueue<>();
  private final CountDownLatch stuck = new CountDownLatch(1);

  private static List<Integer> upTo(int last) {
    return IntStream.rangeClosed(1, last).boxed().toList();
  }

  private static <T> TaskResult<T> ok(T value) {
    return new TaskResult.Ok<>(value);
  }

  private static <T> TaskResult<T> exited(ExitReason reason) {
    return new TaskResult.Exited<>(reason);
  }

  private static int fail(int item) {
    Self.exit(RIPE);
    return item;
  }

  /** The first item's task never ends; the others' do, once that has begun. */
  private int stuckAtFirst(int item) {
    if (item == 1) {
      tasks.add(Self.pid());
      stuck.countDown();
      Self.receive(String.class);
    }
    awaited(stuck);
    return item;
  }

  private int stuck(int item) {
    tasks.add(Self.pid());
    Self.receive(String.class);
    return item;
  }

  private static void assertNothingLeft() {
    assertThat(Self.flush()).isEmpty();
    assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
  }

  @Test
  void passes_each_result_on() {
    var results = new ArrayList<TaskResult<Integer>>();
    TaskStream.of(upTo(3), item -> item * 2).forEach(results::add);
    assertThat(results).containsExactly(ok(2), ok(4), ok(6));
    assertThat(TaskStream.of(upTo(3), item -> item * 2).take(0)).isEmpty();
    assertThat(TaskStream.of(upTo(3), item -> item * 2).take(9)).isEqualTo(results);
  }

  // T21
  @Test
  void gives_results_in_the_order_of_the_items() {
    var last = new CountDownLatch(1);
    var results =
        TaskStream.of(
                upTo(4),
                item -> {
                  if (item == 4) {
                    last.countDown();
                  } else {
                    awaited(last); // the last is ready first
                  }
                  return item * 10;
                })
            .maxConcurrency(4)
            .toList();
    assertThat(results).containsExactly(ok(10), ok(20), ok(30), ok(40));
    assertNothingLeft();
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // T21
  @Test
  void runs_no_more_tasks_than_it_may() {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    TaskStream.of(
            upTo(60),
            item -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              Self.receive(Duration.ZERO);
              Thread.onSpinWait();
              return running.decrementAndGet();
            })
        .maxConcurrency(3)
        .toList();
    assertThat(most.get()).isBetween(1, 3);
  }

  // T21
  @Test
  void goes_on_with_others_while_the_first_takes_its_time() {
    var last = new CountDownLatch(1);
    List<TaskResult<Integer>> results =
        TaskStream.of(
                upTo(9),
                item -> {
                  if (item == 1) {
                    awaited(last); // which only the ninth task opens
                  } else if (item == 9) {
                    last.countDown();
                  }
                  return item;
                })
            .maxConcurrency(2)
            .timeout(DAY, TaskStream.OnTimeout.EXIT)
            .toList();
    assertThat(results).isEqualTo(upTo(9).stream().map(TaskStreamTest::ok).toList());
    assertNothingLeft();
  }

  // T21
  @Test
  void looks_at_no_more_items_than_it_needs() {
    var looked = new ArrayList<Integer>();
    Iterable<Integer> endless = () -> Stream.iterate(1, n -> n + 1).peek(looked::add).iterator();
    // Tasks that end make room for others, so those of items that nobody takes do not end.
    try (var stream =
        TaskStream.of(endless, n -> n > 3 ? stuck(n) : n).maxConcurrency(2).stream()) {
      assertThat(looked).isEmpty();
      assertThat(stream.limit(3).toList()).containsExactly(ok(1), ok(2), ok(3));
    }
    assertThat(looked.size()).isLessThanOrEqualTo(6);
    assertNothingLeft();
  }

  // T22
  @Test
  void gives_results_as_they_are_ready_if_it_may() {
    var second = new CountDownLatch(1);
    try (var stream =
        TaskStream.of(
            upTo(2),
            item -> {
              if (item == 1) {
                awaited(second);
              }
              return item;
            })
            .maxConcurrency(2)
            .unordered()
            .stream()) {
      var results = stream.iterator();
      assertThat(results.next()).isEqualTo(ok(2));
      second.countDown();
      assertThat(results.next()).isEqualTo(ok(1));
    }
    assertNothingLeft();
  }

  @Nested
  class A_task_that_takes_too_long {
    // T23
    @Test
    void is_a_failure_of_the_consumer_and_ends_all() {
      var stream =
          TaskStream.of(upTo(3), TaskStreamTest.this::stuck)
              .maxConcurrency(3)
              .timeout(Duration.ofMillis(1), TaskStream.OnTimeout.EXIT);
      assertThatThrownBy(stream::toList).isInstanceOf(CallException.Timeout.class);
      assertThat(tasks).noneMatch(Pid::isAlive);
      assertNothingLeft();
    }

    // T23
    @Test
    void is_killed_if_so_asked() {
      for (boolean ordered : List.of(true, false)) {
        var stream =
            TaskStream.of(upTo(2), TaskStreamTest.this::stuck)
                .timeout(Duration.ofMillis(1), TaskStream.OnTimeout.KILL)
                .maxConcurrency(1);
        assertThat((ordered ? stream : stream.unordered()).toList())
            .containsExactly(exited(ExitReason.TIMEOUT), exited(ExitReason.TIMEOUT));
        assertThat(tasks).noneMatch(Pid::isAlive);
        assertNothingLeft();
      }
    }

    /** Has taken the first result of two; the second task is told of, and waits for ever. */
    private Iterator<TaskResult<Integer>> halfway(TaskStream<Integer, Integer> stream) {
      var results = stream.maxConcurrency(2).stream().iterator();
      assertThat(results.next()).isEqualTo(ok(1));
      return results;
    }

    private TaskStream<Integer, Integer> stream() {
      Pid test = Self.pid();
      return TaskStream.of(
          upTo(2),
          item -> {
            if (item == 2) {
              test.send(Self.pid());
              Self.receive(String.class);
            }
            return item;
          });
    }

    // M15
    @Test
    void is_killed_in_time_while_the_consumer_does_something_else(ManualClock clock) {
      var stream = stream().timeout(DAY, TaskStream.OnTimeout.KILL);
      for (var each : List.of(stream, stream.unordered())) {
        var results = halfway(each);
        Pid slow = Self.receive(Pid.class);
        clock.advance(DAY);
        assertThat(slow.isAlive()).isFalse(); // and nobody has asked for its result
        assertThat(results.next()).isEqualTo(exited(ExitReason.TIMEOUT));
        assertThat(results.hasNext()).isFalse();
        assertNothingLeft();
      }
    }

    // M15
    @Test
    void fails_the_consumer_once_it_asks_for_the_result(ManualClock clock) {
      var stream = stream().timeout(DAY, TaskStream.OnTimeout.EXIT);
      for (var each : List.of(stream, stream.unordered())) {
        var results = halfway(each);
        Pid slow = Self.receive(Pid.class);
        clock.advance(DAY);
        assertThat(slow.isAlive()).isFalse();
        assertThatThrownBy(results::next)
            .isInstanceOf(CallException.Timeout.class)
            .hasMessageContaining("the task of 2");
        assertNothingLeft();
      }
    }

    // M15
    @Test
    void has_no_deadline_left_once_it_has_ended(ManualClock clock) {
      TaskStream.of(upTo(9), n -> n).timeout(DAY, TaskStream.OnTimeout.EXIT).toList();
      assertThat(clock.pending()).isZero();
    }
  }

  @Nested
  class A_task_that_crashes {
    // T24
    @Test
    void ends_a_consumer_it_is_linked_to() {
      assertThat(Deaths.of(() -> TaskStream.of(upTo(2), item -> item == 2 ? fail(2) : 1).toList()))
          .isEqualTo(RIPE);
    }

    // T24, T25
    @Test
    void is_a_result_for_a_consumer_that_traps_exits() {
      Self.trapExits(true);
      Self.pid().send("mine");
      assertThat(TaskStream.of(upTo(3), item -> item == 2 ? fail(2) : item).toList())
          .containsExactly(ok(1), exited(RIPE), ok(3));
      assertThat(Self.flush()).containsExactly("mine");
      assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
    }

    // T24
    @Test
    void tells_its_item_if_so_asked() {
      Self.trapExits(true);
      assertThat(TaskStream.of(List.of("pear"), item -> fail(1)).zipInputOnExit().toList())
          .containsExactly(exited(ExitReason.of(new TaskStream.Failed("pear", RIPE))));
    }

    // T24
    @Test
    void is_a_result_if_it_is_not_linked(Supervised supervised) {
      TaskSupervisor supervisor = supervised.start(TaskSupervisor.of());
      assertThat(TaskStream.of(upTo(2), TaskStreamTest::fail).underWithoutLink(supervisor).toList())
          .containsExactly(exited(RIPE), exited(RIPE));
      assertThat(
              Deaths.of(
                  () -> TaskStream.of(upTo(2), TaskStreamTest::fail).under(supervisor).toList()))
          .isEqualTo(RIPE);
      assertThat(supervisor.pid().isAlive()).isTrue();
    }
  }

  @Nested
  class A_consumer_that_stops {
    // T25
    @Test
    void early_leaves_no_task_and_no_message() {
      Self.trapExits(true);
      try (var stream =
          TaskStream.of(upTo(9), TaskStreamTest.this::stuckAtFirst)
              .maxConcurrency(3)
              .unordered()
              .stream()) {
        assertThat(stream.limit(2).toList()).doesNotContain(ok(1));
      }
      assertThat(tasks).isNotEmpty().noneMatch(Pid::isAlive);
      assertNothingLeft();
    }

    @Test
    void after_the_first_few_leaves_no_task_and_no_message() {
      Self.trapExits(true);
      assertThat(
              TaskStream.of(upTo(9), TaskStreamTest.this::stuckAtFirst)
                  .maxConcurrency(3)
                  .unordered()
                  .take(2))
          .hasSize(2)
          .doesNotContain(ok(1));
      assertThat(tasks).isNotEmpty().noneMatch(Pid::isAlive);
      assertNothingLeft();
    }

    @Test
    void in_the_middle_of_the_results_leaves_no_task_and_no_message() {
      Self.trapExits(true);
      var failure = new IllegalStateException("enough");
      assertThatThrownBy(
              () ->
                  TaskStream.of(upTo(9), TaskStreamTest.this::stuckAtFirst)
                      .maxConcurrency(3)
                      .unordered()
                      .forEach(
                          result -> {
                            throw failure;
                          }))
          .isSameAs(failure);
      assertThat(tasks).isNotEmpty().noneMatch(Pid::isAlive);
      assertNothingLeft();
    }

    // T25
    @Test
    void with_a_failure_leaves_no_task_and_no_message() {
      Self.trapExits(true);
      var failure = new IllegalStateException("enough");
      assertThatThrownBy(
              () -> {
                try (var stream =
                    TaskStream.of(upTo(9), TaskStreamTest.this::stuckAtFirst)
                        .maxConcurrency(3)
                        .unordered()
                        .stream()) {
                  stream.forEach(
                      result -> {
                        throw failure;
                      });
                }
              })
          .isSameAs(failure);
      assertThat(tasks).isNotEmpty().noneMatch(Pid::isAlive);
      assertNothingLeft();
    }

    // T25: by an item that cannot be had
    @Test
    void since_there_are_no_more_items_leaves_no_task() {
      var failure = new IllegalStateException("no more");
      Iterable<Integer> items =
          () ->
              Stream.iterate(1, n -> n + 1)
                  .peek(
                      n -> {
                        if (n == 3) {
                          throw failure;
                        }
                      })
                  .iterator();
      assertThatThrownBy(
              () ->
                  TaskStream.of(items, TaskStreamTest.this::stuck)
                      .maxConcurrency(4)
                      .timeout(DAY, TaskStream.OnTimeout.EXIT)
                      .toList())
          .isSameAs(failure);
      assertThat(tasks).noneMatch(Pid::isAlive);
      assertNothingLeft();
    }
  }

  // T26
  @Test
  void refuses_settings_that_make_no_sense() {
    var stream = TaskStream.of(upTo(1), n -> n);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stream.maxConcurrency(0))
        .withMessageContaining("at least 1 task");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stream.timeout(Duration.ofNanos(-1), TaskStream.OnTimeout.KILL));
    assertThatThrownBy(() -> stream.timeout(DAY, null)).isInstanceOf(NullPointerException.class);
  }
}
