package dev.ostler;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A process that did not start. Its subclasses say why. Its name, if any, is free again. */
public abstract sealed class StartException extends RuntimeException {
  /** The process that began to start, and is dead, if there was one. */
  final transient @Nullable Pid begun;

  private StartException(String message, ExitReason reason) {
    this(message, reason, null);
  }

  private StartException(String message, ExitReason reason, @Nullable Pid begun) {
    super(message, reason instanceof ExitReason.Crash crash ? crash.cause() : null);
    this.begun = begun;
  }

  /** It failed, or refused: the reason is that of its {@code init}. */
  public static final class Failed extends StartException {
    private final transient ExitReason reason;

    Failed(String what, ExitReason reason) {
      this(what, reason, null);
    }

    Failed(String what, ExitReason reason, @Nullable Pid begun) {
      super(what + " did not start: " + reason, reason, begun);
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
    TimedOut(String what, Duration deadline, Pid begun) {
      super(what + " did not start within " + deadline, ExitReason.TIMEOUT, begun);
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
