package dev.ostler.kv.server.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** A command that a later version will have. Says so, whatever it is given; in no list. */
abstract class Absent extends Helped implements Callable<Integer> {
  @SuppressWarnings("UnusedVariable") // taken, and not looked at
  @Unmatched
  private List<String> anything = new ArrayList<>();

  @Override
  public Integer call() {
    err().println("kv: " + spec().name() + " is not part of this version");
    return Main.USAGE;
  }

  /** Measures a server. */
  @Command(name = "bench", hidden = true)
  static final class Bench extends Absent {}
}
