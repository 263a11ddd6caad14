package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One thread of the JVM, as the runtime sees it: which process it runs now.
 *
 * <p>Used by its own thread, save where a field says otherwise. A thread runs a process of its own
 * (spawned, attached, or the activation of a server) and, nested, direct servers it calls and
 * servers it starts.
 */
final class Runner {
  /** The thread reads the clock once in so many messages and calls, while these are short. */
  private static final int SPELL = 16;

  /** After so many calls a caller that spins for its answers yields once without spinning. */
  private static final int SPINS_IN_A_ROW = 64;

  /** How many times a dead process may try to act before its thread is put to sleep for good. */
  static final int REFUSALS = 64;

  /** A virtual thread that is no process's moves to the runtime's scheduler with this call. */
  private static final int CALLS_BEFORE_MOVE = 32;

  /** After so long a virtual thread checks whether work from outside gets its turn. */
  private static final long BREATH_NANOS = 1_000_000;

  /** If the work between two readings takes longer than this, the clock is read more often. */
  private static final long SPELL_NANOS = 100_000;

  private static final @Nullable Proc[] NONE = {};

  /**
   * The runner of each thread. Platform threads may outlive the runtime, in a pool of a container
   * for instance, so they hold it by a cell of a class of the JDK, which {@link #forgetAll}
   * empties: else the thread would keep the runtime's class loader.
   */
  private static final ThreadLocal<@Nullable Object> LOCAL = new ThreadLocal<>();

  /** The cells of the platform threads that live. Under its own lock. */
  private static final Map<AtomicReference<@Nullable Runner>, Boolean> CELLS = new WeakHashMap<>();

  private static final VarHandle CURRENT;
  private static final VarHandle CALLBACKS;

