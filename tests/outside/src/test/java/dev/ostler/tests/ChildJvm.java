package dev.ostler.tests;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a program of the tests in a JVM of its own. Its processes run on the same scheduler as those
 * of this JVM: the library's own, or the JDK's.
 */
final class ChildJvm {
  private ChildJvm() {}

  /**
   * Starts the program. What it reports as an error is seen among the errors of this JVM.
   *
   * @param options of the JVM
   */
  static Process start(Class<?> program, List<String> options, String... arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:+UseCompactObjectHeaders"));
    if (Thread.class.getModule().isOpen("java.lang", ChildJvm.class.getModule())) {
      command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    }
    command.addAll(options);
    command.addAll(List.of("-cp", path(), program.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  /**
   * Runs the program to its end.
   *
   * @param options of the JVM
   * @return what it printed, as lines
   */
  static List<String> run(Class<?> program, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    Process process = start(program, options, arguments);
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
