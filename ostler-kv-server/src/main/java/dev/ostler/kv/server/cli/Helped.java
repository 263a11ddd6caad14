package dev.ostler.kv.server.cli;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What all commands share: the option {@code --help}, and the output streams. Used by the main
 * thread.
 */
abstract class Helped {
  @Spec private @Nullable CommandSpec spec;

  @SuppressWarnings("UnusedVariable") // read by picocli
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  final CommandSpec spec() {
    return Objects.requireNonNull(spec);
  }

  final PrintWriter out() {
    return spec().commandLine().getOut();
  }

  final PrintWriter err() {
    return spec().commandLine().getErr();
  }

  /** The exception for a command that was used incorrectly. */
  final CommandLine.ParameterException misused(String what) {
    return new CommandLine.ParameterException(spec().commandLine(), what);
  }
}
