package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * The spare of one thread: the activation that answered its last call and offers to run the server
 * that it calls next.
 *
 * <p>It saves a call the start of a thread and a park. {@link Activation} describes both sides.
 */
abstract class Spare extends Breath {
  /** After so many calls a caller that spins for its answers yields once without spinning. */
  private static final int SPINS_IN_A_ROW = 64;

  /** A virtual thread that is no process's moves to the runtime's scheduler with this call. */
  private static final int CALLS_BEFORE_MOVE = 32;

  /**
   * Written by the activation that offers or withdraws itself, and cleared by the thread. A new
   * offer overwrites the old one; the activation that was overwritten ends by itself.
   */
  private volatile @Nullable Activation spare;

  /** Written by the thread, read by the one that answers. */
  private volatile boolean spinning;

  // Touched by the thread only.
  private int callsElsewhere; // on the JDK's scheduler, though the runtime has its own
  private boolean willWait; // whether this thread will wait for the server that it wakes
  private boolean handed; // whether it gave that server to its spare
  private boolean sideBySide; // whether the spare runs on another carrier at the same time
  private int spins;

  /**
   * What this thread is itself, if it is an activation that may offer itself. Written by the
   * thread; {@link Carriers} reads it, too.
   */
  volatile @Nullable Activation activation;

  Spare(Thread thread, long since, int spell) {
    super(thread, since, spell);
  }

  // --- The caller: used by the thread ---

  /**
   * Set before a request is queued, cleared after it: this thread will wait for the server that the
   * queued request wakes.
   */
  final void willWait(boolean now) {
    willWait = now;
  }

  /**
   * Whether this thread waits for the server that it wakes now on the JDK's scheduler. A virtual
   * thread of a user that calls servers again and again moves to the runtime's.
   */
  final boolean staysElsewhere() {
    return willWait && callsElsewhere < CALLS_BEFORE_MOVE;
  }

  private boolean movesNow() {
    return callsElsewhere < CALLS_BEFORE_MOVE
        && Scheduler.isElsewhere()
        && ++callsElsewhere == CALLS_BEFORE_MOVE
        && Scheduler.moveHere();
  }

  /** Gives the server it wakes to its spare, if it is about to wait for it; false if not. */
  final boolean handToSpare(ServerProc server) {
    if (!willWait || movesNow()) {
      return false;
    }
    Activation offered = spare;
    int how = Activation.GONE;
    if (offered != null) {
      spare = null;
      how = offered.take(server);
    }
    sideBySide = how == Activation.SPUN;
    handed = how != Activation.GONE;
    return handed;
  }

  /** Waits for an answer without parking, which costs more than a short callback; null if none. */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop
  final @Nullable Object awaitBriefly(Slot slot) {
    boolean spareHasIt = handed;
    handed = false;
    Object answer = maySpin() ? spin(slot) : null;
    if (answer == null) {
      Thread.yield(); // the server often runs right now, on this carrier
      answer = slot.result();
      if (answer == null && spareHasIt) {
        answer = spin(slot); // no, on another
      }
    }
    return answer;
  }

  /** Whether to spin before the thread yields. Now and then not, to let others run. */
  private boolean maySpin() {
    return sideBySide && ++spins % SPINS_IN_A_ROW != 0;
  }

  private @Nullable Object spin(Slot slot) {
    spinning = true;
    Object answer = slot.result();
    for (int i = 0; answer == null && i < Activation.MOST_SPINS; i++) {
      Thread.onSpinWait();
      answer = slot.result();
    }
    spinning = false;
    sideBySide = answer != null;
    return answer;
  }

  // --- The one that answers ---

  /** This thread, as the one that runs the server, is about to answer a call by another. */
  final void answers(Spare caller) {
    Activation mine = activation;
    if (mine != null && caller.isVirtual() && caller != this) {
      mine.answers(caller, caller.spinning);
    }
  }

  /** Called by an activation: it offers itself to this thread. */
  final void offer(Activation free) {
    spare = free;
  }

  /** Called by an activation: it ends. */
  final void withdraw(Activation ended) {
    if (spare == ended) {
      spare = null;
    }
  }
}
