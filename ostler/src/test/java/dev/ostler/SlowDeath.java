package dev.ostler;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds every death up before each of its steps, so that others get in between, until it is closed.
 * A test that uses it holds the resource lock {@value #LOCK}.
 */
final class SlowDeath implements AutoCloseable {
  static final String LOCK = "Death.probe";

  SlowDeath() {
    Death.probe =
        step -> {
          switch (ThreadLocalRandom.current().nextInt(4)) {
            case 0 -> Thread.yield();
            case 1 -> LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(50_000));
            case 2 -> spin(ThreadLocalRandom.current().nextInt(20_000));
            default -> {}
          }
        };
  }

  @Override
  public void close() {
    Death.probe = null;
  }

  /** Keeps the thread busy, as user code does. */
  static void spin(long nanos) {
    long from = System.nanoTime();
    while (System.nanoTime() - from < nanos) {
      Thread.onSpinWait();
    }
  }
}
