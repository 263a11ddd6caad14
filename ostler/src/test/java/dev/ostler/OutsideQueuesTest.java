package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutsideQueuesTest {
  private static final int MANY = 10_000;

  private final OutsideQueues queues = new OutsideQueues();

  private record Task(String from, int number) implements Runnable {
    @Override
    public void run() {
      throw new AssertionError("nobody runs it");
    }
  }

  @Test
  void one_task_does_not_wait_behind_all_that_the_timers_bring() throws InterruptedException {
    onTheTimersThread(() -> addMany("timer"));
    queues.add(new Task("caller", 0));

    assertThat(placeOf("caller")).isLessThan(OutsideQueues.QUEUES);
  }

  @Test
  void one_timer_does_not_wait_behind_all_that_another_thread_brings() throws InterruptedException {
    addMany("sender");
    onTheTimersThread(() -> queues.add(new Task("timer", 0)));

    assertThat(placeOf("timer")).isLessThan(OutsideQueues.QUEUES);
  }

  @Test
  void what_one_thread_brings_stays_in_order() {
    addMany("sender");

    assertThat(all().stream().map(Task::number).toList())
        .isEqualTo(IntStream.range(0, MANY).boxed().toList());
    assertThat(queues.isEmpty()).isTrue();
  }

  @Test
  void what_several_threads_bring_is_all_there() throws InterruptedException {
    List<Thread> threads =
        IntStream.range(0, 20)
            .mapToObj(i -> Thread.ofPlatform().start(() -> addMany("thread " + i)))
            .toList();
    for (Thread each : threads) {
      each.join();
    }

    assertThat(all()).hasSize(20 * MANY).doesNotHaveDuplicates();
  }

  private void addMany(String from) {
    for (int i = 0; i < MANY; i++) {
      queues.add(new Task(from, i));
    }
  }

  /** How many tasks a worker takes before the only one from there. */
  private long placeOf(String from) {
    return all().stream().takeWhile(task -> !task.from().equals(from)).count();
  }

  private List<Task> all() {
    var all = new ArrayList<Task>();
    for (Runnable task = queues.poll(); task != null; task = queues.poll()) {
      all.add((Task) task);
    }
    return all;
  }

  private static void onTheTimersThread(Runnable action) throws InterruptedException {
    var done = new CountDownLatch(1);
    Timers.after(
        0,
        () -> {
          action.run();
          done.countDown();
        });
    done.await();
  }
}
