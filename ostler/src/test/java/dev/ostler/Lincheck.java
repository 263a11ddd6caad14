package dev.ostler;

import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * How thoroughly Lincheck looks: briefly by default, longer with {@code -Ddev.ostler.lincheck=10},
 * which multiplies the scenarios tried.
 *
 * <p>Tests that use it have the tag {@value #TAG}, and so run in a JVM of their own: what other
 * tests have left in tables and threads makes Lincheck see what is not there.
 */
final class Lincheck {
  static final String TAG = "lincheck";

  private static final int EFFORT = Integer.getInteger("dev.ostler.lincheck", 1);

  /** After this time an interleaving hangs; a busy machine must not be taken for that. */
  private static final long HUNG_MILLIS = 60_000;

  private Lincheck() {}

  /** Every interleaving Lincheck can think of, on an ideal machine. */
  static void modelCheck(Class<?> operations, Class<?> specification) {
    run(new ModelCheckingOptions(), 5, 100, operations, specification);
  }

  /** Whatever interleavings come about, on this machine with its memory model. */
  static void stress(Class<?> operations, Class<?> specification) {
    run(new StressOptions(), 5, 500, operations, specification);
  }

  private static void run(
      Options<?, ?> options,
      int iterations,
      int invocations,
      Class<?> operations,
      Class<?> specification) {
    endOtherThreads();
    options.iterations(iterations * EFFORT);
    options.invocationsPerIteration(invocations);
    options.threads(3);
    options.actorsPerThread(3);
    options.actorsBefore(1);
    options.actorsAfter(2);
    options.invocationTimeout$lincheck(HUNG_MILLIS);
    options.sequentialSpecification(specification);
    options.check(operations);
  }

  /**
   * Lincheck notes every write of instrumented code, in a list that is not made for threads it does
   * not know. So threads of the runtime that tests before this one have left are ended.
   */
  private static void endOtherThreads() {
    if (!Processes.shutdown(Duration.ofSeconds(60))) {
      throw new AssertionError("the runtime does not end: " + Processes.list());
    }
  }
}
