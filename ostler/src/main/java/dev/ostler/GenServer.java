package dev.ostler;

import java.util.function.Supplier;

/**
 * The callbacks of a server process, which handle requests, casts and other messages.
 *
 * <p>Users implement it, with a sealed interface of records for the requests. The callbacks of one
 * server run one at a time, and each sees the writes of earlier ones. A callback gets the state as
 * an argument, and returns the next state in {@link Next}. An exception is a crash, never a reply.
 * After {@code gen_server} of Erlang/OTP.
 *
 * <p>A callback that returns states of several types, and does more than keep one, declares {@code
 * Next<? extends S>}: then {@code noReply(new Busy()).withTimeout(limit)} needs no type witness.
 *
 * <p>Any thread may run a callback, also one that has run callbacks of other servers. So a callback
 * must not rely on thread-locals, and must leave nothing there.
 *
 * @param <S> the state, never null
 * @param <Q> the requests, each with its reply's type
 * @param <N> the casts
 */
public interface GenServer<S, Q extends Call<?, ?>, N extends Cast<?>> {

  /** A server that can be started alone, linked, or under a supervisor. */
  static <P extends GenServer<?, ?, ?>> ServerChild<P, ServerRef<P>> of(
      Supplier<? extends P> factory) {
    return ServerChild.of(factory, ServerHandle::new);
  }

  /** Runs first in the new process, before the starter continues. */
  Init<? extends S> init() throws Exception;

  /**
   * Handles a request. Unless implemented, a request crashes the server.
   *
   * @param from the caller, for {@link Call#from}
   */
  default Next<? extends S> handleCall(Q request, From<?> from, S state) throws Exception {
    throw new UnsupportedOperationException(
        getClass().getName() + " got a call it does not implement: " + Text.kind(request));
  }

  /** Handles a cast. Unless implemented, a cast crashes the server. */
  default Next<? extends S> handleCast(N message, S state) throws Exception {
    throw new UnsupportedOperationException(
        getClass().getName() + " got a cast it does not implement: " + Text.kind(message));
  }

  /**
   * Handles any other message: a plain message of {@code send}, {@link Down}, {@link Exit}, {@link
   * Timeout}. Unless implemented, the message is reported as {@link Event.Unexpected} and ignored.
   */
  default Next<? extends S> handleInfo(Object message, S state) throws Exception {
    Happening.unexpected(message);
    return Next.noReply(state);
  }

  /**
   * Handles a continuation that a callback asked for. Unless implemented, it crashes the server.
   */
  default Next<? extends S> handleContinue(Object continuation, S state) throws Exception {
    throw new UnsupportedOperationException(
        getClass().getName()
            + " got a continuation it does not implement: "
            + Text.kind(continuation));
  }

  /**
   * Cleans up before the server ends: after a stop, a crash, or, if it traps exits, the exit of its
   * linked parent. It does not run after a kill or another exit signal that ends the server. An
   * exception becomes the exit reason.
   */
  default void terminate(ExitReason reason, S state) throws Exception {}

  /**
   * Changes what {@link Sys#status(Pid, java.time.Duration)} and crash reports show, for example to
   * hide secrets. Unless implemented, they show everything. If it throws, a text says so in place
   * of the state.
   *
   * <p>For a crash report it runs after the server's death, on a thread without a process, for at
   * most a second.
   */
  default StatusReport formatStatus(StatusReport status) throws Exception {
    return status;
  }
}
