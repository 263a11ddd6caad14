package dev.ostler;

import java.util.function.Supplier;

/**
 * The callbacks of a server process: what it does with requests, casts and other messages.
 *
 * <p>Implemented by the user, with a sealed interface of records for what it can be asked. All
 * callbacks of one server run one at a time, each seeing what the ones before it wrote; the state
 * comes in with the callback and leaves in {@link Next}. A throw is a crash, never a reply. After
 * {@code gen_server} of Erlang/OTP.
 *
 * <p>Which thread runs a callback is not said: it may have run other callbacks of this server, or
 * of others. So a callback finds nothing it could rely on in thread-locals, and leaves nothing
 * there.
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

  /** Begins, as the new process, before the starter goes on. */
  Init<S> init() throws Exception;

  /**
   * Handles a request. Unless implemented, a request crashes the server.
   *
   * @param from who asked, for {@link Call#from}
   */
  default Next<S> handleCall(Q request, From<?> from, S state) throws Exception {
    throw new UnsupportedOperationException(
        getClass().getName() + " got a call it does not implement: " + Text.kind(request));
  }

  /** Handles a cast. Unless implemented, a cast crashes the server. */
  default Next<S> handleCast(N message, S state) throws Exception {
    throw new UnsupportedOperationException(
        getClass().getName() + " got a cast it does not implement: " + Text.kind(message));
  }

  /**
   * Handles any other message: what was sent with {@code send}, {@link Down}, {@link Exit}, {@link
   * Timeout}. Unless implemented, it is reported as {@link Event.Unexpected}, and the server goes
   * on.
   */
  default Next<S> handleInfo(Object message, S state) throws Exception {
    Events.unexpected(message);
    return Next.noReply(state);
  }

  /** Handles what a callback asked to continue with. Unless implemented, it crashes the server. */
  default Next<S> handleContinue(Object continuation, S state) throws Exception {
    throw new UnsupportedOperationException(
        getClass().getName()
            + " got a continuation it does not implement: "
            + Text.kind(continuation));
  }

  /**
   * Cleans up before the server ends: after a stop, a crash, or the exit of the parent it is linked
   * to if it traps exits. Not after an exit signal that ends it, nor a kill. A throw becomes the
   * reason.
   */
  default void terminate(ExitReason reason, S state) throws Exception {}

  /**
   * What {@link Sys#status(Pid, java.time.Duration)} and crash reports show, for instance without
   * secrets: unless implemented, all there is. If it throws, a text says so in place of the state.
   *
   * <p>For a crash report it runs once the server is dead, on a thread that is no process, for at
   * most a second.
   */
  default StatusReport formatStatus(StatusReport status) throws Exception {
    return status;
  }
}
