package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue of what is to be told, and its thread. */
class EventQueueTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final List<Long> dropped = new CopyOnWriteArrayList<>();
  private final EventQueue queue = new EventQueue("test-events", dropped::add);

  @AfterEach
  void end() throws InterruptedException {
    assertThat(queue.end(LONG.toNanos())).isTrue();
  }

  /** Keeps the thread busy until the gate opens. */
  private static void block(EventQueue queue, CountDownLatch gate) throws InterruptedException {
    var begun = new CountDownLatch(1);
    queue.put(
        () -> {
          begun.countDown();
          try {
            gate.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    begun.await();
  }

  @Test
  void does_all_in_order() {
    var done = new ArrayList<Integer>();
    for (int i = 0; i < 500; i++) {
      int number = i;
      queue.put(() -> done.add(number));
    }
    assertThat(queue.flush(LONG.toNanos())).isTrue();
    assertThat(done).hasSize(500).isSorted();
    assertThat(dropped).isEmpty();
  }

  @Test
  void counts_what_it_drops_and_tells_of_it() throws Exception {
    var gate = new CountDownLatch(1);
    var done = new ArrayList<Integer>();
    block(queue, gate);
    for (int i = 0; i < EventQueue.MOST + 12; i++) {
      int number = i;
      queue.put(() -> done.add(number)); // does not block
    }
    gate.countDown();
    assertThat(queue.flush(LONG.toNanos())).isTrue();
    assertThat(done).hasSize(EventQueue.MOST).contains(0, EventQueue.MOST - 1);
    assertThat(dropped).containsExactly(12L);
  }

  @Test
  void survives_whatever_is_thrown() {
    var threads = new ArrayList<Thread>();
    for (Throwable thrown :
        List.of(
            new IllegalStateException(),
            new AssertionError(),
            new OutOfMemoryError(),
            new StackOverflowError(),
            new Strange())) {
      queue.put(
          () -> {
            threads.add(Thread.currentThread());
            if (thrown instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) thrown;
          });
    }
    assertThat(queue.flush(LONG.toNanos())).isTrue();
    assertThat(threads).hasSize(5).containsOnly(threads.getFirst());
    assertThat(dropped.stream().mapToLong(each -> each).sum()).isPositive();
  }

  /** An error of somebody else's. */
  private static final class Strange extends Error {}

  @Test
  void tells_again_of_what_it_dropped_if_that_fails() throws Exception {
    var told = new CopyOnWriteArrayList<Long>();
    var failing = new AtomicReference<Error>(new OutOfMemoryError("for the test"));
    var other =
        new EventQueue(
            "test-events",
            count -> {
              if (failing.get() != null) {
                throw failing.get();
              }
              told.add(count);
            });
    other.drop();
    other.drop();
    assertThat(other.flush(LONG.toNanos())).isTrue();
    assertThat(told).isEmpty();
    failing.set(null);
    assertThat(other.flush(LONG.toNanos())).isTrue();
    assertThat(told).containsExactly(2L);
    assertThat(other.end(LONG.toNanos())).isTrue();
  }

  @Test
  void starts_another_thread_after_its_end() throws Exception {
    var threads = new ArrayList<Thread>();
    queue.put(() -> threads.add(Thread.currentThread()));
    assertThat(queue.end(LONG.toNanos())).isTrue();
    queue.put(() -> threads.add(Thread.currentThread()));
    assertThat(queue.flush(LONG.toNanos())).isTrue();
    assertThat(threads).hasSize(2).doesNotHaveDuplicates();
    assertThat(threads.getFirst().isAlive()).isFalse();
  }

  @Test
  void lets_nobody_wait_longer_than_asked() throws Exception {
    var gate = new CountDownLatch(1);
    block(queue, gate);
    assertThat(queue.flush(0)).isFalse();
    assertThat(queue.end(1)).isFalse();
    gate.countDown();
    assertThat(queue.flush(LONG.toNanos())).isTrue();
  }

  @Test
  void loses_nothing_that_is_put_while_its_thread_starts_or_ends() throws Exception {
    for (int round = 0; round < 3_000; round++) {
      var busy = new EventQueue("test-events", dropped::add);
      var done = new CountDownLatch(2);
      try (var putters = Executors.newVirtualThreadPerTaskExecutor()) {
        putters.submit(() -> busy.put(done::countDown));
        putters.submit(busy::endSoon);
        putters.submit(() -> busy.put(done::countDown));
      }
      assertThat(done.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(busy.end(LONG.toNanos())).isTrue();
    }
  }
}
