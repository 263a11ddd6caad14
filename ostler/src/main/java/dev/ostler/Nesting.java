package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The process that a thread runs, the processes in which it is nested, and the rule which of them
 * an interrupt of the thread reaches.
 *
 * <p>A process is nested in another when the other's thread runs it: a direct server that is
 * called, a server that is starting. Used by its own thread, except where a method says otherwise.
 */
abstract class Nesting extends Spare {
  /*
   * Interrupts from a kill. A kill must interrupt the thread that runs the victim, but not if that
   * thread already runs another process. The thread writes current, then passes a full fence (the
   * compare-and-set of a claim or release), then checks whether its process is closed. The killer
   * closes the process, which is a full fence too, then reads current. So either the killer sees the
   * new current and does nothing, or the thread sees the death and calls cleared(), which removes
   * the interrupt under the lock. An interrupt for an outer process must not reach the inner one,
   * and must not be lost: on entry, shield() clears it; on exit, expose() sets it again if the outer
   * process has died.
   *
   * Interrupts from other code. These are meant for the outermost process, or for the thread if it
   * runs no process of its own: a direct server, or one that starts, does not know its caller's
   * thread. So the thread postpones such an interrupt when it enters a process and while it waits
   * within the runtime. It interrupts itself again once it has left all nested processes. Only a
   * callback that blocks by itself, which it should not do, sees an interrupt that comes during it.
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

  // Written by the thread. Other threads read it only for reports on a thread that seems stuck.
  private @Nullable Proc[] outer = NONE; // the processes in which current is nested
  private int depth;

  /** Under this object's lock: the process for whose death this thread was interrupted. */
  private @Nullable Proc interruptedFor;

  /** Touched by the thread only: whether an interrupt was postponed until depth is 0. */
  private boolean putOff;

  Nesting(Thread thread, long since, int spell) {
    super(thread, since, spell);
  }

  // --- The process it runs ---

  /** The process that the thread runs; null if none. Any thread may call this. */
  final @Nullable Proc current() {
    return (Proc) CURRENT.getAcquire(this);
  }

  /** The same, called by the thread itself. */
  final @Nullable Proc runs() {
    return current;
  }

  final void current(@Nullable Proc process) {
    CURRENT.setRelease(this, process);
  }

  /** Makes the given process the current one, nested in the one before. */
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

  /** Makes the process before the last {@link #enter} the current one again. */
  final void leave() {
    Proc before = outer[--depth];
    outer[depth] = null;
    current(before);
  }

  /** Makes the outer process current, before {@link #leave}. {@link #stepIn} takes this back. */
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
   * Whether the thread is the runtime's own, made to run a server: no thread of a user's, or of a
   * raw process, that calls or starts one.
   */
  final boolean isOfServer() {
    return (depth == 0 ? current : outer[0]) instanceof ServerProc;
  }

  /**
   * The processes nested in the given one, outermost first. Any thread may call this. The result
   * may be out of date if the thread enters or leaves processes meanwhile.
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
   * Leaves processes until the depth is the given one. A stack overflow within the runtime may have
   * skipped {@link #leave}. Servers that this thread owned are handed to threads of their own.
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

  // --- Interrupts ---

  /** Interrupts the thread if it runs the victim, which the caller has killed and closed. */
  final synchronized void interrupt(Proc victim) {
    if (current == victim && thread != Thread.currentThread()) {
      interruptedFor = victim;
      thread.interrupt();
    }
  }

  /**
   * Clears an interrupt that was meant for a closed process, after the thread has left it. None can
   * come later.
   */
  final synchronized void cleared(Proc left) {
    if (interruptedFor == left) {
      interruptedFor = null;
      Thread.interrupted();
    }
  }

  /**
   * Clears an interrupt that was meant for the outer process, after the thread has entered the
   * inner one.
   *
   * @return whether the outer process is alive
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
   * Sets the interrupts that were held back, after the thread has left an inner process: one for
   * the death of the process that it runs again, and, at depth 0, one that was postponed.
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

  /** Postpones the interrupt, unless it comes from a death: {@link #shield} clears those. */
  private synchronized void putOffInterrupt() {
    if (interruptedFor == null) {
      Thread.interrupted();
      putOff = true;
    }
  }

  /**
   * Called when the thread was interrupted while it waited within the runtime, after it has cleared
   * the status. If the interrupt is for an outer process, this postpones it.
   *
   * @return whether the thread must continue to wait
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
