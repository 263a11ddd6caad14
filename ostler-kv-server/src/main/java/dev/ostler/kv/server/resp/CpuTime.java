package dev.ostler.kv.server.resp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How long this JVM has kept processors busy.
 *
 * @param system in the operating system, in seconds
 * @param user in its own code, in seconds
 */
record CpuTime(double system, double user) {
  private static final Path STAT = Path.of("/proc/self/stat");
  private static final double TICKS = 100; // in a second, on every Linux

  /** Until now; the two together as the user's where the system does not tell them apart. */
  static Optional<CpuTime> now() {
    try {
      String line = Files.readString(STAT);
      // Behind the name in parentheses, which may hold anything: the state is the third field.
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
