package dev.ostler.junit;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.ostler.Processes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What goes on in the JVM, for a test that hangs: the processes, which may have no thread, and the
 * threads, virtual ones too.
 */
final class HangReport {
  private static final Pattern RUNNER =
      Pattern.compile("^ +at (org\\.(junit|apache\\.maven)|jdk\\.internal|java\\.base/jdk)\\b");

  /** A test may have started a million processes; the first will do. */
  private static final int MOST_PROCESSES = 500;

  private static final int MOST_LINES = 3_000;

  private HangReport() {}

  static String ofEverything() {
    var text = new StringBuilder("processes:\n");
    Processes.list().stream()
        .limit(MOST_PROCESSES)
        .flatMap(pid -> Processes.info(pid).stream())
        .forEach(info -> text.append("  ").append(info).append('\n'));
    text.append("threads:\n");
    try {
      appendThreads(text);
    } catch (IOException | RuntimeException e) {
      text.append("  unknown: ").append(e).append('\n');
    }
    return text.toString();
  }

  private static void appendThreads(StringBuilder text) throws IOException {
    Path folder = Files.createTempDirectory("threads");
    Path file = folder.resolve("dump.txt");
    var diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    diagnostics.dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
    try (Stream<String> lines = Files.lines(file)) {
      lines
          .filter(line -> !RUNNER.matcher(line).find())
          .limit(MOST_LINES)
          .forEach(line -> text.append(line).append('\n'));
    }
    Files.delete(file);
    Files.delete(folder);
  }
}
