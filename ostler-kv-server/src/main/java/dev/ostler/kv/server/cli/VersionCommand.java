package dev.ostler.kv.server.cli;

import dev.ostler.kv.server.resp.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code kv version}: prints the versions of KV and of Java. Used by the main thread. */
@Command(name = "version", description = "Print the versions of KV and of Java.")
final class VersionCommand extends Helped implements Callable<Integer> {
  @Override
  public Integer call() {
    out().println("kv " + Version.text() + ", Java " + Runtime.version());
    return 0;
  }
}
