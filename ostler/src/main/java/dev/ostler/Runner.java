package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One thread of the JVM, as the runtime sees it.
 *
 * <p>A thread runs a process of its own (spawned, attached, or the activation of a server) and,
 * nested, direct servers it calls and servers it starts. Used by its own thread, except where a
 * field or method says otherwise.
 */
final class Runner extends Nesting {
  /*
   * It inherits its parts instead of holding them, since each activation allocates one:
   *
   *   Breath    when the thread pauses so that other threads can run
   *   Spare     which thread runs the server that it calls next
   *   Nesting   which process it runs, the processes around that one, and their interrupts
   *   Runner    how a thread finds its runner, and what other threads can read of its state
   */

  /** How many times in a row a dead process may try to act before its thread is parked forever. */
  static final int REFUSALS = 64;

  /**
   * The runner of each thread. Platform threads may outlive the runtime, in a pool of a container
   * for instance, so they hold it in an {@code AtomicReference}, which {@link #forgetAll} clears:
   * otherwise the thread would keep the runtime's class loader.
   */
  private static final ThreadLocal<@Nullable Object> LOCAL = new ThreadLocal<>();

  /** The references of the platform threads that are alive. Guarded by its own lock. */
  private static final Map<AtomicReference<@Nullable Runner>, Boolean> CELLS = new WeakHashMap<>();

  private static final VarHandle CALLBACKS;

  static {
    try {
      CALLBACKS = MethodHandles.lookup().findVarHandle(Runner.class, "callbacks", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Written by the thread, read by any thread.

  /** The slot that this thread waits for; null if none. {@link Cycles} follows it. */
  volatile @Nullable Slot waiting;

  /**
   * Counts the callbacks that have begun, through CALLBACKS. {@link Watchdog} and others compare
   * two readings to see whether the thread makes progress.
   */
  private int callbacks;

  // Touched by the thread only.
  private int credit = Backpressure.CREDIT; // how many sends remain until it pays for them
  private long pausedInVain; // see Backpressure
  boolean watched; // whether the watchdog watches this thread
  private @Nullable Proc refused; // the last dead process that tried to act
  private int refusals; // how many times in a row it tried

  private @Nullable Tally tally; // made when it first measures

  private Runner(Thread thread, long since, int spell) {
    super(thread, since, spell);
  }

  // --- How a thread finds its runner ---

  /** The current thread's runner. */
  static Runner get() {
    Runner runner = peek();
    return runner != null ? runner : adopt(System.nanoTime(), SPELL);
  }

  /** The current thread's runner; null if it has none yet. */
  static @Nullable Runner peek() {
    Object local = LOCAL.get();
    if (local instanceof Runner runner) {
      return runner;
    }
    return local instanceof AtomicReference<?> cell ? (Runner) cell.getPlain() : null;
  }

  /** Makes the current thread's runner. It continues the counts of the thread that started it. */
  static Runner adopt(long since, int spell) {
    var runner = new Runner(Thread.currentThread(), since, spell);
    if (runner.isVirtual()) {
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

  /** Removes the runners of all platform threads. Called when the runtime ends. */
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
    return runner == null ? null : runner.runs();
  }

  /** The process that the current thread, whose runner this is, runs. Throws if it is dead. */
  static @Nullable Proc living(@Nullable Runner mine) {
    Proc self = mine == null ? null : mine.runs();
    if (self != null) {
      self.mustLive();
    }
    return self;
  }

  /** The process the current thread runs; null if none. Throws if that process is dead. */
  static @Nullable Proc living() {
    return living(peek());
  }

  // --- Whether it makes progress ---

  int callbacks() {
    return (int) CALLBACKS.getOpaque(this);
  }

  void beginCallback() {
    CALLBACKS.setOpaque(this, callbacks + 1); // one writer
  }

  /** What it remembers while somebody measures; null if there is no memory for it. */
  @Nullable Tally tally() {
    if (tally == null) {
      try {
        tally = new Tally(thread.threadId());
      } catch (OutOfMemoryError e) {
        return null; // whoever is measured must not fail because of it
      }
    }
    return tally;
  }

  /** Adds the callbacks to the figures that it has only noted so far. */
  void countCallbacks() {
    if (tally != null) {
      tally.flush();
    }
  }

  /** Has the watchdog watch this thread, because it calls direct servers. */
  void beWatched() {
    if (!watched) {
      watched = true;
      Watchdog.watch(this);
    }
  }

  /**
   * Called after each message that the current thread, whose runner this is, has sent. It may
   * pause: see {@link Backpressure}.
   */
  static void sent(@Nullable Runner mine, Proc receiver) {
    if (mine != null && --mine.credit <= 0) {
      mine.pay(receiver);
    }
  }

  private void pay(Proc receiver) {
    pausedInVain = Backpressure.pay(this, receiver, pausedInVain);
    credit = Backpressure.credit(pausedInVain);
    Proc self = runs();
    if (self != null) {
      self.mustLive(); // it may have been killed during the pause
    }
  }

  // --- A dead process ---

  /**
   * Called when the dead process that this thread runs has tried to act. Code that catches every
   * exception and tries again would occupy its carrier forever, so the thread is parked forever
   * after {@value #REFUSALS} times in a row. This does not apply to a thread that also runs other
   * processes or that outlives the process.
   */
  void refused(Proc dead) {
    if (refused != dead) {
      refused = dead;
      refusals = 0;
    }
    if (++refusals > REFUSALS && depth() == 0 && runs() == dead && dead.ownsThread()) {
      while (true) {
        Thread.interrupted(); // an interrupted thread does not park
        LockSupport.park(dead);
      }
    }
  }

  /** Clears the state that belongs to a server, after an activation has run it. */
  void strip(ServerProc done) {
    refused = null;
    countCallbacks();
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
}
