package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.StoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/**
 * A store's directory as a killed server leaves it, and what was in the store after each group.
 * Immutable; copies of it may be damaged.
 *
 * @param files by their names
 * @param log the one log
 * @param states what was in the store, by the length that the log then had
 */
record CrashImage(
    Map<String, byte[]> files, String log, NavigableMap<Integer, Map<String, String>> states) {

  /** Of a store with so many bytes in its log, in groups of a few changes. */
  static CrashImage of(Path directory, long seed, int bytes) throws IOException {
    var random = new Random(seed);
    var writer = new StoreWriter();
    var states = new TreeMap<Integer, Map<String, String>>();
    states.put(0, Map.of());
    try (var store = new RocksEngine().open(directory, false, said -> {})) {
      Path log = StoreFiles.logs(directory).getLast();
      states.put((int) Files.size(log), Map.of());
      while (Files.size(log) < bytes) {
        for (int i = random.nextInt(12); i >= 0; i--) {
          writer.any(random);
        }
        if (random.nextInt(20) == 0) {
          writer.put("large", "k", "x".repeat(random.nextInt(5000)));
        }
        writer.appendTo(store);
        states.put((int) Files.size(log), writer.all());
      }
      store.sync();
      return new CrashImage(read(directory), log.getFileName().toString(), states);
    }
  }

  /** The files of a store, but those of a server that has it open. */
  static Map<String, byte[]> read(Path directory) throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (var all = Files.list(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith(DirectoryLock.FILE)) {
          files.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
      }
    }
    return files;
  }

  byte[] logBytes() {
    return files.get(log);
  }

  /** Writes a copy, in which one file has other bytes, into a new directory. */
  Path copy(Path parent, String changed, byte[] bytes) throws IOException {
    Path copy = Files.createTempDirectory(parent, "copy");
    for (var file : files.entrySet()) {
      byte[] content = file.getKey().equals(changed) ? bytes : file.getValue();
      Files.write(copy.resolve(file.getKey()), content);
    }
    return copy;
  }

  /** What a store in this directory has, and what was reported when it was opened. */
  static Opened open(Path directory, boolean repair) throws IOException {
    var reports = new ArrayList<String>();
    try (BucketStore store = new RocksEngine().open(directory, repair, reports::add)) {
      return new Opened(StoreWriter.all(store), reports);
    }
  }

  /** What came of opening. */
  record Opened(Map<String, String> content, List<String> reports) {}
}
