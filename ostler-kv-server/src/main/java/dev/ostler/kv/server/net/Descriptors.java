package dev.ostler.kv.server.net;

import dev.ostler.kv.KvConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How many clients there can be with the files and sockets that this process may have open. Some
 * are kept back: without them the store could not open its next file, and could keep nothing.
 *
 * <p>Pure but for what the operating system says; any thread.
 */
public final class Descriptors {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String NAME = "Max open files";

  /** What the JVM and the ports need. */
  private static final long OWN = 100;

  /** What a store needs besides that keeps its buckets. */
  private static final long OF_STORE = 600;

  private Descriptors() {}

  /** How many files this process may have open; empty where that cannot be read, or is no limit. */
  public static OptionalLong most() {
    try (var lines = Files.lines(LIMITS)) {
      return lines
          .filter(line -> line.startsWith(NAME))
          .map(line -> line.substring(NAME.length()).strip().replaceAll("\\s.*", ""))
          .filter(word -> word.matches("[0-9]{1,18}"))
          .mapToLong(Long::parseLong)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** How many clients each of this store's ports can have. */
  public static int clients(KvConfig config) {
    OptionalLong most = most();
    int ports = config.endpoints().size();
    return most.isEmpty()
        ? Integer.MAX_VALUE
        : clients(most.getAsLong(), ports, config.directory().isPresent());
  }

  /**
   * How many clients each of so many ports can have.
   *
   * @param files how many files the process may have open
   * @param kept whether the store keeps its buckets
   */
  public static int clients(long files, int ports, boolean kept) {
    long reserve = OWN + (kept ? OF_STORE : 0);
    long left = Math.max(files - reserve, files / 4); // of very few, most are for the store
    return Math.clamp(left / Math.max(1, ports), 1, Integer.MAX_VALUE);
  }
}
