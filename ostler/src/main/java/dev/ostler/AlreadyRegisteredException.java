package dev.ostler;

/** A key of a unique {@link Registry} belongs to a process that lives. */
public final class AlreadyRegisteredException extends RuntimeException {
  private final transient Pid pid;

  AlreadyRegisteredException(Object key, Pid pid) {
    super("cannot register " + Text.bounded(key) + ": it belongs to " + pid);
    this.pid = pid;
  }

  /** Whose key it is. */
  public Pid pid() {
    return pid;
  }
}
