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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ostler shell}: Java that is typed, or a script. Used by the main thread. */
@Command(
    name = "shell",
    description = {
      "Type Java, with the library imported, in a process of its own.",
      "From a pipe, or with --script, it runs the text and prints only what that prints; it ends with"
          + " 1 at the first error, and tells the line. What is typed is kept in"
          + " ~/.local/state/ostler/shell-history.",
      "With --attach, all of it happens in another program of this user on this machine, one that has"
          + " called ShellSocket.open()."
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

  @Option(
      names = "--attach",
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "PID|SOCKET",
      description = "Run it in that program; without PID, in the only one there is.")
  private @Nullable String attached;

  @SuppressWarnings("UnusedVariable") // read by picocli
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  @Override
  public Integer call() throws IOException {
    boolean typed = script == null && isTyped();
    if (attached != null && !classPath.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--class-path adds nothing to a running program: leave it out");
    }
    if (typed && attached == null) {
      TypedShell.own(classPath, StateFolder.of().resolve("shell-history"));
      return 0;
    }
    PrintWriter err = spec.commandLine().getErr();
    List<String> lines = List.of();
    Path file = script == null ? Path.of("-") : script;
    try {
      if (!typed) {
        lines = lines(file);
      }
    } catch (IOException e) {
      err.println("ostler: " + file + " cannot be read: " + e.getMessage());
      return 1;
    }
    if (attached == null) {
      return run(file, lines, err);
    }
    try (var shell = AttachedShell.to(ShellSockets.find(attached))) {
      return typed
          ? shell.type(StateFolder.of().resolve("shell-history"))
          : shell.run(file.toString(), lines, spec.commandLine().getOut(), err);
    } catch (IOException e) {
      err.println("ostler: " + e.getMessage());
      return 1;
    }
  }

  private int run(Path file, List<String> lines, PrintWriter err) {
    try (var process = new ShellProcess(Session.OWN, err::println);
        var reports = Reports.insteadOfLog(event -> process.is(event.pid()), err::println);
        var snippets = new Snippets(Session.OWN, process, classPath)) {
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
}
