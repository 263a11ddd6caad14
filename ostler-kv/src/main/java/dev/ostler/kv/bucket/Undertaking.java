package dev.ostler.kv.bucket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Something that is done once, for somebody who waits for it and may stop waiting: it is called off
 * then, or, if it has begun, waited for to its end.
 *
 * <p>Made by the thread for whom it is done; begun and ended by one thread, that one or another;
 * called off by any.
 */
abstract class Undertaking {
  /*
   *   PENDING -> BEGUN        // begin: from now on nobody can call it off
   *   PENDING -> CALLED_OFF   // callOff: it will never begin
   *   BEGUN   -> DONE         // end
   *
   * What one asks a process to do is done later, on another thread perhaps, even if whoever asked
   * has given up, or was told that the process has died while its thread goes on for a moment. That
   * must not happen when the words of the command have become those of the next one, or the buckets
   * it was to hold are not held any more.
   *
   * On the owner's own thread it can neither be called off meanwhile nor waited for: plain writes.
   */
  private enum Stage {
    BEGUN,
    CALLED_OFF,
    DONE
  }

  private static final VarHandle STAGE;

  static {
    try {
      STAGE = MethodHandles.lookup().findVarHandle(Undertaking.class, "stage", Stage.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Thread owner = Thread.currentThread();
  private volatile @Nullable Stage stage; // null: PENDING, which then need not be written
  private volatile boolean awaited;

  /** Whether it is done on the thread for whom it is done. */
  protected final boolean isOnOwner() {
    return Thread.currentThread() == owner;
  }

  /** False if it was called off: then it must not be done. */
  final boolean begin() {
    if (isOnOwner()) {
      if (stage != null) {
        return false;
      }
      STAGE.set(this, Stage.BEGUN);
      return true;
    }
    return STAGE.compareAndSet(this, null, Stage.BEGUN);
  }

  /** It was begun, and is over now. */
  final void end() {
    if (isOnOwner()) {
      STAGE.set(this, Stage.DONE);
      return;
    }
    stage = Stage.DONE;
    if (awaited) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /** Whether it was done, or at least begun. */
  final boolean hasBegun() {
    Stage now = stage;
    return now == Stage.BEGUN || now == Stage.DONE;
  }

  /**
   * Sees to it that nothing is done after this returns. Waits, for moments, if it is being done.
   *
   * @return true if it was not done, and will never be
   */
  final boolean callOff() {
    if (STAGE.compareAndSet(this, null, Stage.CALLED_OFF)) {
      return true;
    }
    if (stage == Stage.BEGUN) {
      awaitEnd();
    }
    return stage == Stage.CALLED_OFF;
  }

  private void awaitEnd() {
    boolean interrupted = false;
    synchronized (this) {
      awaited = true;
      while (stage == Stage.BEGUN) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true; // it is not for this that it is to stop
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
