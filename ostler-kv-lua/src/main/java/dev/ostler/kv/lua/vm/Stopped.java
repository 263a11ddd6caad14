package dev.ostler.kv.lua.vm;

/**
 * A script was stopped: it used more than it may, or somebody wanted it. No script can catch it.
 */
public final class Stopped extends RuntimeException {
  /** Why a script is stopped. */
  public enum Reason {
    KILLED,
    TIME,
    INSTRUCTIONS,
    MEMORY
  }

  private final Reason reason;

  public Stopped(Reason reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
