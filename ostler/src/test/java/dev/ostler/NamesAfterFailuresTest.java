package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A restart finds a name free whose holder is still about to end, whoever told it to. */
class NamesAfterFailuresTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final Name<Slow> name = Name.unique("slow");
  private final LinkedBlockingQueue<Pid> started = new LinkedBlockingQueue<>();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final CompletableFuture<Void> mayEnd = new CompletableFuture<>();
  private volatile @Nullable Pid held;

  /** Takes its time to end, if it is held. */
  private record Slow(NamesAfterFailuresTest test)
      implements GenServer<Integer, Call<Slow, ?>, Cast<Slow>> {
    @Override
    public Init<Integer> init() {
      Self.trapExits(true);
      test.started.add(Self.pid());
      return Init.ok(0);
    }

    @Override
    public void terminate(ExitReason reason, Integer state) {
      if (Self.pid() == test.held) {
        test.ending.countDown();
        test.mayEnd.join();
      }
    }
  }

  private ServerChild<Slow, ServerRef<Slow>> slow() {
    return slow(name);
  }

  private ServerChild<Slow, ServerRef<Slow>> slow(Name<Slow> named) {
    return GenServer.<Slow>of(() -> new Slow(this)).named(named);
  }

  @AfterEach
  void letItEnd() {
    mayEnd.complete(null);
  }

  @Test
  void a_supervisor_killed_while_it_stops_a_child_is_restarted_when_that_child_has_ended()
      throws InterruptedException {
    Name<Slow> other = Name.unique("other");
    Supervisor.Spec middle = Supervisor.of(Strategy.ONE_FOR_ALL).child(slow()).child(slow(other));
    Supervisor root = Supervisor.of(Strategy.ONE_FOR_ONE).intensity(1, DAY).child(middle).start();
    held = started.take();
    Pid last = started.take();

    last.exit(ExitReason.KILL);
    ending.await();
    onlyChild(root).exit(ExitReason.KILL);

    assertStartsAgain(root);
  }

  @Test
  void a_start_that_fails_after_it_has_begun_processes_is_tried_again_when_they_have_ended()
      throws InterruptedException {
    var starts = new AtomicInteger();
    ChildSpec<Pid> failing =
        ChildSpec.of(
            "failing",
            () -> {
              Supervisor middle = Supervisor.of(Strategy.ONE_FOR_ONE).child(slow()).startLink();
              if (starts.incrementAndGet() == 2) {
                held = started.take();
                Self.unlink(middle.pid());
                middle.pid().exit(ExitReason.KILL);
                throw new OutOfMemoryError("injected");
              }
              return new ChildSpec.Started<>(middle.pid(), middle.pid());
            });
    Supervisor root = Supervisor.of(Strategy.ONE_FOR_ONE).intensity(2, DAY).child(failing).start();
    started.take();

    onlyChild(root).exit(ExitReason.KILL);
    ending.await();

    assertStartsAgain(root);
  }

  private static Pid onlyChild(Supervisor root) {
    return root.children().getFirst().pid().orElseThrow();
  }

  private void assertStartsAgain(Supervisor root) throws InterruptedException {
    assertThat(root.count().specs()).isOne();
    assertThat(root.count().specs()).as("what it answers after its first try").isOne();
    mayEnd.complete(null);
    assertThat(started.take().isAlive()).isTrue();
    root.stop();
  }
}
