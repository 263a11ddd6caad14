package dev.ostler.kv.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.StoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A store of several tables, of which copies may be damaged. Immutable.
 *
 * @param image its files
 * @param content all that is in it
 */
record DamagedTables(CrashImage image, Map<String, String> content) {
  /** Where a table is damaged, and how. */
  enum Damage {
    HEAD,
    MIDDLE,
    LAST_ROWS,
    FILTER,
    INDEX,
    RANGES,
    PROPERTIES,
    NAMES,
    END,
    HALF,
    NOTHING,
    MISSING;

    /** Whether only some rows cannot be read. */
    boolean leavesMost() {
      return this == HEAD || this == MIDDLE || this == LAST_ROWS;
    }

    /** Whether all rows are there, and only what leads to them is not. */
    boolean keepsRows() {
      return this == FILTER || this == INDEX || this == PROPERTIES || this == NAMES || this == END;
    }
  }

  private static final int BUCKETS = 600;

  /** Each table has buckets of its own, changes of those before, and some that are dropped. */
  static DamagedTables of(Path directory, int tables) throws IOException {
    var writer = new StoreWriter();
    for (int table = 0; table < tables; table++) {
      for (int i = 0; i < BUCKETS; i++) {
        String name = "bucket " + table + " " + i;
        writer.put(name, "k", "v" + i * 7919L).put(name, "l", "w" + i * 104_729L);
      }
      writer.change("text " + table, new Change.Text("text"));
      for (int before = 0; before < table; before++) {
        for (int i = table; i < 200; i += 17) {
          writer.put("bucket " + before + " " + i, "k", "later " + table);
        }
        for (int i = 200 + table; i < 300; i += 17) {
          String name = "bucket " + before + " " + i;
          writer.change(name, new Change.Dropped());
          writer.put(name, "m", "anew " + table);
        }
        writer.change("bucket " + before + " " + (300 + table), new Change.Dropped());
      }
      try (BucketStore store = new RocksEngine().open(directory, false, said -> {})) {
        writer.appendTo(store);
      }
    }
    return new DamagedTables(
        new CrashImage(CrashImage.read(directory), "", new TreeMap<>()), writer.all());
  }

  List<String> tables() {
    return image.files().keySet().stream().filter(name -> name.endsWith(".sst")).toList();
  }

  /** A copy with one table damaged. */
  Path copy(Path parent, String table, Damage damage) throws IOException {
    byte[] bytes = Objects.requireNonNull(image.files().get(table), table);
    var found = Objects.requireNonNull(TableScan.of(written(parent, bytes)));
    int end = (int) found.end();
    int length = bytes.length;
    int properties = new String(bytes, ISO_8859_1).indexOf("rocksdb.", end) - 3;
    int ranges = properties - TableScan.TRAILER - found.ranges().length;
    byte[] damaged =
        switch (damage) {
          case HEAD -> flipped(bytes, 100);
          case MIDDLE -> flipped(bytes, end / 2);
          case LAST_ROWS -> flipped(bytes, end - 100);
          case FILTER -> flipped(bytes, end + 100);
          case INDEX -> flipped(bytes, ranges - TableScan.TRAILER - 20);
          case RANGES -> flipped(bytes, ranges + 20);
          case PROPERTIES -> flipped(bytes, properties + 20);
          case NAMES -> flipped(bytes, length - TableScan.FOOTER - 40);
          case END -> flipped(bytes, length - 5);
          case HALF -> Arrays.copyOf(bytes, length / 2);
          case NOTHING, MISSING -> new byte[0];
        };
    Path copy = image.copy(parent, table, damaged);
    if (damage == Damage.MISSING) {
      Files.delete(copy.resolve(table));
    }
    return copy;
  }

  private static Path written(Path parent, byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(parent, "table", ".sst"), bytes);
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= 4;
    return flipped;
  }
}
