package dev.ostler.tests;

import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lets two threads do two things at the same moment, give or take a few steps that a seed decides.
 *
 * <p>Used by one thread, the test's; the other is a thread that is no process.
 */
final class Crossing implements AutoCloseable {
  private static final int MOST_STEPS = 400;

  private final Random random;
  private final ExecutorService other =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("crossing").factory());

  Crossing(long seed) {
    random = new Random(seed);
  }

  /** Does one thing here and another there; returns when both are done. Fails as either fails. */
  void of(Outside.Action here, Outside.Action there) throws Exception {
    var barrier = new CyclicBarrier(2);
    int stepsHere = random.nextInt(MOST_STEPS);
    int stepsThere = random.nextInt(MOST_STEPS);
    Future<?> done =
        other.submit(
            () -> {
              meet(barrier, stepsThere);
              there.run();
              return there;
            });
    meet(barrier, stepsHere);
    here.run();
    try {
      done.get(Deaths.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the other side failed", e);
    }
  }

  private static void meet(CyclicBarrier barrier, int steps)
      throws InterruptedException, BrokenBarrierException {
    barrier.await();
    for (int i = 0; i < steps; i++) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    other.shutdownNow();
  }
}
