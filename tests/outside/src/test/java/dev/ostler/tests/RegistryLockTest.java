package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Registry;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The locks of a registry's keys: R27. */
@ExtendWith(OstlerExtension.class)
class RegistryLockTest {
  private final CountDownLatch release = new CountDownLatch(1);
  private final LinkedBlockingQueue<String> journal = new LinkedBlockingQueue<>();
  private Registry<String, Void> registry;

  @BeforeEach
  void start() {
    registry = Registry.<String, Void>unique().start();
  }

  // After each test, nothing is left of a lock.
  @AfterEach
  void no_lock_is_left() throws Exception {
    release.countDown();
    registry.lock("key", () -> journal.add("last"));
    assertThat(Sys.getState(registry.pid())).isEqualTo(Map.of());
  }

  /** A process that has the lock, until it is released. */
  private Pid holder() throws InterruptedException {
    var begun = new CountDownLatch(1);
    Pid pid =
        Processes.spawn(
            () ->
                registry.lock(
                    "key",
                    () -> {
                      begun.countDown();
                      release.await();
                      return journal.add("holder");
                    }));
    begun.await();
    return pid;
  }

  /** A process that waits for the lock, as the registry knows. */
  private Pid waiter(String name) {
    Pid pid = Processes.spawn(() -> registry.lock("key", () -> journal.add(name)));
    awaitBusy(pid);
    return pid;
  }

  /** Waits until a process has asked for the lock. */
  private void awaitBusy(Pid waiter) {
    var waiting = new AtomicBoolean();
    while (!waiting.get()) {
      Sys.replaceState(
          registry.pid(),
          locks -> {
            waiting.set(locks.toString().contains(waiter.toString()));
            return locks;
          });
    }
  }

  // R27
  @Test
  void are_held_one_after_another_and_give_what_the_action_gives() throws Exception {
    assertThat(registry.<Pid>lock("key", Self::pid)).isEqualTo(Self.pid());
    var inside = new AtomicInteger();
    List<Task<Boolean>> tasks =
        IntStream.range(0, 50)
            .mapToObj(
                n ->
                    Task.async(
                        () ->
                            registry.lock(
                                "key",
                                () -> {
                                  boolean alone = inside.incrementAndGet() == 1;
                                  Self.receive(java.time.Duration.ofNanos(1));
                                  inside.decrementAndGet();
                                  return alone;
                                })))
            .toList();
    assertThat(Task.awaitMany(tasks)).doesNotContain(false);
  }

  // R27
  @Test
  void are_given_to_who_came_first() throws Exception {
    holder();
    for (String name : List.of("a", "b", "c")) {
      waiter(name);
    }
    release.countDown();
    assertThat(List.of(journal.take(), journal.take(), journal.take(), journal.take()))
        .containsExactly("holder", "a", "b", "c");
  }

  // R27
  @Test
  void of_other_keys_are_free() throws Exception {
    holder();
    assertThat(registry.<String>lock("another", () -> "mine")).isEqualTo("mine");
  }

  // R27
  @Test
  void end_with_an_action_that_fails() throws Exception {
    var failure = new IllegalStateException("rotten");
    assertThatThrownBy(
            () ->
                registry.lock(
                    "key",
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(registry.<String>lock("key", () -> "mine")).isEqualTo("mine");
  }

  // R27
  @Test
  void end_with_their_holder() throws Exception {
    Pid holder = holder();
    holder.exit(ExitReason.KILL);
    assertThat(registry.<String>lock("key", () -> "mine")).isEqualTo("mine");
  }

  // R27
  @Test
  void pass_over_the_dead() throws Exception {
    holder();
    Pid dead = waiter("dead");
    waiter("living");
    dead.exit(ExitReason.KILL);
    release.countDown();
    assertThat(List.of(journal.take(), journal.take())).containsExactly("holder", "living");
  }

  // R27: who no longer waits is no holder, though it lives
  @Test
  void pass_over_who_was_interrupted_while_it_waited() throws Exception {
    holder();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> registry.lock("key", () -> journal.add("interrupted")))
        .isInstanceOf(CallException.Interrupted.class);
    assertThat(Thread.interrupted()).isTrue();
    waiter("living");
    release.countDown();
    assertThat(List.of(journal.take(), journal.take())).containsExactly("holder", "living");
  }

  // R27: a thread that is no process may have one
  @Test
  void are_for_any_thread() throws Exception {
    assertThat(Outside.<String>ask(() -> registry.lock("key", () -> "theirs"))).isEqualTo("theirs");
  }
}
