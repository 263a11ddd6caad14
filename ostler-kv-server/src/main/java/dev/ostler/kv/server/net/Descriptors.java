package dev.ostler.kv.server.net;

import dev.ostler.kv.KvConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How many clients fit into the limit of open files of this JVM. Some files are reserved: without
 * them the store could not open its next file, and so could not write.
 *
 * <p>Any thread may use it.
 */
public final class Descriptors {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String NAME = "Max open files";

  /** Files reserved for the JVM and the ports. */
  private static final long OWN = 100;

  /** Files reserved in addition for a durable store. */
  private static final long OF_STORE = 600;

  /** Files reserved in addition for the admin endpoint, whose clients are few. */
  private static final long OF_ADMIN = 64;

  private Descriptors() {}

  /** How many files this JVM may have open; empty if that is unknown or unlimited. */
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

  /** How many clients each port of this store can have. */
  public static int clients(KvConfig config) {
    OptionalLong most = most();
    int ports = config.endpoints().size();
    int admin =
        (int) config.endpoints().stream().filter(each -> each.name().equals("admin")).count();
    return most.isEmpty()
        ? Integer.MAX_VALUE
        : clients(
            most.getAsLong() - admin * OF_ADMIN, ports - admin, config.directory().isPresent());
  }

  /**
   * How many clients each port can have.
   *
   * @param files how many files the JVM may have open
   * @param durable whether the store is durable
   */
  public static int clients(long files, int ports, boolean durable) {
    long reserve = OWN + (durable ? OF_STORE : 0);
    long left = Math.max(files - reserve, files / 4); // at least a quarter, for clients
    return Math.clamp(left / Math.max(1, ports), 1, Integer.MAX_VALUE);
  }
}
