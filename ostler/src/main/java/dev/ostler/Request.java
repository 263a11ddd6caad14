package dev.ostler;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call: the message with the request, which is also the {@link Slot} for its reply.
 *
 * <p>One caller waits. Any thread may reply, once.
 */
non-sealed class Request<R> extends Slot implements From<R> {
  final Object call;
  final @Nullable Proc caller;

  /** Written by the caller once the request is queued. See {@link #isPosthumous}. */
  private boolean confirmed;

  /** The caller's runner, which may handle the request itself. Written before it is queued. */
  @Nullable Runner local;

  Request(Object call, Proc target, @Nullable Proc caller) {
    super(target);
    this.call = call;
    this.caller = caller;
  }

  // --- The reply ---

  @Override
  public final void reply(R reply) {
    Runner.living();
    StackRoom.forWake();
    complete(reply);
  }

  /**
   * As {@link #complete}, called from the callback that the given runner runs. In a direct call,
   * the caller's own thread runs the callback.
   */
  final void complete(@Nullable Object reply, @Nullable Runner by) {
    if (by == local && by != null && !isDeferred() && isPending()) {
      completeOwn(reply);
    } else {
      if (local != null && by != null) {
        by.answers(local);
      }
      complete(reply);
    }
  }

  /** Called by {@link Call#from}: checks that this belongs to the request. */
  final void takenBy(Call<?, ?> request) {
    if (call != request) {
      throw new IllegalArgumentException(
          "this From belongs to a " + Text.kind(call) + ", not to this " + Text.kind(request));
    }
    markDeferred();
  }

  // --- The caller ---

  /** The thread that made the call, even if it does not wait yet; null if unknown. */
  final @Nullable Thread callersThread() {
    Runner by = local != null || caller == null ? local : caller.runner();
    return by != null && (by == local || by.waiting == this) ? by.thread : waiter();
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

  /** Called by the caller once the request is queued. Records that the caller was alive then. */
  final void confirm() {
    if (caller != null) {
      caller.mustLive();
      confirmed = true;
    }
  }

  /**
   * Whether the caller may have died before it sent this request. Reads confirmed before and after
   * the death check.
   */
  private boolean isPosthumous() {
    return caller != null && !confirmed && caller.isClosed() && !confirmed;
  }

  // --- In texts ---

  /** The request, for messages to the caller. */
  String describe() {
    return Text.bounded(call);
  }

  /** The kind of the request, for messages to others, who must not see its contents. */
  String describeToOthers() {
    return Text.kind(call);
  }

  @Override
  public String toString() {
    return "From[" + (caller == null ? "a thread that is no process" : caller) + "]";
  }
}
