package dev.ostler;

/**
 * Unwinds the stack of a process that has to end: it called {@link Self#exit}, or it is dead
 * already.
 *
 * <p>An error, so that {@code catch (Exception e)} in a callback does not hold it up.
 */
final class ProcessExit extends Error {
  private final transient ExitReason reason;

  ProcessExit(String message, ExitReason reason) {
    super(message, null, true, false);
    this.reason = reason;
  }

  /** By {@link Self#exit}, often; the message is made when somebody looks at it. */
  ProcessExit(ExitReason reason) {
    this("", reason);
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null || message.isEmpty() ? "exit: " + reason : message;
  }

  ExitReason reason() {
    return reason;
  }
}
