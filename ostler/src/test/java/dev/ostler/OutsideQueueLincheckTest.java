package dev.ostler;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An outside queue gives each task once, in the order in which they came, while any thread adds,
 * polls and asks whether it is empty, and the ring grows and goes back to the first one.
 */
@Tag(Lincheck.TAG)
@Timeout(300)
class OutsideQueueLincheckTest {

  @Test
  void every_operation_is_one_step_in_every_interleaving() {
    Lincheck.modelCheck(Operations.class, Specification.class);
  }

  @Test
  void every_operation_is_one_step_on_this_machine() {
    Lincheck.stress(Operations.class, Specification.class);
  }

  /** A queue whose ring is full soon. Public, as Lincheck wishes. */
  @Param(name = "number", gen = IntGen.class, conf = "1:9")
  public static class Operations {
    private final OutsideQueue queue = new OutsideQueue(2);

    @Operation
    public void add(@Param(name = "number") int number) {
      queue.add(new NumberedTask(number));
    }

    @Operation
    public @Nullable Integer poll() {
      return NumberedTask.number(queue.poll());
    }

    @Operation
    public boolean isEmpty() {
      return queue.isEmpty();
    }
  }

  /** The same, done by one at a time. */
  public static class Specification {
    private final Queue<Integer> tasks = new ArrayDeque<>();

    public void add(int number) {
      tasks.add(number);
    }

    public @Nullable Integer poll() {
      return tasks.poll();
    }

    public boolean isEmpty() {
      return tasks.isEmpty();
    }
  }
}
