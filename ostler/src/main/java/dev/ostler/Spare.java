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

  /** A virtual thread outside all processes moves to the runtime's scheduler at this call. */
  private static final int CALLS_BEFORE_MOVE = 32;

  /**
   * Written by the activation that offers or withdraws itself, and cleared by the thread. A new
   * offer overwrites the old one, and the old activation then ends after its wait.
   */
  private volatile @Nullable Activation spare;

  /** Written by the thread, read by the thread that answers. */
  private volatile boolean spinning;

  // Touched by the thread only.
  private int callsElsewhere; // calls made on the JDK's scheduler although the runtime has its own
  private boolean willWait; // whether this thread will wait for the server that it wakes next
  private boolean handed; // whether this thread gave that server to its spare
  private boolean sideBySide; // whether the spare runs on another carrier at the same time
  private int spins;

  /**
   * The activation that this thread runs, if that may offer itself as a spare. Written by the
   * thread, and also read by {@link Carriers}.
   */
  volatile @Nullable Activation activation;

  Spare(Thread thread, long since, int spell) {
    super(thread, since, spell);
  }

  // --- As the caller; called by the thread itself ---

  /**
   * Set before a request is queued, and cleared afterwards. It means that this thread will wait for
   * the server that the queued request wakes.
   */
  final void willWait(boolean now) {
    willWait = now;
  }

  /**
   * Whether this thread stays on the JDK's scheduler while it waits for the server that it wakes. A
   * user's virtual thread that has made many calls moves to the runtime's scheduler.
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

  /**
   * Gives the server that this thread wakes to its spare, if this thread is about to wait for it
   * and the spare is still there.
   *
   * @return whether the spare took the server
   */
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

  /**
   * Waits briefly for an answer without parking, because parking costs more than a short callback.
   * Null if there is no answer yet.
   */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop
  final @Nullable Object awaitBriefly(Slot slot) {
    boolean spareHasIt = handed;
    handed = false;
    Object answer = maySpin() ? spin(slot) : null;
    if (answer == null) {
      Thread.yield(); // the server often runs next, on this carrier
      answer = slot.result();
      if (answer == null && spareHasIt) {
        answer = spin(slot); // it runs on another carrier
      }
    }
    return answer;
  }

  /** Whether to spin before the thread yields. Every so often false, so that others can run. */
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

  // --- As the thread that answers ---

  /** Called by the thread that runs the server, before it answers a call of another thread. */
  final void answers(Spare caller) {
    Activation mine = activation;
    if (mine != null && caller.isVirtual() && caller != this) {
      mine.answers(caller, caller.spinning);
    }
  }

  /** Called by an activation that offers itself to this thread. */
  final void offer(Activation free) {
    spare = free;
  }

  /** Called by an activation that ends. */
  final void withdraw(Activation ended) {
    if (spare == ended) {
      spare = null;
    }
  }
}
