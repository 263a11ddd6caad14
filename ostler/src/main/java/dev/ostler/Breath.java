package dev.ostler;

/**
 * One thread's part of the fairness rule: a virtual thread that has been busy for a while pauses,
 * so that other threads can run.
 *
 * <p>Used by its own thread. {@link Fairness} decides whether and how long it pauses.
 */
abstract class Breath {
  /** While messages and calls are short, the thread reads the clock once per this many of them. */
  static final int SPELL = 16;

  /** After this time a virtual thread checks whether work from outside is delayed. */
  private static final long BREATH_NANOS = 1_000_000;

  /** If the time between two readings is longer than this, the clock is read more often. */
  private static final long SPELL_NANOS = 100_000;

  final Thread thread;
  private final boolean virtual;

  // Touched by the thread only.

  /** When this thread, or the chain of virtual threads that started it, last paused. */
  private long since;

  private long clockReadAt;
  private int spell; // how many messages and calls remain until it reads the clock

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
   * Called at every message and call. Reads the clock from time to time, and checks whether work
   * from outside is delayed if this virtual thread has been busy for a while.
   *
   * @param now whether to read the clock even if the count has not run out
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

  /** Called after the thread has been parked: its carrier could run others meanwhile. */
  final void rested() {
    if (virtual) {
      since = System.nanoTime();
    }
  }

  // A thread that this one starts continues with its count and its time.

  final long since() {
    return virtual ? since : System.nanoTime();
  }

  final int spell() {
    return virtual ? spell : SPELL;
  }
}
