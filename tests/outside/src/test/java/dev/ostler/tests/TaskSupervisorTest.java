package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ChildException;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.ManualClock;
import dev.ostler.MonitorRef;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Restart;
import dev.ostler.Self;
import dev.ostler.Shutdown;
import dev.ostler.StartException;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.TaskResult;
import dev.ostler.TaskStream;
import dev.ostler.TaskSupervisor;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A supervisor of tasks: TS01 to TS08, and T20 for them. */
@ExtendWith(OstlerExtension.class)
class TaskSupervisorTest {
  private static final ExitReason RIPE = ExitReason.of("ripe");

  private final CountDownLatch latch = new CountDownLatch(1);
  private TaskSupervisor supervisor;

  @BeforeEach
  void start() {
    supervisor = TaskSupervisor.of().start();
  }

  private Object waiting() throws InterruptedException {
    latch.await();
    return latch;
  }

  private static Object left(ExitReason reason) {
    Self.exit(reason);
    return reason;
  }

  private static Pid pid(Task<?> task) {
    return task.pid().orElseThrow();
  }

  /** Waits for the end of a process, until all who are to hear of it have. */
  private static void awaitEnd(Pid pid) {
    Deaths.await(Self.monitor(pid));
    assertThat(pid.isAlive()).isFalse();
  }

  private static List<Pid> links(Pid pid) {
    return Processes.info(pid).orElseThrow().links();
  }

  @Nested
  class A_task_of_async {
    // TS02
    @Test
    void is_a_child_and_linked_to_the_caller() {
      Task<Object> task = supervisor.async(TaskSupervisorTest.this::waiting);
      assertThat(supervisor.children()).containsExactly(pid(task));
      assertThat(links(pid(task))).containsExactlyInAnyOrder(Self.pid(), supervisor.pid());
      latch.countDown();
      assertThat(task.await()).isEqualTo(latch);
      awaitEnd(pid(task));
      assertThat(supervisor.children()).isEmpty();
      assertThat(Self.flush()).isEmpty();
    }

    // TS02
    @Test
    void takes_its_caller_with_it_but_not_its_supervisor() {
      var task = new CompletableFuture<Pid>();
      ExitReason reason =
          Deaths.of(
              () -> {
                supervisor.async(() -> task.complete(Self.pid()) ? left(RIPE) : task);
                Self.receive(String.class);
              });
      assertThat(reason).isEqualTo(RIPE);
      assertThat(task.join().isAlive()).isFalse();
      assertThat(supervisor.children()).isEmpty();
    }

    // T20
    @Test
    void descends_from_the_supervisor_and_works_for_its_caller() {
      assertThat(supervisor.async(Self::callers).await()).containsExactly(Self.pid());
      assertThat(supervisor.async(Self::ancestors).await())
          .startsWith(supervisor.pid())
          .contains(Self.pid());
      var child = new CompletableFuture<List<Pid>>();
      supervisor.startChild(() -> child.complete(Self.callers()));
      assertThat(child.join()).containsExactly(Self.pid());
    }
  }

  // TS03
  @Test
  void a_task_of_async_without_link_leaves_its_caller_alive() {
    Task<Object> task = supervisor.asyncNoLink(() -> left(RIPE));
    assertThat(Deaths.await(task.ref())).isEqualTo(RIPE);
    Task<Object> polled = supervisor.asyncNoLink(() -> left(RIPE));
    assertThat(polled.poll(Duration.ofDays(1))).contains(new TaskResult.Exited<>(RIPE));
    Task<Object> running = supervisor.asyncNoLink(this::waiting);
    assertThat(links(pid(running))).containsExactly(supervisor.pid());
    assertThat(links(Self.pid())).isEmpty();
  }

  // TS01
  @Test
  void a_task_that_crashes_is_not_restarted() {
    Pid pid = supervisor.startChild(() -> left(RIPE));
    awaitEnd(pid);
    assertThat(supervisor.children()).isEmpty();
    assertThat(supervisor.pid().isAlive()).isTrue();
  }

  // TS01
  @Test
  void it_is_a_child_of_its_own_supervisor_itself() {
    var spec = TaskSupervisor.of().id("tasks").spec();
    assertThat(spec.id()).isEqualTo("tasks");
    assertThat(spec.restart()).isEqualTo(Restart.PERMANENT);
    assertThat(spec.shutdown()).isEqualTo(Shutdown.INFINITY);
  }

  // TS04
  @Test
  void work_nobody_waits_for_is_not_linked_and_sends_nothing() {
    Pid pid = supervisor.startChild(this::waiting);
    assertThat(links(pid)).containsExactly(supervisor.pid());
    MonitorRef monitor = Self.monitor(pid);
    latch.countDown();
    assertThat(Deaths.await(monitor)).isEqualTo(ExitReason.NORMAL);
    assertThat(Self.flush()).isEmpty();
  }

