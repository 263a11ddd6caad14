package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A holder for one answer of a process: the reply to a {@link Request}, the value of a task, or the
 * end of the process.
 *
 * <p>One thread waits for the answer. Any thread may set it; only the first answer counts.
 */
abstract class Slot extends Message {
  /*
   *   null -> an answer, NOTHING for a null one    complete
   *   null -> Failure                              fail: the process died
   *   null -> CLOSED                               close: the waiting thread gave up; later answers are ignored
   *
   * The thread that waits writes waiter, reads result one last time, then parks. The thread that
   * answers writes result, then reads waiter. So no wake-up is lost.
   *
   *   deferred: false -> true   the target's death fails the slot if no answer came before
   *
   * A slot is a message so that a request can be both, and a call needs only one object. Other slots
   * are deferred from the start and are never queued.
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

  /** The result if the process ended before it answered. */
  record Failure(ExitReason reason) {}

  /** The process that must answer. */
  final Proc target;

  private volatile @Nullable Object result; // written once, through RESULT
  private volatile @Nullable Thread waiter; // written by the thread that waits

  /** Written by the target's owner or the slot's creator. It never becomes false again. */
  private volatile boolean deferred;

  Slot(Proc target) {
    this.target = target;
  }

  // --- The answer ---

  final void complete(@Nullable Object answer) {
    settle(answer == null ? NOTHING : answer);
  }

  /**
   * As {@link #complete}, but called by the waiting thread itself, while no other thread can
   * answer. So a plain write is enough, and no thread needs to be woken.
   */
  final void completeOwn(@Nullable Object answer) {
    Object value = answer == null ? NOTHING : answer;
    RESULT.set(this, value);
  }

  void fail(ExitReason reason) {
    settle(failure(reason));
  }

  /** The result if the process ends with this reason. */
  Object failure(ExitReason reason) {
    return new Failure(reason);
  }

  /** Called by the waiting thread when it gives up. False if the answer came first. */
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
    if (value != CLOSED) {
      answered();
    }
    return true;
  }

  /** Called once, on the thread that answers or ends the target. It must not throw. */
  void answered() {}

  final boolean isPending() {
    return result == null;
  }

  /** Whether there is an answer, or a {@link Failure}: not if the waiting thread gave up before. */
  final boolean isAnswered() {
    Object value = result;
    return value != null && value != CLOSED;
  }

  /** The answer, or a {@link Failure}; null if there is none yet. */
  final @Nullable Object result() {
    return result;
  }

  /** A result as the caller sees it. */
  static @Nullable Object unwrap(Object result) {
    return result == NOTHING ? null : result;
  }

  // --- The answer by the target's death ---

  /**
   * Registers the slot with its target, so that the target's death answers if nothing else does.
   */
  final void defer() {
    deferred = true; // before it is registered, so that an answer removes it
    Aux aux = target.aux();
    synchronized (target) {
      if (!target.isClosed() && isPending()) { // otherwise the death has answered or will answer
        if (aux.deferred == null) {
          aux.deferred = new HashSet<>();
        }
        aux.deferred.add(this);
      }
    }
  }

  /** Allows any thread to answer: the callback has a reference that it may pass on. */
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

  /** A server does not answer a slot that is no request: its death does. */
  @Override
  void deliver(ServerProc server) throws Exception {
    defer();
  }

  /** Raw processes do not receive it. */
  @Override
  @Nullable Object payload(Proc receiver) {
    return null;
  }
}
