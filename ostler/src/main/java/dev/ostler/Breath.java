package dev.ostler;

/**
 * Fairness, as one thread sees it: a virtual thread that is busy for long lets others have their
 * turn.
 *
 * <p>Used by its own thread. What others then get is decided by {@link Fairness}.
 */
abstract class Breath {
  /** The thread reads the clock once in so many messages and calls, while these are short. */
  static final int SPELL = 16;

  /** After so long a virtual thread checks whether work from outside gets its turn. */
  private static final long BREATH_NANOS = 1_000_000;

  /** If the work between two readings takes longer than this, the clock is read more often. */
  private static final long SPELL_NANOS = 100_000;

  final Thread thread;
  private final boolean virtual;

  // Touched by the thread only.

  /** When this thread, or the chain of virtual threads that started it, last stood aside. */
  private long since;

  private long clockReadAt;
  private int spell; // how many messages and calls are left until it reads the clock

  Breath(Thread thread, long since, int spell) {
    this.thread = thread;
    this.virtual = thread.isVirtual();
    this.since = since;
    this.clockReadAt = since;
    this.spell = spell;
  }

  final boolean isVirtual() {
    return virtual;
  }

  /**
   * Called at every message and call. Reads the clock now and then, and lets work from outside have
   * its turn if this virtual thread has been busy for a while.
   *
   * @param now whether to read the clock in any case
   * @return whether the time since the last reading was long
   */
  final boolean breathe(boolean now) {
    if (!virtual || (--spell > 0 && !now)) {
      return false;
    }
    spell = SPELL;
    long time = System.nanoTime();
    boolean slow = time - clockReadAt > SPELL_NANOS;
    clockReadAt = time;
    if (time - since > BREATH_NANOS) {
      since = time;
      Fairness.breathe(time);
    }
    return slow;
  }

  /** The thread has slept: its carrier had time for others. */
  final void rested() {
    if (virtual) {
      since = System.nanoTime();
    }
  }

  // A thread that this one starts goes on with its count and its time.

  final long since() {
    return virtual ? since : System.nanoTime();
  }

  final int spell() {
    return virtual ? spell : SPELL;
  }
}
