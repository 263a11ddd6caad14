package dev.ostler;

import java.time.Duration;

/** A process that did not start. Its subclasses say why. Its name, if any, is free again. */
public abstract sealed class StartException extends RuntimeException {
  private StartException(String message, ExitReason reason) {
    super(message, reason instanceof ExitReason.Crash crash ? crash.cause() : null);
  }

  /** It failed, or refused: the reason is that of its {@code init}. */
  public static final class Failed extends StartException {
    private final transient ExitReason reason;

    Failed(String what, ExitReason reason) {
      super(what + " did not start: " + reason, reason);
      this.reason = reason;
    }

    /** Why. */
    public ExitReason reason() {
      return reason;
    }
  }

  /** The name is taken. */
  public static final class AlreadyStarted extends StartException {
    private final transient Pid pid;

    AlreadyStarted(String what, Pid pid) {
      super(what + " did not start: its name belongs to " + pid, ExitReason.NORMAL);
      this.pid = pid;
    }

    /** Who has the name. */
    public Pid pid() {
      return pid;
    }
  }

  /** Its {@code init} chose not to start, see {@link Init#ignore}. */
  public static final class Ignored extends StartException {
    Ignored(String what) {
      super(what + " chose not to start", ExitReason.NORMAL);
    }
  }

  /** It took longer than the start deadline, and was killed. */
  public static final class TimedOut extends StartException {
    TimedOut(String what, Duration deadline) {
      super(what + " did not start within " + deadline, ExitReason.TIMEOUT);
    }
  }

  /** The supervisor has as many children as it may. */
  public static final class TooManyChildren extends StartException {
    TooManyChildren(String what, int most) {
      super(
          what + " did not start: its supervisor may have " + most + " children, and has them",
          ExitReason.NORMAL);
    }
  }

  /** The supervisor has a child with this id that does not run. */
  public static final class AlreadyPresent extends StartException {
    AlreadyPresent(Object id) {
      super(
          id + " did not start: there is a child with this id that does not run",
          ExitReason.NORMAL);
    }
  }
}
