package dev.ostler;

/** A key of a unique {@link Registry} already belongs to a living process. */
public final class AlreadyRegisteredException extends RuntimeException {
  private final transient Pid pid;
  private final LazyText text;

  AlreadyRegisteredException(Object key, Pid pid) {
    super(null, null);
    this.text =
        new LazyText(() -> "cannot register " + Text.bounded(key) + ": it belongs to " + pid);
    this.pid = pid;
  }

  @Override
  public String getMessage() {
    return text.get();
  }

  /** The process that has the key. */
  public Pid pid() {
    return pid;
  }
}
