package dev.ostler;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Lets steps of deaths and starts of threads fail now and then for want of memory, and holds deaths
 * up, until it is closed. A test that uses it holds the resource lock {@value SlowDeath#LOCK}.
 */
final class FailingSteps implements AutoCloseable {
  private static final int ONE_IN = 20;

  private final SlowDeath slow = new SlowDeath();
  private final LongAdder injected = new LongAdder();

  FailingSteps() {
    Consumer<Integer> slowly = Objects.requireNonNull(Death.probe);
    Death.probe =
        step -> {
          slowly.accept(step);
          if (step > 1) { // at the first, which closes the process, there is the reserve
            failNowAndThen();
          }
        };
    Activation.probe = server -> failNowAndThen();
    ThreadProc.probe = process -> failNowAndThen();
  }

  /** How often a step failed. */
  long injected() {
    return injected.sum();
  }

  private void failNowAndThen() {
    if (ThreadLocalRandom.current().nextInt(ONE_IN) == 0) {
      injected.increment();
      throw new OutOfMemoryError("injected");
    }
  }

  @Override
  public void close() {
    slow.close();
    Activation.probe = null;
    ThreadProc.probe = null;
  }
}
