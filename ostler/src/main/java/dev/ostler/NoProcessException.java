package dev.ostler;

/** There is no such process, or nobody has the name, where one is needed. */
public final class NoProcessException extends RuntimeException {
  NoProcessException(String message) {
    super(message);
  }
}
