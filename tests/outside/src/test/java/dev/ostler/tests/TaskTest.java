package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.Down;
import dev.ostler.Exit;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Task;
import dev.ostler.TaskReply;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A task and who awaits it: T01 to T09, T17 to T20. */
@ExtendWith(OstlerExtension.class)
class TaskTest {
  private static final ExitReason RIPE = ExitReason.of("ripe");

  /** A task that waits until it is told. */
  private static <T> Task<T> waiting(CountDownLatch latch, T value) {
    return Task.async(
        () -> {
          latch.await();
          return value;
        });
  }

  private static List<Pid> links() {
    return Processes.info(Self.pid()).orElseThrow().links();
  }

  @Nested
  class Started {
    // T01
    @Test
    void is_a_process_linked_to_and_watched_by_its_owner() throws Exception {
      var latch = new CountDownLatch(1);
      Task<String> task = waiting(latch, "done");
      Pid pid = task.pid().orElseThrow();

      assertThat(task.owner()).isEqualTo(Self.pid());
      assertThat(links()).containsExactly(pid);
      assertThat(task.ref().pid()).isEqualTo(pid);
      latch.countDown();
      assertThat(task.await()).isEqualTo("done");
      assertThat(Task.async(Self::pid).await()).isNotEqualTo(Self.pid());
    }

    // T18
    @Test
    void without_an_owner_sends_nothing_and_is_not_linked() {
      var latch = new CountDownLatch(1);
      Pid pid = Task.start(() -> awaited(latch));
      var monitor = Self.monitor(pid);
      assertThat(links()).isEmpty();
      latch.countDown();
      assertThat(Deaths.await(monitor)).isEqualTo(ExitReason.NORMAL);
      assertThat(Self.flush()).isEmpty();
    }

    // T18
    @Test
    void with_a_link_alone_sends_nothing_but_its_end() {
      Self.trapExits(true);
      Pid pid = Task.startLink(() -> failing(new IllegalStateException("rotten")));
      Exit exit = Self.receive(Exit.class, Deaths.PATIENCE).orElseThrow();
      assertThat(exit.pid()).isEqualTo(pid);
      assertThat(exit.reason()).isInstanceOf(ExitReason.Crash.class);
      assertThat(Self.flush()).isEmpty();
    }

    // T18: the caller's thread need be no process
    @Test
    void by_a_thread_that_is_no_process_runs() throws Exception {
      var ran = new CompletableFuture<Boolean>();
      Outside.ask(() -> Task.start(() -> ran.complete(Self.callers().isEmpty())));
      assertThat(ran.get()).isTrue();
    }

    // T19
    @Test
    void under_a_supervisor_is_temporary(Supervised supervised) {
      var spec = Task.of(() -> 1);
      assertThat(spec.restart()).isEqualTo(Restart.TEMPORARY);
      Supervisor supervisor = supervised.start(Supervisor.of(Strategy.ONE_FOR_ONE));
      Pid pid = supervisor.startChild(Task.of(() -> failing(new IllegalStateException("once"))));
      Deaths.await(Self.monitor(pid));
      assertThat(pid.isAlive()).isFalse(); // and its supervisor has heard of it
      assertThat(supervisor.children()).isEmpty();
    }

    // T20
    @Test
    void within_another_knows_on_whose_behalf_it_works() {
      record Seen(Pid self, List<Pid> callers, List<Pid> ancestors) {
        static Seen now() {
          return new Seen(Self.pid(), Self.callers(), Self.ancestors());
        }
      }
      Pid test = Self.pid();
      List<Seen> seen =
          Task.async(() -> List.of(Seen.now(), Task.async(Seen::now).await())).await();
      Pid outer = seen.getFirst().self();
      assertThat(seen.getFirst().callers()).containsExactly(test);
      assertThat(seen.getLast().callers()).containsExactly(outer, test);
      assertThat(seen.getFirst().ancestors()).containsExactly(test);
      assertThat(seen.getLast().ancestors()).containsExactly(outer, test);
    }
  }

