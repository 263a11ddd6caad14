package dev.ostler;

/** There is no such process, or no process has the name. */
public final class NoProcessException extends RuntimeException {
  NoProcessException(String message) {
    super(message);
  }
}
