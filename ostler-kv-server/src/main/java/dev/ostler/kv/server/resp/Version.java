package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.script.ScriptHost;
import java.util.Objects;

/** The version of this server. Any thread may use it. */
public final class Version {
  /** The version of Redis whose replies this server gives. */
  public static final String REDIS = ScriptHost.VERSION;

  private Version() {}

  /** The version of the module, or of the jar; {@code development} if it runs from classes. */
  public static String text() {
    var module = Version.class.getModule().getDescriptor(); // null on the class path
    return module == null
        ? Objects.requireNonNullElse(
            Version.class.getPackage().getImplementationVersion(), "development")
        : module.rawVersion().orElse("development");
  }
}
