package dev.ostler.kv.server.resp;

/** The version of this server. Any thread may use it. */
public final class Version {
  /** The version of Redis whose replies this server gives. */
  public static final String REDIS = "8.0.2";

  private Version() {}

  /** The version of the module; {@code development} if it runs from the class path. */
  public static String text() {
    var module = Version.class.getModule().getDescriptor(); // null on the class path
    return module == null ? "development" : module.rawVersion().orElse("development");
  }
}
