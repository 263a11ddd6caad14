package dev.ostler.tests;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a program of the tests in a JVM of its own. */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * Runs the program to its end.
   *
   * @param options of the JVM
   * @return what it printed, as lines
   */
  static List<String> run(Class<?> program, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:+UseCompactObjectHeaders"));
    command.addAll(options);
    command.addAll(List.of("-cp", path(), program.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try (var said = process.inputReader()) {
      List<String> lines = said.lines().toList();
      int status = process.waitFor();
      if (status != 0) {
        throw new AssertionError(program.getName() + " ended with " + status + ": " + lines);
      }
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }

  private static String path() {
    return System.getProperty("java.class.path")
        + System.getProperty("path.separator")
        + System.getProperty("jdk.module.path", "");
  }
}
