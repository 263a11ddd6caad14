package dev.ostler.kv.journal;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the numbers of a bucket's changes begin, when it is new or was read again: behind those of
 * every bucket of its name before it, so that a number that somebody remembers never means another
 * change. Any thread.
 *
 * <p>Numbers are microseconds since 1970, about, so that a client that has only doubles can keep
 * them. They do not depend on the clock: a store keeps a number that is larger than all that were
 * given out, before they are, and begins behind it when it is opened again. Within a process time
 * passes as the system's timer says, which nobody sets.
 */
public final class Numbering {
  /** Numbers are reserved for so long, and again after half of it. */
  static final long AHEAD = TimeUnit.HOURS.toMicros(1);

  /** Of stores in memory. */
  public static final Numbering IN_MEMORY = new Numbering(0);

  private final long begun = System.nanoTime();
  private final long base;
  private final AtomicLong last;
  private volatile long reserved; // written by one thread at a time

  /** Begins behind this number. */
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

  /** A bucket has ended with this number. */
  public void ended(long seq) {
    if (last.get() < seq) {
      last.accumulateAndGet(seq, Math::max);
    }
  }

  /** Whether more numbers are to be reserved soon. */
  boolean isShort() {
    return reserved - reach() < AHEAD / 2;
  }

  /** Up to which number is to be reserved now. */
  long wanted() {
    return reach() + AHEAD;
  }

  /** So far numbers are reserved. */
  void reserved(long upTo) {
    reserved = upTo;
  }

  /** A bucket changes less than once in a microsecond, so none has a larger number. */
  private long reach() {
    return Math.max(now(), last.get());
  }
}
