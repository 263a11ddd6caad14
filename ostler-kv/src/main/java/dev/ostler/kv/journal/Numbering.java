package dev.ostler.kv.journal;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the numbers of a bucket's changes begin, when it is new or was loaded: after those of every
 * earlier bucket of its name. So a number that a client remembers never means another change. Any
 * thread may use it.
 *
 * <p>Numbers are roughly microseconds since 1970, so that a client that has only doubles can store
 * them. They do not depend on the clock: before a store uses numbers, it stores a larger one, and
 * begins after that when it is opened again. While the store is open, time is measured by {@code
 * System.nanoTime}, which nobody sets.
 */
public final class Numbering {
  /** Numbers are reserved for so many microseconds ahead, and again after half of that. */
  static final long AHEAD = TimeUnit.HOURS.toMicros(1);

  /** For stores in memory. */
  public static final Numbering IN_MEMORY = new Numbering(0);

  private final long begun = System.nanoTime();
  private final long base;
  private final AtomicLong last;
  private volatile long reserved; // written by one thread at a time

  /** Begins after this number. */
  Numbering(long reserved) {
    base = Math.max(reserved, micros(Instant.now()));
    last = new AtomicLong(base);
  }

  private static long micros(Instant moment) {
    return TimeUnit.SECONDS.toMicros(moment.getEpochSecond())
        + TimeUnit.NANOSECONDS.toMicros(moment.getNano());
  }

  private long now() {
    return base + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begun);
  }

  /** The number before the first change of a bucket that begins now. */
  public long begin() {
    long now = now();
    return last.updateAndGet(before -> Math.max(before + 1, now));
  }

  /** A bucket has ended; its last change had this number. */
  public void ended(long seq) {
    if (last.get() < seq) {
      last.accumulateAndGet(seq, Math::max);
    }
  }

  /** Whether few reserved numbers are left. */
  boolean isShort() {
    return reserved - reach() < AHEAD / 2;
  }

  /** The number up to which to reserve now. */
  long wanted() {
    return reach() + AHEAD;
  }

  /** Numbers up to this one are reserved. */
  void reserved(long upTo) {
    reserved = upTo;
  }

  /** No change has a larger number: a bucket changes less than once in a microsecond. */
  private long reach() {
    return Math.max(now(), last.get());
  }
}
