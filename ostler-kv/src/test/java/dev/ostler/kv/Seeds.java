package dev.ostler.kv;

import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;

/**
 * The seeds of random tests: fresh ones on each run; one alone to replay with {@code
 * -Ddev.ostler.seed=N}; more of them with {@code -Ddev.ostler.seeds=10}, which multiplies.
 */
final class Seeds {
  private static final int FACTOR = Integer.getInteger("dev.ostler.seeds", 1);

  private Seeds() {}

  static LongStream some(int count) {
    Long replayed = Long.getLong("dev.ostler.seed");
    return replayed != null
        ? LongStream.of(replayed)
        : ThreadLocalRandom.current().longs((long) count * FACTOR, 0, 1L << 48);
  }
}
