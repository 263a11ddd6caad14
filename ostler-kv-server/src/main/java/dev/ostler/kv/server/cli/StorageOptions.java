package dev.ostler.kv.server.cli;

import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Sync;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code kv serve} for storage. Used by the main thread. */
final class StorageOptions {
  private static final Path DEFAULT = Path.of("kv-data");

  @Option(
      names = "--memory",
      fallbackValue = "true",
      description = "Keep the data in memory only. It is lost when the server ends.")
  private boolean memory;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The directory of the store, created if it does not exist (default: ./kv-data).")
  private @Nullable Path data;

  @Option(
      names = "--sync",
      paramLabel = "always|everysec|no",
      description =
          "When a change survives a loss of power: before the reply, after at most a second, "
              + "or whenever the operating system writes it (default: everysec).")
  private @Nullable String sync;

  @Option(
      names = "--repair",
      fallbackValue = "true",
      description =
          "Open a damaged store without the parts that cannot be read, and print what is left "
              + "out.")
  private boolean repair;

  @Option(
      names = "--resident-bytes",
      paramLabel = "N",
      description =
          "About how much of the heap buckets may take. Beyond it, buckets that were not used "
              + "lately are removed from memory and stay on disk (default: two fifths of the largest "
              + "heap).")
  private @Nullable Long resident;

  /**
   * The configuration that the options give.
   *
   * @throws IllegalArgumentException if they do not fit together
   */
  KvConfig config() {
    if (memory) {
      String odd =
          data != null
              ? "--data"
              : sync != null
                  ? "--sync"
                  : repair ? "--repair" : resident != null ? "--resident-bytes" : null;
      if (odd != null) {
        throw new IllegalArgumentException(odd + " is for a store on disk, and --memory is given");
      }
      return KvConfig.inMemory();
    }
    Path directory = data == null ? DEFAULT : data;
    ClusterOptions.expectNoNode(directory);
    return resident(KvConfig.durable(directory).sync(when()).repair(repair));
  }

  /**
   * The directory of a node of a store on several nodes.
   *
   * @throws IllegalArgumentException if there are options that are not for nodes
   */
  Path nodeDirectory() {
    if (memory) {
      throw new IllegalArgumentException(
          "--memory cannot be given with --cluster: nodes keep their data on disk");
    }
    if (repair) {
      throw new IllegalArgumentException(
          "--repair cannot be given with --cluster: a node must not leave out what others have");
    }
    if (sync != null && when() != Sync.ALWAYS) {
      throw new IllegalArgumentException(
          "--sync "
              + sync
              + " cannot be given with --cluster: a reply is always sent after a majority of the"
              + " nodes has synced the change");
    }
    return data == null ? DEFAULT : data;
  }

  /** How much of the heap buckets may take, for a store of a node. */
  KvConfig resident(KvConfig config) {
    return resident == null ? config : config.residentBytes(resident);
  }

  private Sync when() {
    String word = sync == null ? "everysec" : sync.toLowerCase(Locale.ROOT);
    return switch (word) {
      case "always" -> Sync.ALWAYS;
      case "everysec" -> Sync.EVERYSEC;
      case "no" -> Sync.NO;
      default ->
          throw new IllegalArgumentException(
              "--sync expects always, everysec or no, and found '" + sync + "'");
    };
  }
}
