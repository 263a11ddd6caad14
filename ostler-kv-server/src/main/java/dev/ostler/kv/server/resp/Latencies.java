package dev.ostler.kv.server.resp;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The durations of one command's calls, as a histogram for LATENCY HISTOGRAM and metrics. Each
 * class is twice as wide as the one before. Any thread may use it.
 */
public final class Latencies {
  /** The upper bound of the first class, in nanoseconds. */
  private static final long FIRST_NANOS = 1024;

  private static final int CLASSES = 32; // the last one covers more than an hour

  /** The last class whose upper bound is a bound of the {@link #counts}: four seconds. */
  private static final int LAST_TOLD = 22;

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

  /** The upper bounds, in seconds, of all but the last of the {@link #counts}. */
  static List<Double> bounds() {
    var bounds = new ArrayList<Double>();
    for (int i = 0; i <= LAST_TOLD; i += 2) {
      bounds.add((FIRST_NANOS << i) / 1e9);
    }
    return bounds;
  }

  /** How many calls there are in wider classes: two of these each, and all longer ones in one. */
  List<Long> counts() {
    var counts = new ArrayList<Long>();
    counts.add(calls.get(0));
    for (int i = 2; i <= LAST_TOLD; i += 2) {
      counts.add(calls.get(i - 1) + calls.get(i));
    }
    long rest = 0;
    for (int i = LAST_TOLD + 1; i < CLASSES; i++) {
      rest += calls.get(i);
    }
    counts.add(rest);
    return counts;
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
