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
    super(message, null, false, false);
    this.reason = reason;
  }

  ExitReason reason() {
    return reason;
  }
}
