package dev.ostler.kv.bucket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The resident memory of this JVM, as the operating system reports it. Any thread may use it. */
public final class Resident {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String NAME = "VmRSS:";

  private Resident() {}

  /** The resident set in bytes; empty where there is no {@code /proc}. */
  public static OptionalLong bytes() {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(NAME))
          .map(line -> line.replaceAll("\\D", ""))
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) * 1024)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
