package dev.ostler;

import org.jspecify.annotations.Nullable;

/** A call that carries what its caller has: see {@link Carried}. */
class CarryingRequest extends Request<Object> {
  private final ScopedValue.@Nullable Carrier values;
  private final @Nullable Deadline deadline;

  CarryingRequest(
      Object call,
      Proc target,
      @Nullable Proc caller,
      ScopedValue.@Nullable Carrier values,
      @Nullable Deadline deadline) {
    super(call, target, caller);
    this.values = values;
    this.deadline = deadline;
  }

  /** Until when the caller waits; null if that is not known, or it waits no longer. */
  final @Nullable Deadline deadline() {
    return isAnswered() ? null : deadline;
  }

  @Override
  void deliver(ServerProc server) throws Exception {
    if (values == null) {
      super.deliver(server);
    } else {
      values.<@Nullable Void, Exception>call(
          () -> {
            super.deliver(server);
            return null;
          });
    }
  }
}
