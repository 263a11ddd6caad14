package dev.ostler.shell;

import dev.ostler.Self;

/** What {@link Self#exit} throws, and every operation of a process that is dead. */
final class Unwinding {
  private Unwinding() {}

  /** Whether this error ends the process. It is the one error of the library, and has no name. */
  static boolean is(Error thrown) {
    return thrown.getClass().getPackage() == Self.class.getPackage();
  }
}
