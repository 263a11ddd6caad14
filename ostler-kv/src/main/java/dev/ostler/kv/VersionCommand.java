package dev.ostler.kv;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code kv version}: which version this is, and of Java. Run by the main thread. */
@Command(name = "version", description = "Print the versions of KV and of Java.")
final class VersionCommand extends Helped implements Callable<Integer> {
  @Override
  public Integer call() {
    out().println("kv " + version() + ", Java " + Runtime.version());
    return 0;
  }

  /** The version of this store. */
  static String version() {
    var module = Main.class.getModule().getDescriptor(); // none if run from the class path
    return module == null ? "development" : module.rawVersion().orElse("development");
  }
}
