package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutsideQueueTest {
  private final OutsideQueue queue = new OutsideQueue(4);

  private record Task(int number) implements Runnable {
    @Override
    public void run() {
      throw new AssertionError("nobody runs it");
    }
  }

  private List<Integer> all() {
    var numbers = new ArrayList<Integer>();
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      numbers.add(((Task) task).number());
    }
    return numbers;
  }

  private static List<Integer> upTo(int end) {
    return IntStream.range(0, end).boxed().toList();
  }

  @Test
  void gives_tasks_in_the_order_in_which_they_came() {
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 3; i++) {
        queue.add(new Task(i));
      }
      assertThat(all()).isEqualTo(upTo(3));
    }
  }

  @Test
  void grows_in_the_middle_of_its_ring() {
    queue.add(new Task(-2));
    queue.add(new Task(-1));
    queue.poll();
    queue.poll();
    for (int i = 0; i < 1_000; i++) {
      queue.add(new Task(i));
    }
    assertThat(all()).isEqualTo(upTo(1_000));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void takes_over_what_waits_for_a_worker() {
    var worker = new RunQueue();
    for (int i = 0; i < 10; i++) {
      worker.push(new Task(i));
    }
    queue.addFrom(worker, 7);
    assertThat(all()).isEqualTo(upTo(7));
    assertThat(worker.size()).isEqualTo(3);
  }
}
