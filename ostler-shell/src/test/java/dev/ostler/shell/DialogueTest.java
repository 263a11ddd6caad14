package dev.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.ServerJvm;
import dev.ostler.kv.server.cli.PseudoTerminal;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ostler shell} as a person uses it: in a JVM of its own, on a pseudo-terminal. */
class DialogueTest {
  private static final Pattern PROMPT = Pattern.compile("(ostler( \\d+)?| +\\.\\.\\.)> ");

  @TempDir Path folder;

  @Test
  void says_what_its_page_shows_and_lives_on() throws Exception {
    try (var shell = PseudoTerminal.of(Main.class, folder, 100, 160, "shell")) {
      for (String dialogue : dialogues()) {
        shell.hold(dialogue, PROMPT);
      }
      names_are_completed(shell);
      a_report_leaves_the_line_that_is_being_typed(shell);
      a_trace_is_printed(shell);
      what_runs_is_interrupted_and_else_killed(shell);
      the_end_of_its_process_is_not_its_own(shell);
      shell.type("exit\r");
      shell.await("ended with 0");
    }
    Path history = folder.resolve("ostler").resolve("shell-history");
    assertThat(Files.readString(history)).contains("Self.monitor(counter.pid())");
    assertThat(Files.getPosixFilePermissions(history)).hasSize(2);
  }

  @Test
  void attached_says_what_its_page_shows_and_leaves_the_program_alive() throws Exception {
    Process program = shop();
    try (BufferedReader said = program.inputReader()) {
      assertThat(said.readLine()).startsWith("open: ");
      String pid = Long.toString(program.pid());
      try (var shell = PseudoTerminal.of(Main.class, folder, 100, 160, "shell", "--attach", pid)) {
        for (String dialogue : blocks("```\n(ostler 4711> .*?)^```$")) {
          shell.hold(dialogue.replace("4711", pid), PROMPT);
        }
        shell.type("visits.wher\t");
        shell.await("visits.whereis()");
        shell.type("\u0003{ print(\"turns\"); while (true) {} }\r");
        shell.await("\nturns\n");
        shell.type("\u0003");
        shell.await("interrupted; Ctrl-C once more");
        shell.type("\u0003");
        shell.await("has ended: killed\nostler " + pid + ">");
        shell.type("\u0004");
        shell.await("ended with 0");
      }
      try (var shell = PseudoTerminal.of(Main.class, folder, 20, 100, "shell", "--attach")) {
        shell.await("ostler " + pid + ">");
        shell.type("System.exit(0)\r");
        shell.await("ostler: the program has ended");
        shell.await("ended with 1");
      }
      assertThat(folder.resolve("ostler").resolve("shells")).isEmptyDirectory();
    } finally {
      program.destroyForcibly();
    }
  }

  /** The program of the page, in a JVM of its own. */
  private Process shop() throws Exception {
    String imports = "import module java.base;\nimport dev.ostler.*;\n";
    String text = blocks("```java\n(// Shop.java\n.*?)^```$").getFirst();
    Path source = Files.writeString(folder.resolve("Shop.java"), imports + text);
    String classPath = System.getProperty("java.class.path");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", folder.toString(), source.toString());
    assertThat(compiled).isZero();
    var java = new ArrayList<String>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(ServerJvm.OPTIONS);
    java.addAll(List.of("-cp", folder + File.pathSeparator + classPath, "Shop"));
    var builder = new ProcessBuilder(java).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("XDG_STATE_HOME", folder.toString());
    return builder.start();
  }

  private static List<String> dialogues() throws IOException {
    List<String> dialogues = blocks("```\n(ostler> .*?)^```$");
    assertThat(dialogues).hasSizeGreaterThan(4);
    return dialogues;
  }

  /** The blocks of the page that this pattern begins and ends. */
  private static List<String> blocks(String pattern) throws IOException {
    Path page = Path.of("").toAbsolutePath().resolveSibling("docs").resolve("ostler-shell.md");
    return Pattern.compile("(?ms)^" + pattern)
        .matcher(Files.readString(page))
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  private static void names_are_completed(PseudoTerminal shell) throws IOException {
    shell.type("greeter.isAl\t");
    shell.await("ostler> greeter.isAlive()");
    shell.type(" ? 1 : 3000\r");
    shell.await("==> 3000\nostler>");
  }

  private static void a_report_leaves_the_line_that_is_being_typed(PseudoTerminal shell)
      throws IOException {
    try (var signal = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      shell.type(
          "Processes.spawn(\"late\", () -> { new java.net.Socket(\"127.0.0.1\", "
              + signal.getLocalPort()
              + ").getInputStream().read(); IO.println(\"read\"); throw new Exception(\"late\"); })\r");
      try (var _ = signal.accept()) {
        shell.type("6 * ");
        shell.await("ostler> 6 *");
      }
      shell.await(
          """
          read
          <0.1> (late) ended: crash: java.lang.Exception: late
          ostler> 6 *""");
      shell.type("7\r");
      shell.await("==> 42\nostler>");
    }
  }

  private static void a_trace_is_printed(PseudoTerminal shell) throws IOException {
    shell.type("trace(room.pid())\r");
    shell.type("room.get(Map::size)\r");
    shell.await("*DBG* agent got call Get[function=");
    shell.await("*DBG* agent sent 1 to <0.3>");
    shell.type("noTrace(room.pid())\r");
  }

  private static void what_runs_is_interrupted_and_else_killed(PseudoTerminal shell)
      throws IOException {
    shell.type("{ IO.println(\"waits\"); Self.receive(); }\r");
    shell.await("\nwaits\n");
    shell.type("\u0003");
    shell.await("ReceiveInterruptedException: <0.3> (shell) was interrupted");
    shell.type("{ IO.println(\"turns\"); while (true) {} }\r");
    shell.await("\nturns\n");
    shell.type("\u0003");
    shell.await("turns\n^Cinterrupted; Ctrl-C once more");
    shell.type("\u0003");
    shell.await("the shell's process <0.3> has ended: killed");
    shell.type("\"again \" + Self.isProcess()\r");
    shell.await("==> \"again true\"\nostler>");
  }

  private static void the_end_of_its_process_is_not_its_own(PseudoTerminal shell)
      throws IOException {
    shell.type("Self.exit(ExitReason.of(\"tired\"))\r");
    shell.await("the shell's process <0.3> has ended: tired");
    shell.type("\"still \" + Self.isProcess()\r");
    shell.await("==> \"still true\"\nostler>");
  }
}
