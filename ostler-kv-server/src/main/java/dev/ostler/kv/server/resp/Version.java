package dev.ostler.kv.server.resp;

/** The version of this server. */
public final class Version {
  /** The version of Redis whose answers these are. */
  public static final String REDIS = "8.0.2";

  private Version() {}

  /** As the module says it; {@code development} if it runs from the class path. */
  public static String text() {
    var module = Version.class.getModule().getDescriptor(); // none on the class path
    return module == null ? "development" : module.rawVersion().orElse("development");
  }
}
