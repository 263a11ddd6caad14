package dev.ostler.kv.server.resp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The processor time that this JVM has used. Immutable; any thread may use it.
 *
 * @param system in the operating system, in seconds
 * @param user in its own code, in seconds
 */
record CpuTime(double system, double user) {
  private static final Path STAT = Path.of("/proc/self/stat");
  private static final double TICKS = 100; // per second, on every Linux

  /**
   * The time used so far. Where the system does not tell the two apart, all of it counts as the
   * user's.
   */
  static Optional<CpuTime> now() {
    try {
      String line = Files.readString(STAT);
      // The name in parentheses may contain anything; the state is the first field after it.
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(
          new CpuTime(Long.parseLong(fields[12]) / TICKS, Long.parseLong(fields[11]) / TICKS));
    } catch (IOException | RuntimeException e) {
      return ProcessHandle.current()
          .info()
          .totalCpuDuration()
          .map(Duration::toMillis)
          .map(millis -> new CpuTime(0, millis / 1000.0));
    }
  }
}
