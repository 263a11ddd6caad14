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
   *   Breath    when the thread lets others have their turn
   *   Spare     which thread runs the server that it calls next
   *   Nesting   which process it runs, in which others that is nested, whom an interrupt is for
   *   Runner    how a thread finds its runner; what other threads see of what the thread does
   */

  /** How many times a dead process may try to act before its thread is put to sleep for good. */
  static final int REFUSALS = 64;

  /**
   * The runner of each thread. Platform threads may outlive the runtime, in a pool of a container
   * for instance, so they hold it by a cell of a class of the JDK, which {@link #forgetAll}
   * empties: else the thread would keep the runtime's class loader.
   */
  private static final ThreadLocal<@Nullable Object> LOCAL = new ThreadLocal<>();

  /** The cells of the platform threads that live. Under its own lock. */
  private static final Map<AtomicReference<@Nullable Runner>, Boolean> CELLS = new WeakHashMap<>();

  private static final VarHandle CALLBACKS;

  static {
    try {
      CALLBACKS = MethodHandles.lookup().findVarHandle(Runner.class, "callbacks", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Written by the thread, read by any.

  /** What this thread waits for; null if nothing. {@link Cycles} follows it. */
  volatile @Nullable Slot waiting;

  /**
   * Counts the callbacks that began, through CALLBACKS. {@link Watchdog} and others compare it to
   * see whether the thread moves.
   */
  private int callbacks;

  // Touched by the thread only.
  boolean watched; // whether the watchdog knows of this thread
  private @Nullable Proc refused; // the dead process that tried to act last
  private int refusals; // how often it did

  private Runner(Thread thread, long since, int spell) {
    super(thread, since, spell);
  }

  // --- How a thread finds its runner ---

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
    return runner == null ? null : runner.runs();
  }

  /** The process the current thread runs, if it may still act. */
  static @Nullable Proc living() {
    Proc self = process();
    if (self != null) {
      self.mustLive();
    }
    return self;
  }

  // --- Whether it moves ---

  int callbacks() {
    return (int) CALLBACKS.getOpaque(this);
  }

  void beginCallback() {
    CALLBACKS.setOpaque(this, callbacks + 1); // one writer
  }

  /** Lets the watchdog know this thread, which calls direct servers. */
  void beWatched() {
    if (!watched) {
      watched = true;
      Watchdog.watch(this);
    }
  }

  // --- A dead process ---

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
    if (++refusals > REFUSALS && depth() == 0 && runs() == dead && dead.ownsThread()) {
      while (true) {
        Thread.interrupted(); // else it would not sleep
        LockSupport.park(dead);
      }
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
}
