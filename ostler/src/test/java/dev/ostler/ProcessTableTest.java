package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Every process is listed, also one that is found only by the link of its parent. */
@ResourceLock(SlowDeath.LOCK)
class ProcessTableTest {
  private final CompletableFuture<Pid> child = new CompletableFuture<>();
  private final CountDownLatch parentMayEnd = new CountDownLatch(1);

  @AfterEach
  void endAll() {
    Death.probe = null;
    parentMayEnd.countDown();
    if (child.isDone()) {
      child.join().exit(ExitReason.KILL);
    }
  }

  private static ServerChild<Idle, ServerRef<Idle>> idle() {
    return GenServer.of(() -> new Idle(new CountDownLatch(1)));
  }

  /** Starts a process that starts a child, and ends normally when it may. */
  private Pid startParent() {
    return Processes.spawn(
        () -> {
          child.complete(idle().startLink().pid());
          parentMayEnd.await();
        });
  }

  private static void awaitEnd(Pid pid) {
    assertThat(DeathWatch.on(pid).await(Long.MAX_VALUE)).isNotNull();
  }

  @Test
  void a_child_is_listed() {
    Pid parent = startParent();
    Pid started = child.join();
    assertThat(Processes.list()).containsOnlyOnce(parent, started);
    started.exit(ExitReason.KILL);
    assertThat(Processes.list()).doesNotContain(started);
  }

  @Test
  void the_child_of_a_child_is_listed() {
    Supervisor root =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(Supervisor.of(Strategy.ONE_FOR_ONE).child(idle()))
            .start();
    Pid middle = root.children().getFirst().pid().orElseThrow();
    Pid lowest = ((Proc) middle).linked().getLast();
    assertThat(Processes.list()).containsOnlyOnce(middle, lowest);
    while (Processes.count() != Processes.list().size()) { // others may start or end
      Thread.onSpinWait();
    }
    root.stop();
    assertThat(Processes.list()).doesNotContain(middle, lowest);
  }

  @Test
  void a_child_that_is_not_linked_any_more_is_listed() {
    try (Attached _ = Processes.attach()) {
      child.complete(idle().startLink().pid());
      for (int round = 0; round < 2; round++) {
        Self.unlink(child.join());
        assertThat(Processes.list()).containsOnlyOnce(child.join());
        Self.link(child.join());
        assertThat(Processes.list()).containsOnlyOnce(child.join());
      }
      Self.unlink(child.join());
    }
  }

  @Test
  void a_child_that_outlives_its_parent_is_listed() {
    Pid parent = startParent();
    Pid started = child.join();
    parentMayEnd.countDown();
    awaitEnd(parent);
    assertThat(started.isAlive()).isTrue();
    assertThat(Processes.list()).containsOnlyOnce(started);
  }

  @Test
  void so_is_one_whose_parent_is_dying() throws Exception {
    Pid parent = startParent();
    Pid started = child.join();
    var list = new FutureTask<List<Pid>>(Processes::list);
    var reader = new Thread(list);
    var begun = new CountDownLatch(1);
    Death.probe =
        step -> {
          if (step == 2 && Runner.process() == parent && begun.getCount() > 0) {
            begun.countDown();
            reader.start(); // it waits for the parent's death, or does not find the child
            while (reader.isAlive() && reader.getState() != Thread.State.WAITING) {
              Thread.onSpinWait();
            }
          }
        };
    parentMayEnd.countDown();
    assertThat(list.get()).containsOnlyOnce(started);
  }
}
