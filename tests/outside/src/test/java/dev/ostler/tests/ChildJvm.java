package dev.ostler.tests;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

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
    var all = new ArrayList<String>();
    if (Thread.class.getModule().isOpen("java.lang", ChildJvm.class.getModule())) {
      all.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    }
    all.addAll(options);
    return startAsIs(program, all, arguments);
  }

  private static Process startAsIs(Class<?> program, List<String> options, String... arguments)
      throws IOException {
    var all = new ArrayList<String>();
    all.add("-XX:+UseCompactObjectHeaders");
    all.addAll(options);
    all.addAll(List.of("-cp", path(), program.getName()));
    all.addAll(List.of(arguments));
    return java(all);
  }

  private static Process java(List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    command.addAll(arguments);
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
    return said(program.getName(), start(program, options, arguments));
  }

  /** The same, but only the options say which scheduler its processes run on. */
  static List<String> runAsIs(Class<?> program, List<String> options)
      throws IOException, InterruptedException {
    return said(program.getName(), startAsIs(program, options));
  }

  /** Runs an executable jar; only its manifest says which scheduler its processes run on. */
  static List<String> runJar(Path jar) throws IOException, InterruptedException {
    return said(jar.toString(), java(List.of("-jar", jar.toString())));
  }

  private static List<String> said(String program, Process process)
      throws IOException, InterruptedException {
    try (var said = process.inputReader()) {
      List<String> lines = said.lines().toList();
      int status = process.waitFor();
      if (status != 0) {
        throw new AssertionError(program + " ended with " + status + ": " + lines);
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

  /** The class path as the manifest of a jar has it. */
  static String manifestPath() {
    return Arrays.stream(path().split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toUri().toString())
        .collect(Collectors.joining(" "));
  }
}