  private static Object awaited(CountDownLatch latch) throws InterruptedException {
    latch.await();
    return latch;
  }

  private static Object failing(Exception failure) throws Exception {
    throw failure;
  }

  @Nested
  class Its_messages {
    // T02
    @Test
    void are_the_value_and_then_its_end() {
      Task<Integer> task = Task.async(() -> 7);
      assertThat(Self.receive()).isEqualTo(new TaskReply(task.ref(), Optional.of(7)));
      assertThat(Self.receive())
          .isEqualTo(new Down(task.ref(), task.pid().orElseThrow(), ExitReason.NORMAL));
    }

    // T02: null is a value
    @Test
    void tell_of_null_as_of_nothing() {
      Task<Object> task = Task.async(() -> null);
      assertThat(Self.receive()).isEqualTo(new TaskReply(task.ref(), Optional.empty()));
      assertThat(Task.async(() -> null).await()).isNull();
    }

    // T02: for a server, too
    @Test
    void come_to_a_server_that_does_not_await() {
      var server = Kind.PLAIN.of(() -> new PuppetServer().telling(Processes.NOBODY)).start();
      Pid test = Self.pid();
      var told = Kind.PLAIN.of(() -> new PuppetServer().telling(test)).start();
      Task<Integer> task = told.call(PuppetServer.compute("start", () -> Task.async(() -> 7)));
      assertThat(Self.receive()).isEqualTo(new TaskReply(task.ref(), Optional.of(7)));
      assertThat(Self.receive()).isInstanceOf(Down.class);
      assertThat(
              server.<Integer>call(
                  PuppetServer.compute("await", () -> Task.async(() -> 7).await())))
          .isEqualTo(7);
      assertThat(server.call(PuppetServer.heard())).isEmpty(); // T03
    }
  }

  @Nested
  class Awaited {
    // T03
    @Test
    void gives_its_value_and_takes_its_messages_back() {
      Task<Integer> task = Task.async(() -> 7);
      var end = Self.monitor(task.pid().orElseThrow());
      Self.pid().send("mine");
      Deaths.await(end); // reply and end are queued
      assertThat(task.await()).isEqualTo(7);
      assertThat(Self.flush()).containsExactly("mine");
    }

    // T03
    @Test
    void while_it_works_gives_its_value() {
      var latch = new CountDownLatch(1);
      Task<Integer> task = waiting(latch, 7);
      Task.start(
          () -> {
            latch.countDown();
            return latch;
          });
      assertThat(task.await()).isEqualTo(7);
      Deaths.await(Self.monitor(task.pid().orElseThrow()));
      assertThat(Self.flush()).isEmpty();
    }

    // T04
    @Test
    void by_another_is_refused() {
      Task<Integer> task = Task.async(() -> 7);
      var puppet = Puppet.start();
      Duration second = Duration.ofSeconds(1);
      List<Runnable> questions =
          List.of(
              task::await,
              () -> task.poll(second),
              task::shutdown,
              task::kill,
              task::ignore,
              () -> Task.awaitMany(List.of(task)),
              () -> Task.pollMany(List.of(task), second, 1, Task.OnTimeout.NOTHING));
      for (Runnable question : questions) {
        assertThatThrownBy(() -> puppet.does(question::run))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("must be queried from its owner " + Self.pid())
            .hasMessageContaining("queried from " + puppet.pid());
      }
      assertThat(task.await()).isEqualTo(7);
    }

    // T05
    @Test
    void for_too_long_is_watched_no_more_but_linked() {
      var latch = new CountDownLatch(1);
      Task<Integer> task = waiting(latch, 7);
      assertThatThrownBy(() -> task.await(Duration.ZERO)).isInstanceOf(CallException.Timeout.class);
      Pid pid = task.pid().orElseThrow();
      assertThat(links()).containsExactly(pid);
      var end = Self.monitor(pid);
      latch.countDown();
      assertThat(Deaths.await(end)).isEqualTo(ExitReason.NORMAL);
      assertThat(Self.flush()).isEmpty();
    }

