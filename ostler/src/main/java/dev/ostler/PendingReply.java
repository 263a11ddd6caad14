package dev.ostler;

import java.time.Duration;

/**
 * The reply to a request that was sent with {@link ServerRef#sendRequest}, and that its sender
 * collects later.
 *
 * <p>The sender awaits it once. Or, if it is a process, it awaits nothing and gets a message when
 * the reply is there: {@link Arrived}. A server that must not wait in a callback keeps the pending
 * reply in its state, and asks {@link #arrivedWith} in {@code handleInfo}. As {@code
 * gen_server:send_request/2} of Erlang/OTP.
 *
 * <p>Only the process that sent the request may collect the reply; if it was sent by a thread that
 * is no process, any such thread may, one at a time.
 *
 * @param <R> the reply
 */
public final class PendingReply<R> {
  private final SentRequest request;

  PendingReply(SentRequest request) {
    this.request = request;
  }

  /**
   * Tells the process that sent a request that the reply is there, or that none will come. {@link
   * #await()} then returns at once, or throws. A reply that was awaited sends no such message.
   *
   * @param reply what has arrived
   */
  public record Arrived(PendingReply<?> reply) {}

  /** Whether this message tells that the reply is there. */
  public boolean arrivedWith(Object message) {
    return message instanceof Arrived(PendingReply<?> reply) && reply == this;
  }

  /** Whether the reply is there, or it is known that none will come. Any thread may ask. */
  public boolean isDone() {
    return !request.isPending();
  }

  /** As {@link #await(Duration)}, as long as {@link ServerRef#call(Call)}: five seconds. */
  public R await() {
    return await(Calls.usual());
  }

  /**
   * The reply, once it is there. It is awaited once.
   *
   * @param timeout not negative
   * @throws CallException.Exited if the server ended before it answered
   * @throws CallException.NoProcess if there was no such server when the request was sent
   * @throws CallException.Timeout if there is no answer within the time; a late one is dropped
   * @throws CallException.Cycle if the server waits, perhaps through others, for the caller; its
   *     answer is dropped
   * @throws CallException.Interrupted if the calling thread is interrupted, and its process lives
   * @throws IllegalStateException if the reply was awaited before, or by another process
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // a reply may be null if R says so
  public R await(Duration timeout) {
    long nanos = Durations.nanos(timeout, "timeout");
    request.take();
    return (R) Calls.collect(request, nanos);
  }

  @Override
  public String toString() {
    return "PendingReply[" + request.describeToOthers() + " to " + request.target + "]";
  }
}
