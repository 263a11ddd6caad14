package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which process a thread runs, in which others that one is nested, and whom an interrupt of the
 * thread is for.
 *
 * <p>A process is nested in another when the other's thread runs it: a direct server that is
 * called, a server that is starting. Used by its own thread, except where a method says otherwise.
 */
abstract class Nesting extends Spare {
  /*
   * Whom to interrupt. A kill must interrupt the thread that runs the victim, but never a thread
   * that has gone on to run somebody else. The thread writes current, then passes a full fence (the
   * compare-and-set of a claim or release), then looks whether its process is closed; the killer
   * closes the process, a full fence too, then reads current. So either the killer sees the new
   * current and lets be, or the thread sees the death, and settles it in cleared() under the lock.
   * An interrupt for an outer process must not reach the inner one, and must not get lost: on entry,
   * shield() clears it; on exit, expose() raises it again if the outer process has died.
   *
   * An interrupt by anybody else is meant for the outermost process, or for the thread if that is
   * none: a direct server, or one that starts, knows nothing of its caller's thread. So the thread
   * puts it off on its way in, and while it waits within the runtime, and is interrupted again once
   * nothing is nested in it. Only a callback that blocks by itself, against the rule, still sees an
   * interrupt that comes meanwhile.
   */
  private static final @Nullable Proc[] NONE = {};
  private static final VarHandle CURRENT;

  static {
    try {
      CURRENT = MethodHandles.lookup().findVarHandle(Nesting.class, "current", Proc.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Written by the thread; others read it through CURRENT. */
  private @Nullable Proc current;

  // Written by the thread. Others read it only to say what a thread does that seems not to move.
  private @Nullable Proc[] outer = NONE; // what it ran when it entered another process
  private int depth;

  /** Under this object's lock: the process for whose death this thread was interrupted. */
  private @Nullable Proc interruptedFor;

  /** Touched by the thread only: whether it is to be interrupted again at its outermost process. */
  private boolean putOff;

  Nesting(Thread thread, long since, int spell) {
    super(thread, since, spell);
  }

  // --- What it runs ---

  /** The process it runs; null if none. Any thread may ask. */
  final @Nullable Proc current() {
    return (Proc) CURRENT.getAcquire(this);
  }

  /** The same for the thread itself. */
  final @Nullable Proc runs() {
    return current;
  }

  final void current(@Nullable Proc process) {
    CURRENT.setRelease(this, process);
  }

  /** Goes on to run another process, nested in what it runs now. */
  final void enter(Proc process) {
    if (thread.isInterrupted()) {
      putOffInterrupt();
    }
    if (depth == outer.length) {
      outer = Arrays.copyOf(outer, depth + 4);
    }
    outer[depth++] = current;
    current(process);
  }

  /** Goes back to what it ran before. */
  final void leave() {
    Proc before = outer[--depth];
    outer[depth] = null;
    current(before);
  }

  /** About to leave: runs what it ran before, unless it {@linkplain #stepIn steps in} again. */
  final void stepOut() {
    current(outer());
  }

  final void stepIn(Proc process) {
    current(process);
    VarHandle.fullFence();
    shield();
  }

  private @Nullable Proc outer() {
    return depth == 0 ? null : outer[depth - 1];
  }

  /** How many direct servers and starts are on this thread's stack. */
  final int depth() {
    return depth;
  }

  /**
   * The processes nested in this one, outermost first. Any thread may ask; of a thread that moves
   * meanwhile it may learn something that is no longer true.
   */
  final List<Proc> nestedIn(Proc process) {
    var nested = new ArrayList<Proc>();
    boolean inside = false;
    @Nullable Proc[] entered = outer;
    int count = Math.min(depth, entered.length);
    for (int i = 0; i < count; i++) {
      Proc each = entered[i];
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

  /**
   * Back at a depth: leaves whatever a stack overflow in the middle of the runtime's own steps has
   * left entered. Servers that this thread owned are handed to threads of their own.
   */
  final void unwindTo(int level) {
    while (depth > level) {
      Proc left = current;
      leave();
      if (left instanceof ServerProc server && server.runner() == this) {
        server.handOver();
      }
    }
  }

  // --- Whom an interrupt is for ---

  /** Called by a killer: interrupts the thread if it runs the victim, which is closed. */
  final synchronized void interrupt(Proc victim) {
    if (current == victim && thread != Thread.currentThread()) {
      interruptedFor = victim;
      thread.interrupt();
    }
  }

  /** After the thread left a closed process: no interrupt meant for it is left or still to come. */
  final synchronized void cleared(Proc left) {
    if (interruptedFor == left) {
      interruptedFor = null;
      Thread.interrupted();
    }
  }

  /**
   * Just entered: keeps an interrupt meant for the outer process away from the inner one. Whether
   * the outer one lives.
   */
  final boolean shield() {
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
  final void expose() {
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
  final boolean waitsOn() {
    Proc self = current;
    if (depth == 0 || self == null || self.isClosed()) {
      return false;
    }
    putOff = true;
    return true;
  }
}
