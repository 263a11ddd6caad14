package dev.ostler;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a server does after a callback: it keeps a state, replies, waits, continues, or stops.
 *
 * <p>An immutable value, which the callbacks of {@link GenServer} return. The request makes
 * replies: {@link Call#reply} and {@link Call#replyAndStop}.
 *
 * @param <S> the server's state
 */
public abstract sealed class Next<S> {
  /** The state for the next message. */
  final S state;

  Next(S state) {
    this.state = Objects.requireNonNull(state, "state");
  }

  /** Continues with the state. After a call, its caller keeps waiting until {@link From#reply}. */
  public static <S> Next<S> noReply(S state) {
    return new NoReply<>(state);
  }

  /** Stops with the reason, after {@link GenServer#terminate}. A caller gets the reason. */
  public static <S> Next<S> stop(ExitReason reason, S state) {
    return new Stop<>(state, Objects.requireNonNull(reason, "reason"), null, null);
  }

  /**
   * A {@link Timeout} comes to {@link GenServer#handleInfo} if no message does within the time. A
   * message cancels it, also one that is already queued.
   *
   * @param timeout not negative; zero: at once, if no message is queued
   */
  public Next<S> withTimeout(Duration timeout) {
    return withTimeout(timeout, new Timeout());
  }

  /** As {@link #withTimeout(Duration)}, with a message of one's own. */
  public Next<S> withTimeout(Duration timeout, Object message) {
    Durations.checked(timeout, "timeout");
    return new Then<>(this, timeout, Objects.requireNonNull(message, "message"));
  }

  /** Hands the value to {@link GenServer#handleContinue} next, before any queued message. */
  public Next<S> thenContinue(Object continuation) {
    return new Then<>(this, null, Objects.requireNonNull(continuation, "continuation"));
  }

  static final class NoReply<S> extends Next<S> {
    NoReply(S state) {
      super(state);
    }
  }

  static final class Reply<S> extends Next<S> {
    final Call<?, ?> call;
    final @Nullable Object reply;

    Reply(Call<?, ?> call, @Nullable Object reply, S state) {
      super(state);
      this.call = call;
      this.reply = reply;
    }
  }

  static final class Stop<S> extends Next<S> {
    final ExitReason reason;
    final @Nullable Call<?, ?> call;
    final @Nullable Object reply;

    Stop(S state, ExitReason reason, @Nullable Call<?, ?> call, @Nullable Object reply) {
      super(state);
      this.reason = reason;
      this.call = call;
      this.reply = reply;
    }

    @Override
    public Next<S> withTimeout(Duration timeout, Object message) {
      return this;
    }

    @Override
    public Next<S> thenContinue(Object continuation) {
      return this;
    }
  }

  /** Another step, and then a wait (timeout set) or a continuation (no timeout). */
  static final class Then<S> extends Next<S> {
    final Next<S> first;
    final @Nullable Duration timeout;
    final Object message;

    Then(Next<S> first, @Nullable Duration timeout, Object message) {
      super(first.state);
      this.first = first instanceof Then<S> then ? then.first : first;
      this.timeout = timeout;
      this.message = message;
    }
  }
}
