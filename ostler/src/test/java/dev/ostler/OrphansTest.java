package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** A start of the parent's: whether it found the name of its helper free. */
  private record Started(Pid parent, boolean nameWasFree) {}

  /** Starts a helper, or is one. */
  private record Server(OrphansTest test, boolean isHelper)
      implements GenServer<Integer, Call<Server, ?>, Cast<Server>> {
    @Override
    public Init<Integer> init() {
      Self.trapExits(isHelper);
      if (!isHelper) {
        test.startHelper();
      }
      return Init.ok(0);
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

  private void assertRestartFindsTheNamesFree(int step) throws Exception {
    var middle =
        Supervisor.of(Strategy.ONE_FOR_ONE)
            .child(GenServer.<Server>of(() -> new Server(this, false)).named(parent));
    Supervisor root = Supervisor.of(Strategy.ONE_FOR_ONE).child(middle).start();
    Pid first = started.take().parent();
    assertThat(Processes.list()).contains(first); // and the class has seen its own deaths
    holdUpOneDeathAt(step);
    Thread killer = Thread.startVirtualThread(() -> first.exit(ExitReason.KILL));
    reached.await();
    root.children().getFirst().pid().orElseThrow().exit(ExitReason.KILL);
    assertThat(root.count().specs()).isOne(); // it has heard of that, and answers
    goOn.countDown();
    Started second = started.take();
    assertThat(second.parent()).isNotEqualTo(first);
    assertThat(second.nameWasFree()).isTrue();
    killer.join();
    root.stop();
  }

  private void holdUpOneDeathAt(int step) {
    var first = new AtomicBoolean(true);
    Death.probe =
        now -> {
          if (now == step && first.getAndSet(false)) {
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
