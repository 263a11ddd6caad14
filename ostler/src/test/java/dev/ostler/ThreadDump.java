package dev.ostler;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;

/**
 * Prints every thread before a test that takes too long is interrupted: the virtual ones too, which
 * JUnit's own dump leaves out. JUnit finds it by itself, through {@code META-INF/services}.
 */
public final class ThreadDump implements PreInterruptCallback {

  private static final Pattern RUNNER = Pattern.compile("^ +at org\\.(junit|apache\\.maven)\\.");

  /** A test may have started a million processes; the first will do. */
  private static final int LONGEST = 3_000;

  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext test)
      throws IOException {
    Path folder = Files.createTempDirectory("threads");
    Path file = folder.resolve("dump.txt");
    var diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    diagnostics.dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
    System.out.println(test.getDisplayName() + " took too long; all threads:");
    try (var lines = Files.lines(file)) {
      lines
          .filter(line -> !RUNNER.matcher(line).find())
          .limit(LONGEST)
          .forEach(System.out::println);
    }
    Files.delete(file);
    Files.delete(folder);
  }
}
