package dev.ostler;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A call that gets no reply. The subclasses say what the caller can do.
 *
 * <p>Thrown on the caller's thread, with the caller's stack.
 */
public abstract sealed class CallException extends RuntimeException {
  private final transient ExitReason reason;
  private final LazyText text;

  private CallException(Supplier<String> text, ExitReason reason) {
    super(null, reason instanceof ExitReason.Crash crash ? crash.cause() : null);
    this.text = new LazyText(text);
    this.reason = reason;
  }

  /** The request, the server, and why there is no reply. The text is made on the first use. */
  @Override
  public String getMessage() {
    return text.get();
  }

  /**
   * Why there is no reply, as an exit reason. A caller that does not catch this exception ends with
   * it.
   */
  public ExitReason reason() {
    return reason;
  }

  /** The server ended before it answered. Its state is gone: look it up again. */
  public static final class Exited extends CallException {
    Exited(String target, String request, ExitReason reason) {
      super(
          () -> "no reply from " + target + " to " + request + ": it ended with " + reason, reason);
    }

    Exited(Request<?> request, ExitReason reason) {
      super(() -> noReplyTo(request) + ": it ended with " + reason, reason);
    }
  }

  /** There is no such process, or no process has the name. The request was not delivered. */
  public static final class NoProcess extends CallException {
    NoProcess(Object target, Object request) {
      super(
          () -> "no reply from " + target + " to " + Text.bounded(request) + ": no process",
          ExitReason.NO_PROCESS);
    }

    NoProcess(Request<?> request) {
      super(() -> noReplyTo(request) + ": no process", ExitReason.NO_PROCESS);
    }
  }

  /**
   * The server did not reply in time. It lives, and may still act on the request. A late reply is
   * dropped.
   *
   * <p>The message says what the server was doing at that time. Of other callers' requests it shows
   * only the type.
   */
  public static final class Timeout extends CallException {
    Timeout(String message) {
      super(() -> message, ExitReason.TIMEOUT);
    }

    Timeout(Request<?> request, Supplier<String> circumstances) {
      super(() -> noReplyTo(request) + circumstances.get(), ExitReason.TIMEOUT);
    }
  }

  /**
   * The callers would wait for each other forever: a process called itself, or a process that waits
   * for it, directly or through others. The request was not delivered.
   */
  public static final class Cycle extends CallException {
    Cycle(Proc target, Object request, String cycle) {
      super(
          () ->
              "no reply from "
                  + Calls.describe(target)
                  + " to "
                  + Text.bounded(request)
                  + ": "
                  + cycle,
          ExitReason.of("calling itself"));
    }
  }

  /**
   * The calling thread was interrupted while it waited. Its interrupt status is set again; the
   * server may still act on the request, its reply is dropped.
   */
  public static final class Interrupted extends CallException {
    Interrupted(String target, String request) {
      super(
          () -> "interrupted while waiting for " + target + " to reply to " + request,
          ExitReason.of("interrupted"));
    }

    Interrupted(Request<?> request) {
      super(
          () ->
              "interrupted while waiting for "
                  + Calls.describe(request.target)
                  + " to reply to "
                  + request.describe(),
          ExitReason.of("interrupted"));
    }
  }

  private static String noReplyTo(Request<?> request) {
    return "no reply from " + Calls.describe(request.target) + " to " + request.describe();
  }

  /** The crash behind the reason, if there is one. */
  public Optional<Throwable> crash() {
    return Optional.ofNullable(getCause());
  }
}