  // TS04
  @Test
  void work_nobody_waits_for_is_restarted_as_it_says() throws Exception {
    var runs = new LinkedBlockingQueue<Pid>();
    supervisor.startChild(
        () -> {
          runs.add(Self.pid());
          return Self.receive();
        },
        Restart.TRANSIENT);
    Pid first = runs.take();
    first.exit(RIPE);
    Pid second = runs.take();
    assertThat(second).isNotEqualTo(first);
    second.send("end");
    awaitEnd(second);
    assertThat(supervisor.children()).isEmpty();
  }

  // TS05
  @Test
  void more_tasks_than_it_may_have_are_refused() {
    TaskSupervisor small = TaskSupervisor.of().maxChildren(1).start();
    small.async(this::waiting);
    for (Runnable start :
        List.<Runnable>of(
            () -> small.async(() -> 1),
            () -> small.asyncNoLink(() -> 1),
            () -> small.startChild(() -> 1))) {
      assertThatThrownBy(start::run).isInstanceOf(StartException.TooManyChildren.class);
    }
    assertThat(small.children()).hasSize(1);
  }

  // TS05
  @Test
  void a_stream_of_more_tasks_than_it_may_have_leaves_none() {
    TaskSupervisor small = TaskSupervisor.of().maxChildren(1).start();
    var stream =
        TaskStream.of(List.of(1, 2), item -> Self.receive()).maxConcurrency(2).under(small);
    assertThatThrownBy(stream::toList).isInstanceOf(StartException.TooManyChildren.class);
    assertThat(small.children()).isEmpty();
    assertThat(Self.flush()).isEmpty();
  }

  @Nested
  class A_task_whose_owner_never_gave_it_its_work {
    /** Asks for a task, and is interrupted before it can give it its work. */
    private Pid abandonedBy(Puppet owner) {
      Sys.suspend(supervisor.pid());
      owner.does(
          () -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> supervisor.async(() -> 1))
                .isInstanceOf(CallException.Interrupted.class);
            assertThat(Thread.interrupted()).isTrue();
          });
      Sys.resume(supervisor.pid());
      return supervisor.children().getFirst();
    }

    // TS06: perhaps it finds that its owner has ended
    @Test
    void ends_with_its_owner() {
      var owner = Puppet.start();
      MonitorRef monitor = Self.monitor(abandonedBy(owner));
      owner.pid().exit(RIPE);
      assertThat(Deaths.await(monitor))
          .isIn(ExitReason.shutdown(RIPE), ExitReason.shutdown(ExitReason.NO_PROCESS));
    }

    // TS06
    @Test
    void ends_after_five_seconds(ManualClock clock) {
      supervisor = TaskSupervisor.of().start(); // one that goes by the clock
      Pid task = abandonedBy(Puppet.start());
      ManualClockTest.awaitPending(clock, 2); // the puppet's, and the task's
      clock.advance(Duration.ofMillis(4_999));
      assertThat(task.isAlive()).isTrue();
      MonitorRef monitor = Self.monitor(task);
      clock.advance(Duration.ofMillis(1));
      assertThat(Self.receive()).isEqualTo(new Down(monitor, task, ExitReason.TIMEOUT));
    }
  }

  // TS07
  @Test
  void a_task_is_terminated_once() {
    Pid pid = supervisor.startChild(this::waiting);
    MonitorRef monitor = Self.monitor(pid);
    supervisor.terminateChild(pid);
    assertThat(Deaths.await(monitor)).isEqualTo(ExitReason.SHUTDOWN);
    assertThat(supervisor.children()).isEmpty();
    assertThatThrownBy(() -> supervisor.terminateChild(pid))
        .isInstanceOf(ChildException.NotFound.class);
  }

  // TS08
  @Test
  void tasks_end_with_it_as_they_were_told_to() {
    Task<Object> polite = supervisor.asyncNoLink(this::waiting);
    Task<Object> brutal = supervisor.asyncNoLink(this::waiting, Shutdown.BRUTAL_KILL);
    supervisor.stop();
    assertThat(Deaths.await(polite.ref())).isEqualTo(ExitReason.SHUTDOWN);
    assertThat(Deaths.await(brutal.ref())).isEqualTo(ExitReason.KILLED);
  }

  @Test
  void work_nobody_waits_for_and_the_tasks_of_a_stream_end_as_they_were_told_to() throws Exception {
    Pid polite = supervisor.startChild(this::waiting);
    Pid brutal = supervisor.startChild(this::waiting, Restart.TEMPORARY, Shutdown.BRUTAL_KILL);
    var streamed = new LinkedBlockingQueue<Pid>();
    Pid consumer =
        Processes.spawn(
            () ->
                TaskStream.of(
                        List.of(1),
                        item -> {
                          streamed.add(Self.pid());
                          return Self.receive();
                        })
                    .underWithoutLink(supervisor, Shutdown.BRUTAL_KILL)
                    .toList());
    Pid item = streamed.take();
    List<MonitorRef> monitors =
        List.of(Self.monitor(polite), Self.monitor(brutal), Self.monitor(item));
    supervisor.stop();
    assertThat(monitors.stream().map(Deaths::await))
        .containsExactly(ExitReason.SHUTDOWN, ExitReason.KILLED, ExitReason.KILLED);
    awaitEnd(consumer);
  }
}
