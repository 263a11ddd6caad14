package dev.ostler;

import java.util.function.Supplier;

/** A supervisor refuses a request about one of its children. */
public abstract sealed class ChildException extends RuntimeException {
  private final LazyText text;

  private ChildException(Supplier<String> text) {
    super(null, null);
    this.text = new LazyText(text);
  }

  @Override
  public String getMessage() {
    return text.get();
  }

  /** The supervisor has no such child. */
  public static final class NotFound extends ChildException {
    NotFound(Object child) {
      super(() -> "the supervisor has no child " + Text.bounded(child));
    }
  }

  /** The child runs, and must not. */
  public static final class Running extends ChildException {
    Running(Object child, Pid pid) {
      super(() -> "the child " + Text.bounded(child) + " runs, as " + pid);
    }
  }

  /** The child is being restarted. */
  public static final class Restarting extends ChildException {
    Restarting(Object child) {
      super(() -> "the child " + Text.bounded(child) + " is being restarted");
    }
  }
}
