package dev.ostler.bench;

/**
 * What every benchmark's annotations share, since annotations cannot be inherited from one place
 * otherwise.
 */
final class Official {
  private Official() {}

  static final int FORKS = 3;
  static final int WARMUPS = 5;
  static final int ITERATIONS = 5;
  static final int SECONDS = 2;

  /** JMH still reads object layouts through {@code sun.misc.Unsafe}; the JDK wants to be told. */
  static final String ALLOW_UNSAFE = "--sun-misc-unsafe-memory-access=allow";

  /**
   * Calls in one invocation: enough that starting the callers and waiting for them is lost in it.
   */
  static final int CALLS = 100_000;

  /** The same for Pekko's ask, which takes 30 times as long. */
  static final int ASKS = 10_000;

  /** Casts between two calls that wait until all are handled; rows.exs has the same number. */
  static final int BURST = 10_000;
}
