package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Task;
import dev.ostler.TaskReply;
import dev.ostler.TaskResult;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tasks that are asked together, asked again, and ended: T10 to T16. */
@ExtendWith(OstlerExtension.class)
class TasksTest {
  private static final Duration NOW = Duration.ZERO;
  private static final ExitReason RIPE = ExitReason.of("ripe");

  private final CountDownLatch latch = new CountDownLatch(1);

  @BeforeEach
  void trap() {
    Self.trapExits(true);
  }

  private Task<Integer> waiting(int value) {
    return Task.async(
        () -> {
          latch.await();
          return value;
        });
  }

  /** A task that does not end when it is told to. */
  private static Task<Integer> deaf() {
    var begun = new CountDownLatch(1);
    Task<Integer> task =
        Task.async(
            () -> {
              Self.trapExits(true);
              begun.countDown();
              Self.receive(String.class);
              return 1;
            });
    begunBy(begun);
    return task;
  }

  private static void begunBy(CountDownLatch begun) {
    try {
      begun.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> Task<T> over(Task<T> task) {
    Deaths.await(Self.monitor(pid(task)));
    return task;
  }

  private static Task<Integer> crashed() {
    return over(
        Task.<Integer>async(
            () -> {
              Self.exit(RIPE);
              return 0;
            }));
  }

  private static Pid pid(Task<?> task) {
    return task.pid().orElseThrow();
  }

  private static List<Object> allButExits() {
    return Self.flush().stream().filter(each -> !(each instanceof Exit)).toList();
  }

  private static <T> Optional<TaskResult<T>> ok(T value) {
    return Optional.of(new TaskResult.Ok<>(value));
  }

  private static <T> Optional<TaskResult<T>> exited(ExitReason reason) {
    return Optional.of(new TaskResult.Exited<>(reason));
  }

  @Nested
  class Awaited_together {
    // T10
    @Test
    void give_their_values_in_their_order() {
      Task<Integer> slow = waiting(1);
      Task<Integer> fast =
          Task.async(
              () -> {
                latch.countDown();
                return 2;
              });
      Self.pid().send("mine");
      assertThat(Task.awaitMany(List.of(slow, fast))).containsExactly(1, 2);
      over(slow);
      over(fast);
      assertThat(allButExits()).containsExactly("mine");
    }

    // T10
    @Test
    void may_be_none() {
      assertThat(Task.awaitMany(List.of())).isEmpty();
    }

    // T10
    @Test
    void fail_with_the_first_that_fails_and_are_watched_no_more() {
      Task<Integer> slow = waiting(1);
      Task<Integer> done = over(Task.async(() -> 3));
      Task<Integer> crashed = crashed();
      assertThatThrownBy(() -> Task.awaitMany(List.of(slow, done, crashed), Duration.ofDays(1)))
          .isInstanceOfSatisfying(
              CallException.Exited.class, e -> assertThat(e.reason()).isEqualTo(RIPE));
      assertThat(pid(slow).isAlive()).isTrue();
      latch.countDown();
      over(slow);
      assertThat(allButExits()).isEmpty();
    }

    // T10
    @Test
    void for_too_long_are_watched_no_more() {
      Task<Integer> slow = waiting(1);
      Task<Integer> done = over(Task.async(() -> 3));
      assertThatThrownBy(() -> Task.awaitMany(List.of(done, slow), NOW))
          .isInstanceOf(CallException.Timeout.class);
      latch.countDown();
      over(slow);
      assertThat(allButExits()).isEmpty();
    }
  }

  @Nested
  class Polled {
    // T11
    @Test
    void tells_how_it_ended() {
      assertThat(over(Task.async(() -> 7)).poll(NOW)).isEqualTo(ok(7));
      assertThat(crashed().poll(NOW)).isEqualTo(exited(RIPE));
      assertThat(allButExits()).isEmpty();
    }

    // T11
    @Test
    void in_vain_may_be_polled_again_and_tells_by_message_too() {
      Task<Integer> task = waiting(7);
      assertThat(task.poll(NOW)).isEmpty();
      latch.countDown();
      assertThat(Self.receive(TaskReply.class, Deaths.PATIENCE))
          .contains(new TaskReply(task.ref(), Optional.of(7)));
      assertThat(task.poll(Duration.ofDays(1))).isEqualTo(ok(7));
    }

    // T12
    @Test
    void with_others_tells_of_each_in_their_order() {
      var tasks = List.of(waiting(1), over(Task.async(() -> 2)), crashed());
      var polled = Task.pollMany(tasks, NOW, 3, Task.OnTimeout.NOTHING);
      assertThat(polled)
          .containsExactly(
              new Task.Polled<>(tasks.get(0), Optional.empty()),
              new Task.Polled<>(tasks.get(1), ok(2)),
              new Task.Polled<>(tasks.get(2), exited(RIPE)));
      latch.countDown();
      assertThat(tasks.getFirst().poll(Duration.ofDays(1))).isEqualTo(ok(1));
    }

    // T12
    @Test
    void with_others_in_vain_is_ignored_or_killed_if_so_asked() {
      Task<Integer> ignored = waiting(1);
      Task<Integer> killed = waiting(2);
      Task.pollMany(List.of(ignored), NOW, 1, Task.OnTimeout.IGNORE);
      assertThat(Task.pollMany(List.of(killed), NOW, 1, Task.OnTimeout.KILL))
          .containsExactly(new Task.Polled<>(killed, Optional.empty()));
      assertThat(pid(killed).isAlive()).isFalse();
      assertThat(pid(ignored).isAlive()).isTrue();
      assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
      latch.countDown();
      over(ignored);
      assertThat(Self.flush()).isEmpty();
    }

    // T12
    @Test
    void with_others_up_to_a_limit_does_nothing_about_the_rest() {
      Task<Integer> slow = waiting(1);
      Task<Integer> done = Task.async(() -> 2);
      var polled = Task.pollMany(List.of(slow, done), Duration.ofDays(1), 1, Task.OnTimeout.KILL);
      assertThat(polled).extracting(Task.Polled::result).containsExactly(Optional.empty(), ok(2));
      latch.countDown();
      assertThat(slow.await()).isEqualTo(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Task.pollMany(List.of(slow), NOW, 0, Task.OnTimeout.KILL));
    }

    // M15
    @Test
    void with_others_gives_no_more_than_the_limit_and_leaves_the_rest_to_be_asked_again() {
      Task<Integer> slow = waiting(1);
      var tasks =
          List.of(
              slow,
              over(Task.async(() -> 2)),
              over(Task.async(() -> 3)),
              over(Task.async(() -> 4)));
      var polled = Task.pollMany(tasks, NOW, 2, Task.OnTimeout.KILL);
      assertThat(polled)
          .extracting(Task.Polled::result)
          .containsExactly(Optional.empty(), ok(2), ok(3), Optional.empty());
      assertThat(pid(slow).isAlive()).isTrue();
      assertThat(tasks.getLast().poll(NOW)).isEqualTo(ok(4));
      latch.countDown();
      assertThat(slow.await()).isEqualTo(1);
    }
  }

  @Nested
  class Shut_down {
    // T13
    @Test
    void gives_its_value_if_it_has_one() {
      assertThat(over(Task.async(() -> 7)).shutdown()).isEqualTo(ok(7));
      assertThat(crashed().shutdown()).isEqualTo(exited(RIPE));
      assertThat(allButExits()).isEmpty();
    }

    // T13
    @Test
    void ends_because_of_it_without_a_word() {
      Task<Integer> task = waiting(1);
      assertThat(task.shutdown()).isEmpty();
      assertThat(pid(task).isAlive()).isFalse();
      assertThat(Self.flush()).isEmpty(); // it was unlinked before
    }

    // T13
    @Test
    void may_bring_its_value_yet() {
      var begun = new CountDownLatch(1);
      Task<Object> task =
          Task.async(
              () -> {
                Self.trapExits(true);
                begun.countDown();
                return Self.receive();
              });
      begunBy(begun);
      var signal = new Exit(Self.pid(), ExitReason.SHUTDOWN);
      assertThat(task.shutdown()).isEqualTo(ok(signal));
    }

    // T13
    @Test
    void is_killed_if_it_takes_too_long() {
      Task<Integer> task = deaf();
      assertThat(task.shutdown(NOW)).isEqualTo(exited(ExitReason.KILLED));
      assertThat(pid(task).isAlive()).isFalse();
      assertThat(Self.flush()).isEmpty();
    }

    // T14
    @Test
    void brutally_is_dead_at_once() {
      Task<Integer> task = deaf();
      assertThat(task.kill()).isEmpty();
      assertThat(pid(task).isAlive()).isFalse();
      assertThat(over(Task.async(() -> 7)).kill()).isEqualTo(ok(7));
      assertThat(allButExits()).isEmpty();
    }

    // T15
    @Test
    void after_it_was_awaited_is_no_process() {
      Task<Integer> task = over(Task.async(() -> 7));
      task.await();
      assertThat(task.shutdown()).isEqualTo(exited(ExitReason.NO_PROCESS));
      assertThat(task.kill()).isEqualTo(exited(ExitReason.NO_PROCESS));
      Task<Integer> completed = Task.completed(7);
      assertThat(completed.shutdown()).isEqualTo(ok(7));
      assertThat(completed.shutdown()).isEqualTo(exited(ExitReason.NO_PROCESS));
      assertThat(allButExits()).isEmpty();
    }

    // T15: only the dead
    @Test
    void after_it_was_awaited_in_vain_ends_all_the_same() {
      Task<Integer> task = waiting(1);
      assertThatThrownBy(() -> task.await(NOW)).isInstanceOf(CallException.Timeout.class);
      assertThat(task.shutdown()).isEmpty();
      assertThat(pid(task).isAlive()).isFalse();
      Task<Integer> deaf = deaf();
      assertThatThrownBy(() -> deaf.await(NOW)).isInstanceOf(CallException.Timeout.class);
      assertThat(deaf.shutdown(NOW)).isEqualTo(exited(ExitReason.KILLED));
      assertThat(Self.flush()).isEmpty();
    }
  }

  @Nested
  class Ignored {
    // T16
    @Test
    void tells_how_it_ended_if_it_has() {
      assertThat(over(Task.async(() -> 7)).ignore()).isEqualTo(ok(7));
      assertThat(crashed().ignore()).isEqualTo(exited(RIPE));
      assertThat(allButExits()).isEmpty();
    }

    // T16
    @Test
    void goes_on_unlinked_and_unwatched() {
      Task<Integer> task = waiting(1);
      assertThat(task.ignore()).isEmpty();
      var end = Self.monitor(pid(task));
      assertThat(Processes.info(Self.pid()).orElseThrow().links()).isEmpty();
      latch.countDown();
      assertThat(Deaths.await(end)).isEqualTo(ExitReason.NORMAL);
      assertThat(Self.flush()).isEmpty();
    }
  }
}
