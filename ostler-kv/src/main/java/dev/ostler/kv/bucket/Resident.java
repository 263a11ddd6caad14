package dev.ostler.kv.bucket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory the operating system says this JVM takes. Pure but for that; any thread. */
public final class Resident {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String NAME = "VmRSS:";

  private Resident() {}

  /** Its resident set in bytes; empty where that cannot be read off a file. */
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
