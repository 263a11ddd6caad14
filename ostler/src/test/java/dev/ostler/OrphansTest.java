package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A restart also waits for processes that are about to become orphans. */
@ResourceLock(SlowDeath.LOCK)
class OrphansTest {
  private final Name<Server> parent = Name.unique("parent");
  private final Name<Server> helper = Name.unique("helper");
  private final LinkedBlockingQueue<Started> started = new LinkedBlockingQueue<>();
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch helperBegun = new CountDownLatch(1);
  private final CountDownLatch mayTrap = new CountDownLatch(1);
  private final CountDownLatch helperTraps = new CountDownLatch(1);
  private final AtomicBoolean first = new AtomicBoolean(true);

  /** A start of the parent's: whether it found the name of its helper free. */
  private record Started(Pid parent, boolean nameWasFree) {}

  /** Starts a helper, or is one. */
  private record Server(OrphansTest test, boolean isHelper)
      implements GenServer<Integer, Call<Server, ?>, Cast<Server>> {
    @Override
    public Init<Integer> init() {
      if (!isHelper) {
        return Init.ok(0).thenContinue("start the helper");
      }
      test.helperBegun.countDown();
      awaitUninterruptibly(test.mayTrap);
      Self.trapExits(true);
      test.helperTraps.countDown();
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleContinue(Object continuation, Integer state) {
      test.startHelper();
      return Next.noReply(state);
    }
  }

  private void startHelper() {
    try {
      GenServer.<Server>of(() -> new Server(this, true)).named(helper).startLink();
      started.add(new Started(Self.pid(), true));
    } catch (StartException.AlreadyStarted e) {
      started.add(new Started(Self.pid(), false));
      throw e;
    }
  }

  @AfterEach
  void letDeathsGoOn() {
    goOn.countDown();
    mayTrap.countDown();
    Death.probe = null;
  }

  @Test
  void a_supervisor_killed_while_its_child_is_dying_is_restarted_when_the_childs_helper_has_ended()
      throws Exception {
    assertRestartFindsTheNamesFree(3); // the child has left its supervisor, but told nobody
  }

  @Test
  void meanwhile_the_supervisor_above_answers_even_if_the_dying_child_holds_its_name()
      throws Exception {
    assertRestartFindsTheNamesFree(2);
  }

  @Test
  void a_helper_that_begins_to_trap_exits_while_its_parent_is_dying_is_an_orphan_too()
      throws Exception {
    Supervisor root = startTree();
    helperBegun.await();
    Pid dying = parent.whereis().orElseThrow();
    assertThat(Processes.list()).contains(dying); // and the class has seen its own deaths
    var steps = new AtomicInteger();
    holdUp(
        step -> {
          if (step == 1 && steps.incrementAndGet() == 2) { // the link with the helper is next
            mayTrap.countDown();
            awaitUninterruptibly(helperTraps);
          }
          return step == 3;
        });
    assertRestartFindsTheNamesFree(root, dying);
  }

  private void assertRestartFindsTheNamesFree(int step) throws Exception {
    mayTrap.countDown();
    Supervisor root = startTree();
    Pid dying = started.take().parent();
    assertThat(Processes.list()).contains(dying); // and the class has seen its own deaths
    holdUp(now -> now == step);
    assertRestartFindsTheNamesFree(root, dying);
  }

  private Supervisor startTree() {
    var middle =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(GenServer.<Server>of(() -> new Server(this, false)).named(parent));
    return Supervisor.of(Strategy.ONE_FOR_ONE).child(middle).start();
  }

  private void assertRestartFindsTheNamesFree(Supervisor root, Pid dying) throws Exception {
    Thread killer = Thread.startVirtualThread(() -> dying.exit(ExitReason.KILL));
    reached.await();
    root.children().getFirst().pid().orElseThrow().exit(ExitReason.KILL);
    assertThat(root.count().specs()).isOne(); // it has heard of that, and answers
    goOn.countDown();
    Started next = started.take();
    while (next.parent() == dying) { // its first start was late
      next = started.take();
    }
    assertThat(next.nameWasFree()).isTrue();
    killer.join();
    root.stop();
  }

  /** Holds up the first death that gets to such a step. */
  private void holdUp(IntPredicate at) {
    Death.probe =
        step -> {
          if (first.get() && at.test(step) && first.getAndSet(false)) {
            reached.countDown();
            awaitUninterruptibly(goOn);
          }
        };
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean done = false;
    while (!done) {
      try {
        latch.await();
        done = true;
      } catch (InterruptedException e) {
        // The death is not the thread's own.
      }
    }
  }
}