    // T05
    @Test
    void for_too_long_dies_with_its_owner() {
      var linked = new CompletableFuture<Pid>();
      ExitReason reason =
          Deaths.of(
              () -> {
                Task<Integer> task = waiting(new CountDownLatch(1), 7);
                linked.complete(task.pid().orElseThrow());
                task.await(Duration.ZERO);
              });
      assertThat(reason)
          .isInstanceOfSatisfying(
              ExitReason.Crash.class,
              crash -> assertThat(crash.cause()).isInstanceOf(CallException.Timeout.class));
      assertThat(linked.join().isAlive()).isFalse();
    }

    // T06, T07
    @Test
    void without_a_value_throws_with_the_reason() {
      Self.trapExits(true);
      var failure = new IllegalStateException("rotten");
      var failed = Task.async(() -> failing(failure));
      assertThatThrownBy(failed::await)
          .isInstanceOfSatisfying(
              CallException.Exited.class,
              e -> assertThat(e.reason()).isEqualTo(new ExitReason.Crash(failure)));
      for (ExitReason reason : List.of(ExitReason.NORMAL, ExitReason.SHUTDOWN, RIPE)) {
        var left = Task.async(() -> left(reason));
        assertThatThrownBy(left::await)
            .isInstanceOfSatisfying(
                CallException.Exited.class, e -> assertThat(e.reason()).isEqualTo(reason));
      }
    }

    // T06
    @Test
    void that_is_killed_throws_at_once() {
      Self.trapExits(true);
      Task<Integer> task = waiting(new CountDownLatch(1), 7);
      task.pid().orElseThrow().exit(ExitReason.KILL);
      assertThatThrownBy(task::await)
          .isInstanceOfSatisfying(
              CallException.Exited.class, e -> assertThat(e.reason()).isEqualTo(ExitReason.KILLED));
    }

    // T09
    @Test
    void twice_times_out() {
      Task<Integer> task = Task.async(() -> 7);
      assertThat(task.await()).isEqualTo(7);
      assertThatThrownBy(() -> task.await(Duration.ofMillis(1)))
          .isInstanceOf(CallException.Timeout.class);
    }

    // T17
    @Test
    void that_was_completed_from_the_start_gives_its_value() {
      Task<Integer> task = Task.completed(7);
      assertThat(task.pid()).isEmpty();
      assertThat(task.owner()).isEqualTo(Self.pid());
      assertThat(task.await()).isEqualTo(7);
      assertThat(Self.flush()).isEmpty();
      assertThat(Task.completed(null).await()).isNull();
    }
  }

  private static Object left(ExitReason reason) {
    Self.exit(reason);
    return reason;
  }

  @Nested
  class Crashed {
    // T07
    @Test
    void is_reported_unless_it_ends_cleanly() {
      Self.trapExits(true);
      try (var reports = new Reports()) {
        for (ExitReason reason : List.of(RIPE, ExitReason.NORMAL, ExitReason.SHUTDOWN)) {
          Task<Object> task = Task.async(() -> left(reason));
          assertThatThrownBy(task::await).isInstanceOf(CallException.Exited.class);
          assertThat(reports.crashesOf(task.pid().orElseThrow()))
              .hasSize(reason.isClean() ? 0 : 1)
              .allSatisfy(report -> assertThat(report.reason()).isEqualTo(reason));
        }
      }
    }

    // T08
    @Test
    void ends_an_owner_that_never_awaits_it() {
      ExitReason reason =
          Deaths.of(
              () -> {
                Task.async(() -> left(RIPE));
                Self.receive(String.class);
              });
      assertThat(reason).isEqualTo(RIPE);
    }
  }
}
