package dev.ostler.kv.bytes;

import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;

/**
 * The seeds of random tests: fresh ones on each run; one alone to replay with {@code
 * -Ddev.ostler.seed=N}; more of them with {@code -Ddev.ostler.seeds=10}, which multiplies.
 */
public final class Seeds {
  private static final int FACTOR = Integer.getInteger("dev.ostler.seeds", 1);

  private Seeds() {}

  public static LongStream some(int count) {
    Long replayed = Long.getLong("dev.ostler.seed");
    return replayed != null
        ? LongStream.of(replayed)
        : ThreadLocalRandom.current().longs((long) count * FACTOR, 0, 1L << 48);
  }
}
