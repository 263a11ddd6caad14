package dev.ostler;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A reference to a server of type {@code P}: the server itself, or a name.
 *
 * <p>Any thread may use it. A call from a virtual thread is fastest; a platform thread pays for two
 * wake-ups by the operating system, some microseconds. What the caller did before it sent or called
 * happens-before the handling of the message, which happens-before the return of the call.
 *
 * @param <P> the server's type, which its requests and casts name, or a subtype of that
 */
public abstract sealed class ServerRef<P> permits ServerHandle, Name {
  static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  ServerRef() {}

  /** The process that it refers to now; null if there is none. */
  abstract @Nullable Proc resolve();

  /**
   * As {@link #call(Call, Duration)}, with five seconds; or with what is left to the caller for
   * whom the current callback works, if the application {@linkplain Carried#deadlines says so}.
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // a reply may be null if R says so
  public final <R> R call(Call<? super P, R> request) {
    Objects.requireNonNull(request, "request");
    return (R) Calls.call(this, request, Calls.usualNanos());
  }

  /**
   * Sends a request and waits for the reply.
   *
   * <p>A {@link ServerChild#direct() direct} server that is idle replies on the calling thread;
   * meanwhile the timeout cannot fire.
   *
   * @param timeout not negative
   * @throws CallException.Exited if the server ends before it answers
   * @throws CallException.NoProcess if there is no such server
   * @throws CallException.Timeout if there is no answer within the time
   * @throws CallException.Cycle if the server waits, perhaps through others, for the caller
   * @throws CallException.Interrupted if the calling thread is interrupted, and its process lives
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // a reply may be null if R says so
  public final <R> R call(Call<? super P, R> request, Duration timeout) {
    Objects.requireNonNull(request, "request");
    long nanos = Durations.nanos(timeout, "timeout");
    return (R) Calls.call(this, request, nanos);
  }

  /**
   * Sends a request, and returns at once. The reply is collected later, and a failure is found
   * then, too: see {@link PendingReply}.
   */
  @SuppressWarnings("unchecked")
  public final <R> PendingReply<R> sendRequest(Call<? super P, R> request) {
    Objects.requireNonNull(request, "request");
    return (PendingReply<R>) Calls.send(this, request);
  }

  /**
   * Sends a message without a reply. If there is no such server, the cast is dropped.
   *
   * @throws MailboxFullException if the mailbox is bounded with {@link Overflow#FAIL}, and full
   */
  public final void cast(Cast<? super P> message) {
    Objects.requireNonNull(message, "message");
    Runner runner = Runner.peek();
    Proc sender = Runner.living(runner);
    Proc target = resolve();
    if (target != null) {
      var sent = Message.cast(message, sender);
      target.post(sent);
      sent.confirm();
      Runner.sent(runner, target);
    } else {
      Happening.lost(this, message);
    }
  }

  /**
   * As {@link #cast}, but the server handles it before all waiting messages, except earlier
   * priority messages. See {@link Pid#sendPriority}.
   */
  public final void castPriority(Cast<? super P> message) {
    Objects.requireNonNull(message, "message");
    Runner runner = Runner.peek();
    Proc sender = Runner.living(runner);
    Proc target = resolve();
    if (target != null) {
      target.postFirst(Message.cast(message, sender));
      Runner.sent(runner, target);
    } else {
      Happening.lost(this, message);
    }
  }

  /**
   * Sends a plain message, which {@link GenServer#handleInfo} gets. A message to a dead server is
   * dropped.
   *
   * @throws NoProcessException if this is a name that no process has
   */
  public final void send(Object message) {
    Proc target = resolve();
    if (target == null) {
      Runner.living();
      throw new NoProcessException("cannot send to " + this + ": no process has this name");
    }
    target.send(message);
  }

  /** Sends a plain message later; a name is looked up only then. */
  public abstract Timer sendAfter(Object message, Duration delay);

  /**
   * As {@link #stop(ExitReason, Duration)}, with {@link ExitReason#NORMAL} and without a timeout.
   */
  public final void stop() {
    stop(ExitReason.NORMAL, Duration.ofSeconds(Long.MAX_VALUE));
  }

  /**
   * Stops the server. It handles all earlier messages, then {@code terminate} runs, then it is
   * dead, and this method returns.
   *
   * @throws CallException.Exited if it ends with another reason
   * @throws CallException.NoProcess if there is no such server
   * @throws CallException.Timeout if it takes longer; the server will stop nevertheless
   * @throws CallException.Cycle if the server waits for the caller, or is the caller
   */
  public final void stop(ExitReason reason, Duration timeout) {
    Objects.requireNonNull(reason, "reason");
    Calls.stop(this, reason, Durations.nanos(timeout, "timeout"));
  }

  /** The process, if it lives. */
  public final Optional<Pid> whereis() {
    Proc target = resolve();
    return target != null && target.isAlive() ? Optional.of(target) : Optional.empty();
  }

  /**
   * The process.
   *
   * @throws NoProcessException if this is a name that no process has
   */
  public final Pid pid() {
    Proc target = resolve();
    if (target == null) {
      throw new NoProcessException("no process has the name " + this);
    }
    return target;
  }
}
