package dev.ostler.kv;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code kv serve} that say where buckets are kept. Used by the main thread. */
final class StorageOptions {
  private static final Path DEFAULT = Path.of("kv-data");

  @Option(
      names = "--memory",
      fallbackValue = "true",
      description = "Keep everything in memory only: it ends with the server.")
  private boolean memory;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The directory everything is kept in; made if missing (default: ./kv-data).")
  private @Nullable Path data;

  @Option(
      names = "--sync",
      paramLabel = "always|everysec|no",
      description = {
        "When changes are sure to outlive a loss of power: before the reply, a second later at most,",
        "or when the system sees fit (default: everysec)."
      })
  private @Nullable String sync;

  @Option(
      names = "--repair",
      fallbackValue = "true",
      description = "Open a damaged store without what cannot be read, and say what that is.")
  private boolean repair;

  @Option(
      names = "--resident-bytes",
      paramLabel = "N",
      description = {
        "How much heap buckets may take, about; beyond that, those not used lately leave memory",
        "(default: two fifths of the largest heap)."
      })
  private @Nullable Long resident;

  /**
   * What the options say.
   *
   * @throws IllegalArgumentException if they do not go together
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
    KvConfig config = KvConfig.durable(data == null ? DEFAULT : data).sync(when()).repair(repair);
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
