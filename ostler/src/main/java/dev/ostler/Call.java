package dev.ostler;

/**
 * A request to which a server of type {@code P} replies with an {@code R}.
 *
 * <p>Users implement it by records, which must be immutable. The reply goes through the request,
 * which knows its type: {@code return lookup.reply(bucket, state)}.
 *
 * @param <P> the server; it stops a request from reaching the wrong one at compile time
 * @param <R> the type of the answer
 */
@SuppressWarnings("unused")
public interface Call<P, R> {

  /** Replies to this request, and continues with the state. */
  default <S> Next<S> reply(R reply, S state) {
    return new Next.Reply<>(this, reply, state);
  }

  /**
   * Answers this request and stops with the reason: {@code terminate} runs first, then the server
   * dies, then the caller gets the answer.
   */
  default <S> Next<S> replyAndStop(R reply, ExitReason reason, S state) {
    return new Next.Stop<>(state, reason, this, reply);
  }

  /**
   * The caller, with the type of the reply: for a later reply, by any process.
   *
   * @param from the argument that {@code handleCall} got with this request
   * @throws IllegalArgumentException if {@code from} belongs to another request
   */
  @SuppressWarnings("unchecked")
  default From<R> from(From<?> from) {
    ((Request) from).takenBy(this);
    return (From<R>) from;
  }
}
