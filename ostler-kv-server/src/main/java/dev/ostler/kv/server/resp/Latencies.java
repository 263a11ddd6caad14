package dev.ostler.kv.server.resp;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long the calls of one command took, as LATENCY HISTOGRAM tells it: each class of times is
 * twice as long as the one before. Any thread.
 */
public final class Latencies {
  /** The longest time of the first class. */
  private static final long FIRST_NANOS = 1024;

  private static final int CLASSES = 32; // more than an hour, all in all

  private final AtomicLongArray calls = new AtomicLongArray(CLASSES);

  /** So many calls took so long, each about the same. */
  void add(long count, long nanos) {
    long each = nanos / count;
    int place =
        each <= FIRST_NANOS ? 0 : Long.SIZE - Long.numberOfLeadingZeros(--each / FIRST_NANOS);
    calls.getAndAdd(Math.min(place, CLASSES - 1), count);
  }

  /** How many calls took at most so many microseconds, where there are more than before. */
  public SortedMap<Long, Long> cumulative() {
    var cumulative = new TreeMap<Long, Long>();
    long sum = 0;
    for (int i = 0; i < CLASSES; i++) {
      long count = calls.get(i);
      if (count > 0) {
        sum += count;
        cumulative.put((FIRST_NANOS << i) / 1000, sum);
      }
    }
    return cumulative;
  }

  /** In microseconds: so many in a hundred calls took no longer. 0 if there was no call. */
  double percentile(double percent) {
    long all = 0;
    for (int i = 0; i < CLASSES; i++) {
      all += calls.get(i);
    }
    long sum = 0;
    for (int i = 0; i < CLASSES; i++) {
      sum += calls.get(i);
      if (sum > 0 && sum >= all * percent / 100) {
        return (FIRST_NANOS << i) / 1000.0;
      }
    }
    return 0;
  }

  /** Whether there was no call. */
  boolean isEmpty() {
    for (int i = 0; i < CLASSES; i++) {
      if (calls.get(i) > 0) {
        return false;
      }
    }
    return true;
  }

  void reset() {
    for (int i = 0; i < CLASSES; i++) {
      calls.set(i, 0);
    }
  }
}
