package dev.ostler.shell;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of the library: {@code ostler shell}.
 *
 * <p>The exit code of the JVM is 0 for success, 1 for a failure, and 2 for incorrect usage.
 */
public final class Main {
  private static final int USAGE = 2;

  private Main() {}

  /** Runs the command, and ends the JVM. */
  public static void main(String[] arguments) {
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, arguments);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Runs the command, and returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    var commands = new CommandLine(new Top());
    commands.setOut(out);
    commands.setErr(err);
    commands.setParameterExceptionHandler(
        (misuse, given) -> {
          String command = misuse.getCommandLine().getCommandSpec().qualifiedName();
          err.println("ostler: " + misuse.getMessage());
          err.println("More about it: " + command + " --help");
          return USAGE;
        });
    return commands.execute(arguments);
  }

  /** The command that contains the others. */
  @Command(
      name = "ostler",
      description = "Supervised processes for Java.",
      subcommands = ShellCommand.class,
      synopsisSubcommandLabel = "COMMAND",
      footer = {"", "ostler COMMAND --help explains a command."})
  static final class Top implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @SuppressWarnings("UnusedVariable") // read by picocli
    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this text.")
    private boolean help;

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "ostler expects a command, and found none");
    }
  }
}
