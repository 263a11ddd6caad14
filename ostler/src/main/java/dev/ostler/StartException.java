package dev.ostler;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A process did not start. The subclasses say why. Its name, if any, is free again. */
public abstract sealed class StartException extends RuntimeException {
  private final LazyText text;

  /** The process that began to start, and is dead, if there was one. */
  final transient @Nullable Pid begun;

  /** The one that did not start is a text, or what its supervisor calls it. */
  private StartException(Object what, Supplier<String> why, ExitReason reason) {
    this(what, why, reason, null);
  }

  private StartException(
      Object what, Supplier<String> why, ExitReason reason, @Nullable Pid begun) {
    super(null, reason instanceof ExitReason.Crash crash ? crash.cause() : null);
    this.text = new LazyText(() -> Text.bounded(what) + why.get());
    this.begun = begun;
  }

  /**
   * For a starter of one's own to throw: the child chose not to start, as with {@link Init#ignore}.
   * Its supervisor keeps the spec, and goes on.
   *
   * @param what the child, for messages
   */
  public static Ignored ignored(Object what) {
    return new Ignored(what);
  }

  /**
   * For a starter of one's own to throw: the child did not start for this reason, as with {@link
   * Init#stop}.
   *
   * @param what the child, for messages
   */
  public static Failed failed(Object what, ExitReason reason) {
    return new Failed(what, reason);
  }

  @Override
  public String getMessage() {
    return text.get();
  }

  /** It failed, or refused: the reason is that of its {@code init}. */
  public static final class Failed extends StartException {
    private final transient ExitReason reason;

    Failed(Object what, ExitReason reason) {
      this(what, reason, null);
    }

    Failed(Object what, ExitReason reason, @Nullable Pid begun) {
      super(what, () -> " did not start: " + reason, reason, begun);
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

    AlreadyStarted(Object what, Pid pid) {
      super(what, () -> " did not start: its name belongs to " + pid, ExitReason.NORMAL);
      this.pid = pid;
    }

    /** The process that has the name. */
    public Pid pid() {
      return pid;
    }
  }

  /** Its {@code init} chose not to start, see {@link Init#ignore}. */
  public static final class Ignored extends StartException {
    Ignored(Object what) {
      super(what, () -> " chose not to start", ExitReason.NORMAL);
    }
  }

  /** It took longer than the start deadline, and was killed. */
  public static final class TimedOut extends StartException {
    TimedOut(String what, Duration deadline, Pid begun) {
      super(what, () -> " did not start within " + deadline, ExitReason.TIMEOUT, begun);
    }
  }

  /** The supervisor has as many children as it may. */
  public static final class TooManyChildren extends StartException {
    TooManyChildren(Object what, int most) {
      super(
          what,
          () -> " did not start: its supervisor may have " + most + " children, and has them",
          ExitReason.NORMAL);
    }
  }

  /** The supervisor has a child with this id that does not run. */
  public static final class AlreadyPresent extends StartException {
    AlreadyPresent(Object id) {
      super(
          id,
          () -> " did not start: there is a child with this id that does not run",
          ExitReason.NORMAL);
    }
  }
}
