package dev.ostler.kv.server.cli;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/**
 * The options of commands that work on a store that no server has open. Used by the main thread.
 */
final class OfflineOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "kv-data",
      description = "The directory of the store (default: ./kv-data).")
  private Path data = Path.of("kv-data");

  Path data() {
    return data;
  }

  /**
   * Opens an existing store.
   *
   * @throws KvException.NotReadable if there is none, or it cannot be opened, for example because a
   *     server has it open
   */
  BucketStore openExisting() {
    try (Stream<Path> files = Files.isDirectory(data) ? Files.list(data) : Stream.of()) {
      if (files.findAny().isEmpty()) {
        throw new KvException.NotReadable(
            "no store in " + data, new IOException("expected a directory with one"));
      }
    } catch (IOException e) {
      throw new KvException.NotReadable("the store in " + data + " cannot be opened", e);
    }
    try {
      return Engines.open(data, null, false);
    } catch (KvException.NotReadable e) {
      // the text that storage engines use
      if (!String.valueOf(e.getMessage()).contains(" is in use by ")) {
        throw e;
      }
      throw new KvException.NotReadable(
          e,
          "(If a server has it open: kv backup DIR copies it, kv export --data DIR reads the copy.)");
    }
  }

  /**
   * Opens the store, and creates it if there is none.
   *
   * @throws KvException.NotReadable if it cannot be opened, for example because a server has it
   *     open
   */
  BucketStore openOrMake() {
    return Engines.open(data, null, false);
  }
}
