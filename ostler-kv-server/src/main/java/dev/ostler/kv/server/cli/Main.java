package dev.ostler.kv.server.cli;

import dev.ostler.kv.KvException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line of the store: {@code kv serve}, {@code kv shell}, {@code kv backup}, {@code kv
 * export}, {@code kv import}, {@code kv bench}, {@code kv top}, {@code kv cluster}, {@code kv
 * version}.
 *
 * <p>The exit code of the JVM is 0 for success, 1 for a failure, and 2 for incorrect usage.
 */
public final class Main {
  /** The exit code for incorrect usage. */
  static final int USAGE = 2;

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
    // What follows the first word of a command for the server belongs to that command.
    Objects.requireNonNull(commands.getSubcommands().get("shell")).setStopAtPositional(true);
    commands.setOut(out);
    commands.setErr(err);
    commands.setParameterExceptionHandler(
        (misuse, given) -> {
          String command = misuse.getCommandLine().getCommandSpec().qualifiedName();
          err.println("kv: " + message(misuse));
          UnmatchedArgumentException.printSuggestions(misuse, err);
          err.println("More about it: " + command + " --help");
          return USAGE;
        });
    commands.setExecutionExceptionHandler(
        (failure, command, result) -> {
          switch (failure) {
            case KvException refused -> err.println("kv: " + refused.getMessage());
            default -> failure.printStackTrace(err);
          }
          return 1;
        });
    try {
      commands.setDefaultValueProvider(ConfigFile.named(arguments));
    } catch (ConfigFile.Unusable e) {
      err.println("kv: " + e.getMessage());
      return USAGE;
    }
    return commands.execute(arguments);
  }

  private static @Nullable String message(ParameterException misuse) {
    if (misuse instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      CommandLine command = misuse.getCommandLine();
      String argument = "'" + unmatched.getUnmatched().getFirst() + "'";
      return command.getParent() == null
          ? "there is no command " + argument
          : command.getCommandName() + " does not expect the argument " + argument;
    }
    return misuse.getMessage();
  }

  /** The command that contains the others. */
  @Command(
      name = "kv",
      description = "A key-value store whose every bucket is a supervised process.",
      subcommands = {
        ServeCommand.class,
        ShellCommand.class,
        BackupCommand.class,
        ExportCommand.class,
        ImportCommand.class,
        BenchCommand.class,
        TopCommand.class,
        ClusterCommand.class,
        VersionCommand.class
      },
      synopsisSubcommandLabel = "COMMAND",
      footer = {"", "kv COMMAND --help explains a command."})
  static final class Top extends Helped implements Runnable {
    @Override
    public void run() {
      throw new ParameterException(spec().commandLine(), "kv expects a command, and found none");
    }
  }
}
