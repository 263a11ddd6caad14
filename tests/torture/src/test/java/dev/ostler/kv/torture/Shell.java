package dev.ostler.kv.torture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;

/** Other programs. Any thread. */
final class Shell {
  private Shell() {}

  /** Runs a program, whose words have no spaces. */
  static void run(String command) throws IOException, InterruptedException {
    run(command.split(" "));
  }

  /** Runs a program. */
  static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", Arrays.asList(command)) + ": " + said);
    }
  }

  /** Whether there is such a program. */
  static boolean has(String program) throws InterruptedException {
    try {
      return new ProcessBuilder("sh", "-c", "command -v " + program)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
