package dev.ostler.kv.server.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * A command that is not part of this version. It accepts any arguments, prints that, and is not
 * listed in the help. Used by the main thread.
 */
abstract class Absent extends Helped implements Callable<Integer> {
  @SuppressWarnings("UnusedVariable") // accepted and ignored
  @Unmatched
  private List<String> anything = new ArrayList<>();

  @Override
  public Integer call() {
    err().println("kv: " + spec().name() + " is not part of this version");
    return Main.USAGE;
  }

  /** {@code kv bench}, which is to measure a server. */
  @Command(name = "bench", hidden = true)
  static final class Bench extends Absent {}
}
