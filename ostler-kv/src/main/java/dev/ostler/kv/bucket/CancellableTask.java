package dev.ostler.kv.bucket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A task whose waiting caller may cancel it. If the task has started, canceling waits for its end
 * instead.
 *
 * <p>Its owner is the thread that creates it. One thread starts and finishes it: the owner or
 * another. Any thread may cancel it.
 */
abstract class CancellableTask {
  /*
   *   PENDING -> STARTED      // start: from now on nobody can cancel it
   *   PENDING -> CANCELLED    // cancel: it will never start
   *   STARTED -> FINISHED     // finish
   *   FINISHED -> PENDING     // renew, by the owner, if no other thread has the task
   *
   * A process may run a task late and on another thread: after the caller has timed out, or after
   * the caller heard of the process's death while its thread still runs for a moment. By then the
   * arguments of the command may be those of the next command, and its buckets may be unlocked. So
   * the caller cancels the task before it goes on.
   *
   * On the owner's own thread nobody cancels it or waits for it meanwhile: plain writes suffice.
   */
  private enum Stage {
    STARTED,
    CANCELLED,
    FINISHED
  }

  private static final VarHandle STAGE;

  static {
    try {
      STAGE = MethodHandles.lookup().findVarHandle(CancellableTask.class, "stage", Stage.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread owner = Thread.currentThread();
  private volatile @Nullable Stage stage; // null: PENDING, which then need not be written
  private volatile boolean awaited;
  private boolean here; // it has run on the owner's thread; used by that alone

  /** Whether this thread is the owner. */
  protected final boolean isOnOwner() {
    return Thread.currentThread() == owner;
  }

  /** Starts the task; false if it was cancelled or has started before: then it must not run. */
  final boolean start() {
    if (isOnOwner()) {
      if (stage != null) {
        return false;
      }
      STAGE.set(this, Stage.STARTED);
      return true;
    }
    return STAGE.compareAndSet(this, null, Stage.STARTED);
  }

  /** Ends a task that has started. */
  final void finish() {
    if (isOnOwner()) {
      here = true;
      STAGE.set(this, Stage.FINISHED);
      return;
    }
    stage = Stage.FINISHED;
    if (awaited) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /** Whether it has run on the owner's thread. Called by the owner. */
  final boolean hasFinishedHere() {
    return here;
  }

  /** Makes it a task that has not started. Called by the owner, if no other thread has it. */
  final void renew() {
    here = false;
    STAGE.set(this, null);
  }

  /** Whether it runs, or has run. */
  final boolean hasStarted() {
    Stage now = stage;
    return now == Stage.STARTED || now == Stage.FINISHED;
  }

  /**
   * Ensures that the task does nothing after this returns. If it runs, waits for its end.
   *
   * @return true if it has not run and never will
   */
  final boolean cancel() {
    if (STAGE.compareAndSet(this, null, Stage.CANCELLED)) {
      return true;
    }
    if (stage == Stage.STARTED) {
      awaitEnd();
    }
    return stage == Stage.CANCELLED;
  }

  private void awaitEnd() {
    boolean interrupted = false;
    synchronized (this) {
      awaited = true;
      while (stage == Stage.STARTED) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true; // the interrupt is for what the thread does next
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
