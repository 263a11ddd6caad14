package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * A request whose sender goes on, and collects the reply later: see {@link PendingReply}.
 *
 * <p>The answer, or the server's death, comes on any thread. All else is done by the sender.
 */
final class SentRequest extends CarryingRequest {
  /*
   * An answer sends its arrival after it is set. If the sender takes the reply before it gets to
   * the arrival, whether that has been queued or not, then the arrival is never heard: its payload
   * is null.
   */
  private final PendingReply<Object> pending = new PendingReply<>(this);

  /** Made ahead: when the answer comes there may be no memory. */
  private final Message arrival = new Arrival();

  private volatile boolean taken; // written by the sender
  private boolean undelivered; // touched by the sender

  SentRequest(
      Object call,
      Proc target,
      @Nullable Proc sender,
      ScopedValue.@Nullable Carrier values,
      @Nullable Deadline deadline) {
    super(call, target, sender, values, deadline);
  }

  PendingReply<Object> pending() {
    return pending;
  }

  @Override
  void answered() {
    if (caller != null && !taken) {
      caller.put(arrival);
    }
  }

  /** There is no such server, or it was dead already. Called by the sender. */
  void refuse() {
    undelivered = true;
    fail(ExitReason.NO_PROCESS);
  }

  boolean isUndelivered() {
    return undelivered;
  }

  /** The sender is about to await it. */
  void take() {
    Proc self = Runner.living();
    if (self != caller) {
      throw new IllegalStateException(
          pending
              + " must be awaited by its sender "
              + sender(caller)
              + ", not by "
              + sender(self));
    }
    if (taken) {
      throw new IllegalStateException(pending + " was awaited before");
    }
    taken = true;
  }

  private static String sender(@Nullable Proc process) {
    return process == null ? "a thread that is no process" : process.toString();
  }

  /** The message that the reply is there, unless it has been taken. */
  private final class Arrival extends Message.Signal {
    Arrival() {
      super(new PendingReply.Arrived(pending));
    }

    @Override
    @Nullable Object payload(Proc receiver) {
      return taken ? null : super.payload(receiver);
    }
  }
}
