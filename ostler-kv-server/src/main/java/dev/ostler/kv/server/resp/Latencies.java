package dev.ostler.kv.server.resp;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The durations of one command's calls, as a histogram for LATENCY HISTOGRAM. Each class is twice
 * as wide as the one before. Any thread may use it.
 */
public final class Latencies {
  /** The upper bound of the first class, in nanoseconds. */
  private static final long FIRST_NANOS = 1024;

  private static final int CLASSES = 32; // the last one covers more than an hour

  private final AtomicLongArray calls = new AtomicLongArray(CLASSES);

  /** Adds calls that took {@code nanos} together, each about the same time. */
  void add(long count, long nanos) {
    long each = nanos / count;
    int place =
        each <= FIRST_NANOS ? 0 : Long.SIZE - Long.numberOfLeadingZeros(--each / FIRST_NANOS);
    calls.getAndAdd(Math.min(place, CLASSES - 1), count);
  }

  /** How many calls took at most so many microseconds, for each class that has calls. */
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

  /**
   * The duration in microseconds that this percentage of the calls did not exceed; 0 without calls.
   */
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

  /** Whether there were no calls. */
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
