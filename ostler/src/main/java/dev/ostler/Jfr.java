package dev.ostler;

/**
 * Whether this JVM has JDK Flight Recorder, which the library can do without: only then is the
 * class that needs it loaded.
 */
final class Jfr {
  private Jfr() {}

  /** From now on recordings get the events that are enabled in them. */
  static void begin() {
    if (isThere()) {
      JfrObserver.begin();
    }
  }

  /** No recording gets more. */
  static void end() {
    if (isThere()) {
      JfrObserver.end();
    }
  }

  private static boolean isThere() {
    Module own = Jfr.class.getModule();
    return ModuleLayer.boot().findModule("jdk.jfr").filter(own::canRead).isPresent();
  }
}
