package dev.ostler;

/**
 * Unwinds the stack of a process that has to end: it called {@link Self#exit}, or it is dead
 * already.
 *
 * <p>An error, so that {@code catch (Exception e)} in a callback does not hold it up.
 */
final class ProcessExit extends Error {
  private final transient ExitReason reason;
  private final LazyText text;

  /** By {@link Self#exit}, often. */
  ProcessExit(ExitReason reason) {
    this(reason, new LazyText(() -> "exit: " + reason));
  }

  /** By one that is dead. */
  ProcessExit(Proc dead, ExitReason reason) {
    this(reason, new LazyText(() -> dead + " (" + dead.label() + ") has ended: " + reason));
  }

  private ProcessExit(ExitReason reason, LazyText text) {
    super(null, null, true, false);
    this.reason = reason;
    this.text = text;
  }

  @Override
  public String getMessage() {
    return text.get();
  }

  ExitReason reason() {
    return reason;
  }
}
