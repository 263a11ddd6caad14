package dev.ostler.kv;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the numbers of a bucket's changes begin, when it is new or was read again: behind those of
 * every bucket of its name before it, so that a number that somebody remembers never means another
 * change.
 *
 * <p>Microseconds since 1970, so that this holds for a store that is opened again, too, and a
 * client that has but doubles can keep them. Any thread.
 */
final class Numbering {
  private static final AtomicLong LAST = new AtomicLong();

  private Numbering() {}

  /** The number before the first change of a bucket that begins now. */
  static long begin() {
    Instant now = Instant.now();
    long micros =
        TimeUnit.SECONDS.toMicros(now.getEpochSecond())
            + TimeUnit.NANOSECONDS.toMicros(now.getNano());
    return LAST.updateAndGet(last -> Math.max(last + 1, micros));
  }

  /** A bucket has ended with this number. */
  static void ended(long seq) {
    if (LAST.get() < seq) {
      LAST.accumulateAndGet(seq, Math::max);
    }
  }
}
