package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * A call whose times are taken. The caller makes it, and says when the call has returned; the
 * server's owner delivers it.
 */
final class ObservedRequest extends CarryingRequest {
  private final long called = System.nanoTime();
  private final @Nullable Meter meter;
  final @Nullable RecordedCall recorded;

  ObservedRequest(
      Object call,
      Proc target,
      @Nullable Proc caller,
      ScopedValue.@Nullable Carrier values,
      @Nullable Deadline deadline,
      @Nullable Meter meter,
      @Nullable RecordedCall recorded) {
    super(call, target, caller, values, deadline);
    this.meter = meter;
    this.recorded = recorded;
  }

  @Override
  void deliver(ServerProc server) throws Exception {
    long begun = System.nanoTime();
    if (meter != null) {
      meter.time(Meter.WAITS, begun - called);
    }
    if (recorded != null) {
      recorded.began(begun);
    }
    try {
      super.deliver(server);
    } finally {
      long ended = System.nanoTime();
      if (meter != null) {
        meter.time(Meter.CALLBACK_TIMES, ended - begun);
      }
      if (recorded != null) {
        recorded.ended(ended);
      }
    }
  }

  /** The call has returned, or thrown. */
  void returned() {
    long now = System.nanoTime();
    if (meter != null) {
      meter.time(Meter.CALL_TIMES, now - called);
    }
    if (recorded != null) {
      recorded.replied(now);
    }
  }
}
