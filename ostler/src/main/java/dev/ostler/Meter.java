package dev.ostler;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The figures of all processes with one label, while somebody measures. Any thread adds to them.
 *
 * <p>They are striped by thread, so that two processors seldom write to the same place. A stripe is
 * made when it is first used.
 */
final class Meter {
  // What is counted.
  static final int CALLS = 0;
  static final int CALLBACKS = 1;
  static final int TIMEOUTS = 2;
  static final int CYCLES = 3;
  static final int UNANSWERED = 4; // for other reasons
  static final int STARTED = 5;
  static final int ENDED = 6; // and for each Ending, in their order
  static final int RESTARTS = 11;
  static final int GAVE_UP = 12;
  static final int DEAD_LETTERS = 13;
  private static final int COUNTERS = 16;

  // What is timed: a count for each class of LogLinear, then the sum.
  private static final int TIMES = LogLinear.CLASSES + 1;
  static final int CALL_TIMES = COUNTERS;
  static final int WAITS = CALL_TIMES + TIMES;
  static final int CALLBACK_TIMES = WAITS + TIMES;
  static final int SIZE = CALLBACK_TIMES + TIMES;

  private static final int MOST_STRIPES = 8;
  private static final int STRIPES = stripes(Runtime.getRuntime().availableProcessors());

  private final AtomicLongArray first = new AtomicLongArray(SIZE);
  private final AtomicReferenceArray<@Nullable AtomicLongArray> stripes =
      new AtomicReferenceArray<>(STRIPES);

  Meter() {
    stripes.setPlain(0, first);
  }

  private static int stripes(int processors) {
    return Math.min(MOST_STRIPES, Integer.highestOneBit(Math.max(1, 2 * processors - 1)));
  }

  // --- To add ---

  void count(int what) {
    stripe().getAndIncrement(what);
  }

  void add(int what, int count) {
    stripe().getAndAdd(what, count);
  }

  void time(int what, long nanos) {
    AtomicLongArray stripe = stripe();
    stripe.getAndIncrement(what + LogLinear.index(nanos));
    stripe.getAndAdd(what + LogLinear.CLASSES, Math.max(0, nanos));
  }

  private AtomicLongArray stripe() {
    int number = (int) Thread.currentThread().threadId() & (STRIPES - 1);
    AtomicLongArray stripe = stripes.getPlain(number);
    return stripe != null ? stripe : make(number);
  }

  private AtomicLongArray make(int number) {
    try {
      AtomicLongArray made = new AtomicLongArray(SIZE);
      AtomicLongArray other = stripes.compareAndExchange(number, null, made);
      return other == null ? made : other;
    } catch (OutOfMemoryError e) {
      return first; // whoever is measured must not fail because of it
    }
  }

  // --- To read ---

  /** All figures; what is added meanwhile may be missing. */
  long[] read() {
    long[] sum = new long[SIZE];
    for (int i = 0; i < STRIPES; i++) {
      AtomicLongArray stripe = stripes.get(i);
      if (stripe != null) {
        for (int j = 0; j < SIZE; j++) {
          sum[j] += stripe.get(j);
        }
      }
    }
    return sum;
  }
}
