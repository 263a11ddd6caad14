package dev.ostler;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The queue of a worker gives each task once, in the order in which they came, while one adds and
 * takes, others steal, and the ring grows and goes back to the first one.
 */
@Tag(Lincheck.TAG)
@Timeout(300)
class RunQueueLincheckTest {

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
    private final RunQueue queue = new RunQueue(2);

    @Operation(nonParallelGroup = "owner")
    public void push(@Param(name = "number") int number) {
      queue.push(new NumberedTask(number));
    }

    @Operation(nonParallelGroup = "owner")
    public @Nullable Integer take() {
      return NumberedTask.number(queue.take());
    }

    @Operation
    public @Nullable Integer steal() {
      return NumberedTask.number(queue.steal());
    }

    /** A task that was taken is not kept, once the owner has looked. */
    @Validate
    public void keepsNothing() {
      for (Runnable task = queue.take(); task != null; ) {
        task = queue.take();
      }
      if (queue.holdsAny()) {
        throw new AssertionError("it keeps a task that was taken");
      }
    }
  }

  /** The same, done by one at a time. */
  public static class Specification {
    private final Queue<Integer> tasks = new ArrayDeque<>();

    public void push(int number) {
      tasks.add(number);
    }

    public @Nullable Integer take() {
      return tasks.poll();
    }

    public @Nullable Integer steal() {
      return tasks.poll();
    }
  }
}
