package dev.ostler;

/**
 * The classes of a histogram of times in nanoseconds: eight of equal width between each power of
 * two and the next, as in HdrHistogram. So a class tells a time to an eighth at worst.
 */
final class LogLinear {
  private static final int BITS = 3; // eight classes for each power of two
  private static final int SUBS = 1 << BITS;
  private static final int TOP = 42; // longer times than two hours count as these

  /** How many classes there are. */
  static final int CLASSES = (TOP - BITS + 2) * SUBS;

  private LogLinear() {}

  /** The number of the class of a time; of a negative one, 0. */
  static int index(long nanos) {
    if (nanos < SUBS) {
      return (int) Math.max(0, nanos);
    }
    int power = 63 - Long.numberOfLeadingZeros(nanos);
    if (power > TOP) {
      return CLASSES - 1;
    }
    int sub = (int) (nanos >>> (power - BITS)) & (SUBS - 1);
    return (power - BITS + 1) * SUBS + sub;
  }

  /** The longest time of a class. */
  static long longest(int index) {
    if (index < SUBS) {
      return index;
    }
    int shift = index / SUBS - 1;
    long first = (long) (SUBS + index % SUBS) << shift;
    return first + (1L << shift) - 1;
  }
}
