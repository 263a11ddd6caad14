package dev.ostler;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a server begins: with a state, not at all, or by failing.
 *
 * <p>An immutable value, returned from {@link GenServer#init}.
 *
 * @param <S> the server's state
 */
public sealed interface Init<S> {

  /** Begins with the state, which is not null. */
  static <S> Init<S> ok(S state) {
    return new Ok<>(Objects.requireNonNull(state, "state"), Optional.empty(), Optional.empty());
  }

  /** Fails the start: the starter gets the reason, with which the server ends. */
  static <S> Init<S> stop(ExitReason reason) {
    return new Stop<>(Objects.requireNonNull(reason, "reason"));
  }

  /**
   * Fails the start without harm: the starter gets the reason, but the server ends with {@link
   * ExitReason#NORMAL}, so that linked processes live on.
   */
  static <S> Init<S> error(ExitReason reason) {
    return new Refuse<>(Objects.requireNonNull(reason, "reason"));
  }

  /** Does not start. This is not a failure: a supervisor continues without this child. */
  static <S> Init<S> ignore() {
    return new Ignore<>();
  }

  /**
   * Hands the value to {@link GenServer#handleContinue} after the starter has been told and before
   * any message. No effect unless the server begins. With a {@linkplain #withTimeout timeout}, too,
   * the continuation comes first.
   */
  default Init<S> thenContinue(Object continuation) {
    return this;
  }

  /**
   * A {@link Timeout} comes to {@link GenServer#handleInfo} if no message does within the time. No
   * effect unless the server begins. With a {@linkplain #thenContinue continuation}, too, the time
   * begins after that, and a timeout that the continuation asks for replaces this one.
   */
  default Init<S> withTimeout(Duration timeout) {
    return this;
  }

  /**
   * See {@link Init#ok}.
   *
   * @param state the first state
   * @param continuation what to continue with
   * @param timeout how long to be idle
   */
  record Ok<S>(S state, Optional<Object> continuation, Optional<Duration> timeout)
      implements Init<S> {
    @Override
    public Init<S> thenContinue(Object next) {
      return new Ok<>(state, Optional.of(next), timeout);
    }

    @Override
    public Init<S> withTimeout(Duration idle) {
      return new Ok<>(state, continuation, Optional.of(Durations.checked(idle, "timeout")));
    }
  }

  /**
   * See {@link Init#stop}.
   *
   * @param reason why
   */
  record Stop<S>(ExitReason reason) implements Init<S> {}

  /**
   * See {@link Init#error}.
   *
   * @param reason why
   */
  record Refuse<S>(ExitReason reason) implements Init<S> {}

  /** See {@link Init#ignore}. */
  record Ignore<S>() implements Init<S> {}
}
