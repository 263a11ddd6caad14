package dev.ostler.kv.lua.vm;

import java.util.function.BooleanSupplier;

/**
 * What one run of a script may use up: instructions, time and memory. The thread that runs the
 * script uses it.
 *
 * <p>Memory is counted as it is allocated, each table, string and function by its approximate size.
 * Once as much was allocated as could exceed the limit, the values that the script can still reach
 * are counted ({@link Marking}), as a collector does; what was dropped does not count.
 */
public final class Meter {
  /** So many instructions run between two looks at the clock. */
  private static final int SLICE = 10_000;

  /** At least this part of the limit is allocated between two counts of what is reachable. */
  private static final int PART = 8;

  /** The values that a script can reach. */
  interface Roots {
    void mark(Marking marking);
  }

  private long mostInstructions = Long.MAX_VALUE;
  private long deadline = Long.MAX_VALUE; // nanoTime; MAX_VALUE for none
  private long mostBytes = Long.MAX_VALUE;
  private Roots roots = marking -> {};
  private int epoch; // of the last marking
  private long counted; // instructions before this slice
  private int slice = SLICE;
  private int left = SLICE; // of this slice
  private long allocatable = Long.MAX_VALUE; // before the reachable values are counted
  private BooleanSupplier mustStop = () -> false;

  /**
   * Begins to count anew, with these limits; 0 is none.
   *
   * @param stops whether the script must stop; asked often
   */
  public void begin(long instructions, long nanos, long bytes, BooleanSupplier stops) {
    mustStop = stops;
    mostInstructions = instructions == 0 ? Long.MAX_VALUE : instructions;
    deadline = nanos == 0 ? Long.MAX_VALUE : System.nanoTime() + nanos;
    mostBytes = bytes == 0 ? Long.MAX_VALUE : bytes;
    counted = 0;
    slice = (int) Math.min(SLICE, mostInstructions);
    left = slice;
    allocatable = bytes == 0 ? Long.MAX_VALUE : Math.max(bytes / PART, 1);
  }

  void roots(Roots newRoots) {
    roots = newRoots;
  }

  /** Counts an instruction. */
  void step() {
    if (--left < 0) {
      look();
    }
  }

  /**
   * Counts work of so many instructions.
   *
   * @throws Stopped if the script has come to one of its limits, or was killed
   */
  public void work(int instructions) {
    left -= instructions;
    if (left < 0) {
      look();
    }
  }

  private void look() {
    counted += (long) slice - left;
    if (mustStop.getAsBoolean()) {
      throw new Stopped(Stopped.Reason.KILLED);
    }
    if (counted > mostInstructions) {
      throw new Stopped(Stopped.Reason.INSTRUCTIONS);
    }
    if (deadline != Long.MAX_VALUE && System.nanoTime() - deadline > 0) {
      throw new Stopped(Stopped.Reason.TIME);
    }
    slice = (int) Math.min(SLICE, mostInstructions - counted);
    left = slice;
  }

  /**
   * Counts memory that is about to be allocated.
   *
   * @throws Stopped if the script would then have more than it may
   */
  public void allocate(long bytes) {
    allocatable -= bytes;
    if (allocatable < 0) {
      count(bytes);
    }
  }

  private void count(long wanted) {
    if (wanted > mostBytes) {
      throw new Stopped(Stopped.Reason.MEMORY);
    }
    var marking = new Marking(++epoch);
    roots.mark(marking);
    long reachable = marking.bytes() + wanted;
    work((int) Math.min(SLICE, marking.objects()));
    if (reachable > mostBytes) {
      throw new Stopped(Stopped.Reason.MEMORY);
    }
    allocatable = Math.max(mostBytes - reachable, mostBytes / PART);
  }

  /** Counts the memory of a string that is about to be made. */
  public void allocateString(long length) {
    if (length > Integer.MAX_VALUE - 64) {
      throw new Stopped(Stopped.Reason.MEMORY);
    }
    allocate(Marking.STRING_BYTES + length);
    work((int) Math.min(length >> 3, 1 << 24));
  }

  /** The approximate number of bytes that the script can reach. */
  public long reachable() {
    var marking = new Marking(++epoch);
    roots.mark(marking);
    return marking.bytes();
  }
}
