package dev.ostler.shell;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ostler shell}: Java that is typed, or a script. Used by the main thread. */
@Command(
    name = "shell",
    description = {
      "Type Java, with the library imported, in a process of its own.",
      "From a pipe, or with --script, it runs the text and prints only what that prints; it ends with"
          + " 1 at the first error, and tells the line. What is typed is kept in"
          + " ~/.local/state/ostler/shell-history."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ShellCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--script",
      paramLabel = "FILE",
      description = "Run this file, and end; - is the standard input.")
  private @Nullable Path script;

  @Option(
      names = {"-cp", "--class-path"},
      paramLabel = "PATH",
      description = "More classes to use: jars and folders, separated as for java.")
  private String classPath = "";

  @SuppressWarnings("UnusedVariable") // read by picocli
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  @Override
  public Integer call() throws IOException {
    if (script == null && isTyped()) {
      new TypedShell(classPath, history()).run();
      return 0;
    }
    PrintWriter err = spec.commandLine().getErr();
    Path file = script == null ? Path.of("-") : script;
    List<String> lines;
    try {
      lines = lines(file);
    } catch (IOException e) {
      err.println("ostler: " + file + " cannot be read: " + e.getMessage());
      return 1;
    }
    try (var process = new ShellProcess(err::println);
        var reports = new Reports(event -> process.is(event.pid()), err::println);
        var snippets = new Snippets(process, classPath)) {
      boolean done = new Script(file.toString(), lines, snippets, err).run();
      reports.flush();
      return done ? 0 : 1;
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return file.toString().equals("-")
        ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()
        : Files.readAllLines(file);
  }

  @SuppressWarnings("SystemConsoleNull") // this works without the module jdk.internal.le
  private static boolean isTyped() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static Path history() {
    @Nullable String state = System.getenv("XDG_STATE_HOME");
    Path folder =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return folder.resolve("ostler").resolve("shell-history");
  }
}
