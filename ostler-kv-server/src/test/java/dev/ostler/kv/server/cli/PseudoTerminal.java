package dev.ostler.kv.server.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.server.ServerJvm;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.utils.ScreenTerminal;

/**
 * A program as a person uses it: in a JVM of its own, on a pseudo-terminal that script(1) makes,
 * with a screen. When it has ended, the screen says so: "ended with", and the exit code.
 */
public final class PseudoTerminal implements AutoCloseable {
  private static final Path SCRIPT = Path.of("/usr/bin/script");

  private final Process script;
  private final Writer keys;
  private final ScreenTerminal screen;

  private PseudoTerminal(Process script, int rows, int columns) {
    this.script = script;
    this.keys = script.outputWriter();
    this.screen = new ScreenTerminal(columns, rows);
  }

  /**
   * Starts it; skips the test where there is no script(1).
   *
   * @param folder for its files; also where it keeps its history
   */
  public static PseudoTerminal of(
      Class<?> program, Path folder, int rows, int columns, Object... arguments)
      throws IOException {
    assumeTrue(Files.isExecutable(SCRIPT), "no script, of bsdutils");
    var java = new ArrayList<String>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(ServerJvm.OPTIONS);
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    List.of(arguments).forEach(argument -> java.add(argument.toString()));
    Path start =
        Files.writeString(
            folder.resolve("start"),
            "trap : INT\nstty rows %d cols %d\n'%s'\necho ended with $?\n"
                .formatted(rows, columns, String.join("' '", java)));
    var builder =
        new ProcessBuilder(
            SCRIPT.toString(), "-q", "-c", "sh " + start, folder.resolve("log").toString());
    builder.environment().put("TERM", "xterm-256color");
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("XDG_STATE_HOME", folder.toString());
    Process script = builder.start();
    var terminal = new PseudoTerminal(script, rows, columns);
    Thread.ofVirtual().start(terminal::show);
    return terminal;
  }

  /** Shows on the screen what is said, until its end. */
  private void show() {
    var buffer = new char[8192];
    try (Reader said = new InputStreamReader(script.getInputStream(), StandardCharsets.UTF_8)) {
      for (int count = said.read(buffer); count > 0; count = said.read(buffer)) {
        screen.write(new String(buffer, 0, count));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  public void type(String text) throws IOException {
    keys.write(text);
    keys.flush();
  }

  /**
   * Types the lines of a dialogue that begin with a prompt, and awaits the others, and the prompt
   * after the last one.
   */
  public void hold(String dialogue, Pattern prompt) throws IOException {
    var expected = new StringBuilder();
    String last = "";
    for (String line : dialogue.lines().toList()) {
      Matcher typed = prompt.matcher(line);
      if (typed.lookingAt()) {
        await(expected + typed.group().stripTrailing());
        type(line.substring(typed.end()) + "\r");
        last = typed.group();
      }
      expected.append(line).append('\n');
    }
    await(expected + last);
  }

  /**
   * Waits until the screen has this text. Blanks at the ends of lines do not count, nor which
   * numbers processes have.
   */
  public void await(String text) {
    try {
      while (!shown(screen.toString()).contains(shown(text))) {
        screen.waitDirty();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("never " + text + " in\n" + screen, e);
    }
  }

  private static String shown(String text) {
    return text.replaceAll("(?m) +$", "").replaceAll("<0\\.\\d+>|#Ref<\\d+|#\\d+", "<0.N>");
  }

  /** Ends it, if it has not ended. The reader of what it says ends with it. */
  @Override
  public void close() {
    script.destroyForcibly();
  }
}
