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
  /** How many messages and calls there are between two looks at the clock, while they are short. */
  private static final int SPELL = 16;

  /** After how many calls a caller that looks for its answers stands back all the same. */
  private static final int LOOKS_IN_A_ROW = 64;

  /** How many times a dead process may try to act before its thread is put to sleep for good. */
  static final int REFUSALS = 64;

  /** How long a virtual thread runs before it sees whether work from outside has its turn. */
  private static final long BREATH_NANOS = 1_000_000;

  /** A spell of work longer than this makes the runner look at the clock more often. */
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

  /** When this thread, or the chain of virtual threads that started it, last stood aside. */
  private long since;

  private long lookedAt;
  private int spell;

  /** The processes this thread was running when it entered another: direct servers, and starts. */
  private @Nullable Proc[] outer = NONE;

  private int depth;

  // Which dead process tried to act, and how often.
  private @Nullable Proc refused;
  private int refusals;

  boolean watched; // whether the watchdog knows of this thread

  /*
   * Whom to interrupt. A kill must interrupt the thread that runs the victim, but never a thread
   * that has gone on to run somebody else. The thread writes current, then passes a full fence (the
   * compare-and-set of a claim or release), then looks whether its process is closed; the killer
   * closes the process, a full fence too, then reads current. So either the killer sees the new
   * current and lets be, or the thread sees the death, and settles it in cleared() under the lock.
   * So that an inner process does not get an outer one's interrupt, nor the outer one miss it, the
   * thread looks at the outer one, too: on its way in (shield) and on its way out (expose).
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
  volatile @Nullable Request<?> waiting;

  /** Counts callbacks begun: the watchdog sees by it that nothing moved. */
  private int callbacks; // through CALLBACKS

  // How a call does without starting and parking threads: see Activation.

  /** An activation that offers itself. Last come, last seen; one that is overlooked ends. */
  private volatile @Nullable Activation spare;

  private boolean calls; // whether this thread is about to wait for the server it wakes
  private boolean handed; // whether it gave that server to its spare
  private boolean near; // whether the spare runs on another carrier, side by side with this thread
  private int lookedFirst;
  private volatile boolean looks;

  /** What this thread is, if it is an activation that may offer itself; used by the thread. */
  volatile @Nullable Activation activation;

  private Runner(Thread thread, long since, int spell) {
    this.spell = spell;
    this.thread = thread;
    this.virtual = thread.isVirtual();
    this.since = since;
    this.lookedAt = since;
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
   * Called at every message and call: now and then looks at the clock, and lets work from outside
   * have its turn if this virtual thread has been busy for a while.
   *
   * @param often whether to look at the clock right now
   * @return whether the time since the last look was long
   */
  boolean breathe(boolean often) {
    if (!virtual || (--spell > 0 && !often)) {
      return false;
    }
    spell = SPELL;
    long now = System.nanoTime();
    boolean slow = now - lookedAt > SPELL_NANOS;
    lookedAt = now;
    if (now - since > BREATH_NANOS) {
      since = now;
      Fairness.breathe(now);
    }
    return slow;
  }

  // --- Calls without starting and parking threads: see Activation ---

  /** From now on, or no longer: the server this thread wakes is the one it then waits for. */
  void calls(boolean now) {
    calls = now;
  }

  /** Gives the server it wakes to its spare, if it is about to wait for it; false if not. */
  boolean handToSpare(ServerProc server) {
    if (!calls) {
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

  /** Whether its spare has the server it waits for now. */
  boolean takeHanded() {
    boolean now = handed;
    handed = false;
    return now;
  }

  /** Whether to look for the answer before standing back: not always, for the sake of others. */
  boolean looksFirst() {
    return near && ++lookedFirst % LOOKS_IN_A_ROW != 0;
  }

  void looks(boolean now) {
    looks = now;
  }

  void looked(boolean found) {
    near = found;
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
      mine.answers(caller, caller.looks);
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
