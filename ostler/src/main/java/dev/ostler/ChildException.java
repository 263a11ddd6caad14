package dev.ostler;

/** A supervisor could not do what was asked with one of its children. */
public abstract sealed class ChildException extends RuntimeException {
  private ChildException(String message) {
    super(message);
  }

  /** It has no such child. */
  public static final class NotFound extends ChildException {
    NotFound(Object child) {
      super("the supervisor has no child " + child);
    }
  }

  /** The child runs, and must not. */
  public static final class Running extends ChildException {
    Running(Object child, Pid pid) {
      super("the child " + child + " runs, as " + pid);
    }
  }

  /** The child is being restarted. */
  public static final class Restarting extends ChildException {
    Restarting(Object child) {
      super("the child " + child + " is being restarted");
    }
  }
}
