package dev.ostler;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A call in progress: the message with the request, and the slot for its reply.
 *
 * <p>One caller waits. Any thread may reply, once.
 */
non-sealed class Request<R> extends Message implements From<R> {
  /*
   *   null -> an answer, NOTHING for a null one    reply: its caller is woken
   *   null -> Failure                              fail: the server died
   *   null -> CLOSED                               close: the caller gave up; a reply is too late
   *
   * The caller writes waiter, reads result one last time, then parks. The answering thread writes
   * result, then reads waiter. So no wake-up is lost.
   *
   * deferred: false -> true   the server keeps the request; its death answers if nobody else does
   */
  private static final Object NOTHING = new Object();
  private static final Object CLOSED = new Object();
  private static final VarHandle RESULT;

  static {
    try {
      RESULT = MethodHandles.lookup().findVarHandle(Request.class, "result", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Instead of an answer: the server ended. */
  record Failure(ExitReason reason) {}

  final Object call;
  final Proc target;
  final @Nullable Proc caller;
  private volatile @Nullable Object result;
  private volatile @Nullable Thread waiter;

  /** True once the server kept this to answer later. It never becomes false again. */
  private volatile boolean deferred;

  private boolean confirmed;

  /** The caller's runner, which may handle the request itself. */
  @Nullable Runner local;

  Request(Object call, Proc target, @Nullable Proc caller) {
    this.call = call;
    this.target = target;
    this.caller = caller;
  }

  @Override
  public final void reply(R reply) {
    Runner.living();
    StackRoom.forWake();
    complete(reply);
  }

  final void complete(@Nullable Object reply) {
    settle(reply == null ? NOTHING : reply);
  }

  /**
   * As {@link #complete}, from the callback, which this runner runs. In a direct call the caller's
   * own thread runs the callback. No thread waits then, so a plain write suffices.
   */
  final void complete(@Nullable Object reply, @Nullable Runner by) {
    if (by == local && by != null && !deferred && result == null) {
      Object answer = reply == null ? NOTHING : reply;
      RESULT.set(this, answer);
    } else {
      if (local != null && by != null) {
        by.answers(local);
      }
      complete(reply);
    }
  }

  void fail(ExitReason reason) {
    settle(failure(reason));
  }

  /** What the caller gets if the server ends with this reason. */
  Object failure(ExitReason reason) {
    return new Failure(reason);
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

  /** The caller gives up; false if the answer came first. */
  final boolean close() {
    return settle(CLOSED);
  }

  final boolean isPending() {
    return result == null;
  }

  final boolean isDeferred() {
    return deferred;
  }

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

  /** The request's own code asks for its typed caller. */
  final void takenBy(Call<?, ?> request) {
    if (call != request) {
      throw new IllegalArgumentException(
          "this From belongs to a " + Text.kind(call) + ", not to this " + Text.kind(request));
    }
    deferred = true;
  }

  /** The answer, or a {@link Failure}; null if there is none yet. */
  final @Nullable Object result() {
    return result;
  }

  /** A result as the caller sees it. */
  static @Nullable Object unwrap(Object result) {
    return result == NOTHING ? null : result;
  }

  /**
   * Waits for the answer on the caller's thread; null if there is none within the time.
   *
   * @throws InterruptedException if the thread was interrupted; its status is cleared
   */
  final @Nullable Object await(Runner runner, Clock clock, long nanos) throws InterruptedException {
    Object value = result;
    if (value != null) {
      return value;
    }
    if (runner.isVirtual()) {
      value = awaitBriefly(runner);
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

  /** Does without parking, which costs more than a short callback. See {@link Activation}. */
  @SuppressWarnings("ThreadPriorityCheck") // one yield, not a loop
  private @Nullable Object awaitBriefly(Runner runner) {
    boolean handed = runner.takeHanded();
    Object value = runner.maySpin() ? spin(runner) : null;
    if (value == null) {
      Thread.yield(); // the server often runs right now, on this carrier
      value = result;
      if (value == null && handed) {
        value = spin(runner); // no, on another
      }
    }
    return value;
  }

  private @Nullable Object spin(Runner runner) {
    runner.spinning(true);
    Object value = result;
    for (int i = 0; value == null && i < Activation.TIMES; i++) {
      Thread.onSpinWait();
      value = result;
    }
    runner.spinning(false);
    runner.spun(value != null);
    return value;
  }

  /** The thread to wake when the answer comes. It must look at the result before it parks. */
  final void waiter(Thread thread) {
    waiter = thread;
  }

  /** The thread that made the call, whether it waits already or not; null if it is not known. */
  final @Nullable Thread callersThread() {
    Runner by = local != null || caller == null ? local : caller.runner();
    return by != null && (by == local || by.waiting == this) ? by.thread : waiter;
  }

  @Override
  public final Optional<Pid> pid() {
    return Optional.ofNullable(caller);
  }

  @Override
  void deliver(ServerProc server) throws Exception {
    if (!isPosthumous()) {
      server.call(this);
    }
  }

  /** Called by the caller once the request is queued: it was, before the caller died. */
  final void confirm() {
    if (caller != null) {
      caller.mustLive();
      confirmed = true;
    }
  }

  /**
   * Whether the caller may have died before it sent this. Reads confirmed before and after the
   * death check.
   */
  private boolean isPosthumous() {
    return caller != null && !confirmed && caller.isClosed() && !confirmed;
  }

  @Override
  @Nullable Object payload(Proc receiver) {
    return null;
  }

  /** What is asked, for messages to who asks. */
  String describe() {
    return Text.bounded(call);
  }

  /** What is asked, for messages to others: they learn only what kind of request it is. */
  String describeToOthers() {
    return Text.kind(call);
  }

  @Override
  public String toString() {
    return "From[" + (caller == null ? "a thread that is no process" : caller) + "]";
  }
}
