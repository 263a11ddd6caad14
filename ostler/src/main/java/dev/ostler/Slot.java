package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What receives one answer from a process, or from its death: the reply to a {@link Request}, the
 * value of a task, the end of a process.
 *
 * <p>One thread waits for the answer. Any thread may give it; only the first answer counts.
 */
abstract class Slot extends Message {
  /*
   *   null -> an answer, NOTHING for a null one    complete
   *   null -> Failure                              fail: the process died
   *   null -> CLOSED                               close: who waited gave up, an answer is too late
   *
   * The thread that waits writes waiter, reads result one last time, then parks. The thread that
   * answers writes result, then reads waiter. So no wake-up is lost.
   *
   *   deferred: false -> true   the target's death answers if nobody else does
   *
   * A slot is a message because a request is both: so a call is one object. Other slots are deferred
   * from the start, and nobody queues them.
   */
  private static final Object NOTHING = new Object();
  private static final Object CLOSED = new Object();
  private static final VarHandle RESULT;

  static {
    try {
      RESULT = MethodHandles.lookup().findVarHandle(Slot.class, "result", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Instead of an answer: the process ended. */
  record Failure(ExitReason reason) {}

  /** The process that is to answer. */
  final Proc target;

  private volatile @Nullable Object result; // written once, through RESULT
  private volatile @Nullable Thread waiter; // written by the thread that waits

  /** Written by the target's owner, or by who makes the slot. It never becomes false again. */
  private volatile boolean deferred;

  Slot(Proc target) {
    this.target = target;
  }

  // --- The answer ---

  final void complete(@Nullable Object answer) {
    settle(answer == null ? NOTHING : answer);
  }

  /**
   * As {@link #complete}, by the thread that waits, and while nobody else can answer: a plain write
   * is enough, and there is nobody to wake.
   */
  final void completeOwn(@Nullable Object answer) {
    Object value = answer == null ? NOTHING : answer;
    RESULT.set(this, value);
  }

  void fail(ExitReason reason) {
    settle(failure(reason));
  }

  /** What is the answer if the process ends with this reason. */
  Object failure(ExitReason reason) {
    return new Failure(reason);
  }

  /** Who waited gives up; false if the answer came first. */
  final boolean close() {
    return settle(CLOSED);
  }

  private boolean settle(Object value) {
    if (result != null || !RESULT.compareAndSet(this, null, value)) {
      return false;
    }
    Thread waiting = waiter;
    if (waiting != null && value != CLOSED) {
      LockSupport.unpark(waiting);
    }
    if (deferred) {
      forgetDeferred();
    }
    return true;
  }

  final boolean isPending() {
    return result == null;
  }

  /** The answer, or a {@link Failure}; null if there is none yet. */
  final @Nullable Object result() {
    return result;
  }

  /** A result as the caller sees it. */
  static @Nullable Object unwrap(Object result) {
    return result == NOTHING ? null : result;
  }

  // --- The death of the target answers ---

  /** The answer comes later: from whoever has this, or from the target's death. */
  final void defer() {
    deferred = true; // before it is among the target's, so that who answers takes it out again
    Aux aux = target.aux();
    synchronized (target) {
      if (!target.isClosed() && isPending()) { // else death has answered, or will
        if (aux.deferred == null) {
          aux.deferred = new HashSet<>();
        }
        aux.deferred.add(this);
      }
    }
  }

  /** From now on any thread may answer: the callback has a reference that it may keep. */
  final void markDeferred() {
    deferred = true;
  }

  private void forgetDeferred() {
    Aux aux = target.peekAux();
    if (aux != null) {
      synchronized (target) {
        if (aux.deferred != null) {
          aux.deferred.remove(this);
        }
      }
    }
  }

  final boolean isDeferred() {
    return deferred;
  }

  // --- The wait ---

  /**
   * Waits for the answer on the current thread; null if there is none within the time.
   *
   * @throws InterruptedException if the thread was interrupted; its status is cleared
   */
  final @Nullable Object await(Runner runner, Clock clock, long nanos) throws InterruptedException {
    Object value = result;
    if (value != null) {
      return value;
    }
    if (runner.isVirtual()) {
      value = runner.awaitBriefly(this);
      if (value != null) {
        return value;
      }
    }
    long start = clock.nanos();
    waiter = runner.thread;
    while ((value = result) == null) {
      long left = nanos == Long.MAX_VALUE ? nanos : nanos - (clock.nanos() - start);
      if (left <= 0) {
        return null;
      }
      clock.park(this, left);
      if (Thread.interrupted() && !runner.waitsOn()) {
        throw new InterruptedException();
      }
    }
    runner.rested();
    return value;
  }

  /** The thread to wake when the answer comes. It must look at the result before it parks. */
  final void waiter(Thread thread) {
    waiter = thread;
  }

  final @Nullable Thread waiter() {
    return waiter;
  }

  // --- As a message ---

  /** A server leaves the answer to its death. */
  @Override
  void deliver(ServerProc server) throws Exception {
    defer();
  }

  /** Raw processes see nothing of it. */
  @Override
  @Nullable Object payload(Proc receiver) {
    return null;
  }
}
