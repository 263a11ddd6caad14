package dev.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.cli.PseudoTerminal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ostler shell} as a person uses it: in a JVM of its own, on a pseudo-terminal. */
class DialogueTest {
  private static final Pattern PROMPT = Pattern.compile("(ostler| +\\.\\.\\.)> ");

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

  private static List<String> dialogues() throws IOException {
    Path page = Path.of("").toAbsolutePath().resolveSibling("docs").resolve("ostler-shell.md");
    List<String> dialogues =
        Pattern.compile("(?ms)^```\n(ostler> .*?)^```$")
            .matcher(Files.readString(page))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();
    assertThat(dialogues).hasSizeGreaterThan(4);
    return dialogues;
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