  static {
    try {
      var lookup = MethodHandles.lookup();
      CURRENT = lookup.findVarHandle(Runner.class, "current", Proc.class);
      CALLBACKS = lookup.findVarHandle(Runner.class, "callbacks", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Thread thread;
  private final boolean virtual;

  /*
   * The fields stand in groups: fairness, nesting, refusals, interrupts, what others read to find
   * cycles and stuck threads, and calls that are handed to a spare. They are one object because
   * each activation allocates one.
   */

  // Fairness: see breathe.

  /** When this thread, or the chain of virtual threads that started it, last stood aside. */
  private long since;

  private long clockReadAt;
  private int spell;

  // Nesting: see enter and leave.

  /** The processes this thread was running when it entered another: direct servers, and starts. */
  private @Nullable Proc[] outer = NONE;

  private int depth;

  // Refusals: which dead process tried to act, and how often.
  private @Nullable Proc refused;
  private int refusals;

  boolean watched; // whether the watchdog knows of this thread

  /*
   * Whom to interrupt. A kill must interrupt the thread that runs the victim, but never a thread
   * that has gone on to run somebody else. The thread writes current, then passes a full fence (the
   * compare-and-set of a claim or release), then looks whether its process is closed; the killer
   * closes the process, a full fence too, then reads current. So either the killer sees the new
   * current and lets be, or the thread sees the death, and settles it in cleared() under the lock.
   * An interrupt for an outer process must not reach the inner one, and must not get lost: on entry,
   * shield() clears it; on exit, expose() raises it again if the outer process has died.
   */
  private @Nullable Proc current; // through CURRENT

  /** Under this runner's lock: the process for whose death this thread was interrupted. */
  private @Nullable Proc interruptedFor;

  /*
   * An interrupt by anybody else is meant for the outermost process, or for the thread if that is
   * none: a direct server, or one that starts, knows nothing of its caller's thread. So the thread
   * puts it off on its way in, and while it waits within the runtime, and is interrupted again once
   * nothing is nested in it. Only a callback that blocks by itself, against the rule, still sees an
   * interrupt that comes meanwhile.
   */
  private boolean putOff;

  /** The call this thread waits for. Written by the thread, read by any, to find cycles. */
  volatile @Nullable Slot waiting;

  /** Counts the callbacks that began. The watchdog compares it to see whether the thread moves. */
  private int callbacks; // through CALLBACKS

  // How a call does without starting and parking threads: see Activation.

  /**
   * An activation that offers itself. A new offer overwrites the old one; the activation that was
   * overwritten ends by itself.
   */
  private volatile @Nullable Activation spare;

  private int callsElsewhere; // on the JDK's scheduler, though the runtime has its own
  private boolean willWait; // whether this thread will wait for the server that it wakes
  private boolean handed; // whether it gave that server to its spare
  private boolean near; // whether the spare runs on another carrier, side by side with this thread
  private int spins;
  private volatile boolean spinning; // read by the thread that answers

  /** What this thread is, if it is an activation that may offer itself; used by the thread. */
  volatile @Nullable Activation activation;

  private Runner(Thread thread, long since, int spell) {
    this.spell = spell;
    this.thread = thread;
    this.virtual = thread.isVirtual();
    this.since = since;
    this.clockReadAt = since;
  }

  /** The current thread's runner. */
  static Runner get() {
    Runner runner = peek();
    return runner != null ? runner : adopt(System.nanoTime(), SPELL);
  }

  private static @Nullable Runner peek() {
    Object local = LOCAL.get();
    if (local instanceof Runner runner) {
      return runner;
    }
    return local instanceof AtomicReference<?> cell ? (Runner) cell.getPlain() : null;
  }

  /** Makes the current thread's runner: it goes on where the one that started it was. */
  static Runner adopt(long since, int spell) {
    var runner = new Runner(Thread.currentThread(), since, spell);
    if (runner.virtual) {
      LOCAL.set(runner);
    } else {
      var cell = new AtomicReference<@Nullable Runner>(runner);
      synchronized (CELLS) {
        CELLS.put(cell, true);
      }
      LOCAL.set(cell);
    }
    return runner;
  }

  /** The runtime ends: no platform thread knows its runner any more. */
  static void forgetAll() {
    synchronized (CELLS) {
      for (AtomicReference<@Nullable Runner> cell : CELLS.keySet()) {
        cell.set(null);
      }
      CELLS.clear();
    }
  }

  /** The process the current thread runs; null if none. */
  static @Nullable Proc process() {
    Runner runner = peek();
    return runner == null ? null : runner.current;
  }

  /** The process the current thread runs, if it may still act. */
  static @Nullable Proc living() {
    Proc self = process();
    if (self != null) {
      self.mustLive();
    }
    return self;
  }

  @Nullable Proc current() {
    return (Proc) CURRENT.getAcquire(this);
  }

  void current(@Nullable Proc process) {
    CURRENT.setRelease(this, process);
  }

  /** Lets the watchdog know this thread, which calls direct servers. */
  void beWatched() {
    if (!watched) {
      watched = true;
      Watchdog.watch(this);
    }
  }

  /** Goes on to run another process, nested in what it runs now. */
  void enter(Proc process) {
    if (thread.isInterrupted()) {
      putOffInterrupt();
    }
    if (depth == outer.length) {
      outer = Arrays.copyOf(outer, depth + 4);
    }
    outer[depth++] = current;
    current(process);
  }

  /** About to leave: runs what it ran before, unless it {@linkplain #stepIn steps in} again. */
  void stepOut() {
    current(outer());
  }

  void stepIn(Proc process) {
    current(process);
    VarHandle.fullFence();
    shield();
  }

  private @Nullable Proc outer() {
    return depth == 0 ? null : outer[depth - 1];
  }

  /**
   * Just entered: keeps an interrupt meant for the outer process away from the inner one. Whether
   * the outer one lives.
   */
  boolean shield() {
    Proc waits = outer();
    if (waits == null || !waits.isClosed()) {
      return true;
    }
    cleared(waits);
    return false;
  }

  /**
   * Just left: the process this thread runs again hears of its own death, if that came meanwhile,
   * and, if it is the outermost, of an interrupt that was put off.
   */
  void expose() {
    if (putOff && depth == 0) {
      putOff = false;
      thread.interrupt();
    }
    Proc self = current;
    if (self != null && self.isClosed()) {
      synchronized (this) {
        interruptedFor = self;
      }
      thread.interrupt();
    }
  }

  /** Goes back to what it ran before. */
  void leave() {
    Proc before = outer[--depth];
    outer[depth] = null;
    current(before);
  }

  /** Unless it comes from the death of a process: {@link #shield} sees to that. */
  private synchronized void putOffInterrupt() {
    if (interruptedFor == null) {
      Thread.interrupted();
      putOff = true;
    }
  }

  /**
   * The thread was interrupted while it waits within the runtime; the status is cleared. Whether it
   * is to wait on, since the interrupt is for a process in which the running one is nested.
   */
  boolean waitsOn() {
    Proc self = current;
    if (depth == 0 || self == null || self.isClosed()) {
      return false;
    }
    putOff = true;
    return true;
  }

  /**
   * Back at a depth: leaves whatever a stack overflow in the middle of the runtime's own steps has
   * left entered. Servers that this thread owned are handed to threads of their own.
   */
  void unwindTo(int level) {
    while (depth > level) {
      Proc left = current;
      leave();
      if (left instanceof ServerProc server && server.runner() == this) {
        server.handOver();
      }
    }
  }

  /** How many direct servers and starts are on this thread's stack. */
  int depth() {
    return depth;
  }

  /** The processes nested in this one, outermost first; used by the thread itself. */
  List<Proc> nestedIn(Proc process) {
    var nested = new ArrayList<Proc>();
    boolean inside = false;
    for (int i = 0; i < depth; i++) {
      Proc each = outer[i];
      if (inside && each != null) {
        nested.add(each);
      }
      inside |= each == process;
    }
    Proc innermost = current;
    if (inside && innermost != null) {
      nested.add(innermost);
    }
    return nested;
  }

  int callbacks() {
    return (int) CALLBACKS.getOpaque(this);
  }

  void beginCallback() {
    CALLBACKS.setOpaque(this, callbacks + 1); // one writer
  }

  int spell() {
    return virtual ? spell : SPELL;
  }

  long since() {
    return virtual ? since : System.nanoTime();
  }

  boolean isVirtual() {
    return virtual;
  }

  /** Interrupts the thread if it runs the victim, which is closed. */
  synchronized void interrupt(Proc victim) {
    if (current == victim && thread != Thread.currentThread()) {
      interruptedFor = victim;
      thread.interrupt();
    }
  }

  /** After the thread left a closed process: no interrupt meant for it is left or still to come. */
  synchronized void cleared(Proc left) {
    if (interruptedFor == left) {
      interruptedFor = null;
      Thread.interrupted();
    }
  }

  /**
   * Called at every message and call. Reads the clock now and then, and lets work from outside have
   * its turn if this virtual thread has been busy for a while.
   *
   * @param now whether to read the clock in any case
   * @return whether the time since the last reading was long
   */
  boolean breathe(boolean now) {
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

  // --- Calls without starting and parking threads: see Activation ---

  /**
   * Set before a request is queued, cleared after it: this thread will wait for the server that the
   * queued request wakes.
   */
  void willWait(boolean now) {
    willWait = now;
  }

  /**
   * Whether this thread waits for the server that it wakes now on the JDK's scheduler. A virtual
   * thread of a user that calls servers again and again moves to the runtime's.
   */
  boolean staysElsewhere() {
    return willWait && callsElsewhere < CALLS_BEFORE_MOVE;
  }

  private boolean movesNow() {
    return callsElsewhere < CALLS_BEFORE_MOVE
        && Scheduler.isElsewhere()
        && ++callsElsewhere == CALLS_BEFORE_MOVE
        && Scheduler.moveHere();
  }

  /** Gives the server it wakes to its spare, if it is about to wait for it; false if not. */
  boolean handToSpare(ServerProc server) {
    if (!willWait || movesNow()) {
      return false;
    }
    Activation offered = spare;
    int how = Activation.GONE;
    if (offered != null) {
      spare = null;
      how = offered.take(server);
    }
    near = how == Activation.LOOKED;
    handed = how != Activation.GONE;
    return handed;
  }

  /**
   * Waits for the answer without parking, which costs more than a short callback; null if it does
   * not come. See {@link Activation}.
   */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop
  @Nullable Object awaitBriefly(Slot slot) {
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
    return near && ++spins % SPINS_IN_A_ROW != 0;
  }

  private @Nullable Object spin(Slot slot) {
    spinning = true;
    Object answer = slot.result();
    for (int i = 0; answer == null && i < Activation.TIMES; i++) {
      Thread.onSpinWait();
      answer = slot.result();
    }
    spinning = false;
    near = answer != null;
    return answer;
  }

  /** Called by an activation: offers itself. */
  void offer(Activation free) {
    spare = free;
  }

  /** Called by an activation: it ends. */
  void withdraw(Activation ended) {
    if (spare == ended) {
      spare = null;
    }
  }

  /**
   * The process this thread runs is dead and has tried to act once more. Code that catches all that
   * is thrown at it and tries again would never let go of its carrier: after {@value #REFUSALS}
   * times in a row the thread sleeps, and does not wake again. A thread that runs others, too, or
   * that goes on after the process, is let be.
   */
  void refused(Proc dead) {
    if (refused != dead) {
      refused = dead;
      refusals = 0;
    }
    if (++refusals > REFUSALS && depth == 0 && current == dead && dead.ownsThread()) {
      while (true) {
        Thread.interrupted(); // else it would not sleep
        LockSupport.park(dead);
      }
    }
  }

  /** This thread is about to answer a call by another. */
  void answers(Runner caller) {
    Activation mine = activation;
    if (mine != null && caller.virtual && caller != this) {
      mine.answers(caller, caller.spinning);
    }
  }

  /** An activation is done with a server: the thread keeps nothing that was meant for it. */
  void strip(ServerProc done) {
    refused = null;
    unwindTo(0);
    current(null);
    if (done.isClosed()) {
      VarHandle.fullFence();
      cleared(done);
      if (done.runner() == this) {
        done.runner(null);
      }
      done.leftDead();
    }
    Thread.interrupted();
  }

  /** The thread sleeps: its carrier has time for others. */
  void rested() {
    if (virtual) {
      since = System.nanoTime();
    }
  }
}
