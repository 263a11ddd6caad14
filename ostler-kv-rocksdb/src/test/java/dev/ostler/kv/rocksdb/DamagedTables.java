package dev.ostler.kv.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.journal.StoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * A store of several tables, of which copies may be damaged. Immutable.
 *
 * @param image its files
 * @param content all that is in it
 * @param anew buckets that were dropped and made again, by the table that has it
 * @param bounds the first and the last key of each table
 */
record DamagedTables(
    CrashImage image,
    Map<String, String> content,
    Map<String, Integer> anew,
    Map<String, Keys> bounds) {
  /** From one key to another one, both of them included. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Keys(byte[] first, byte[] last) {
    boolean has(byte[] key) {
      return Arrays.compareUnsigned(first, key) <= 0 && Arrays.compareUnsigned(key, last) <= 0;
    }

    boolean touches(byte[] begin, byte[] end) {
      return Arrays.compareUnsigned(begin, last) <= 0 && Arrays.compareUnsigned(first, end) < 0;
    }
  }

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
    TAIL,
    THREE_QUARTERS,
    HALF,
    NOTHING,
    MISSING;

    /** Whether only a block of rows cannot be read. */
    boolean isOfRows() {
      return this == HEAD || this == MIDDLE || this == LAST_ROWS;
    }

    /** Whether the deletions by range are lost. */
    boolean losesRanges() {
      return this == RANGES || this == THREE_QUARTERS || this == HALF;
    }
  }

  private static final int BUCKETS = 600;

  /** Each table has buckets of its own, changes of those before, and some that are dropped. */
  static DamagedTables of(Path directory, int tables) throws IOException {
    var writer = new StoreWriter();
    var anew = new TreeMap<String, Integer>();
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
          anew.put(name, table);
        }
        writer.change("bucket " + before + " " + (300 + table), new Change.Dropped());
      }
      try (BucketStore store = new RocksEngine().open(directory, false, said -> {})) {
        writer.appendTo(store);
      }
    }
    var image = new CrashImage(CrashImage.read(directory), "", new TreeMap<>());
    var bounds = new TreeMap<String, Keys>();
    try (var options = new Options();
        var db = RocksDB.openReadOnly(options, directory.toString())) {
      for (LiveFileMetaData each : db.getLiveFilesMetaData()) {
        bounds.put(
            each.fileName().replace("/", ""), new Keys(each.smallestKey(), each.largestKey()));
      }
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
    return new DamagedTables(image, writer.all(), anew, bounds);
  }

  /** The buckets of which it can be known what they are like, by what was written. */
  Set<String> known(Path parent, String table, Damage damage) throws IOException {
    Keys lost = lost(parent, table, damage);
    int number = tables().indexOf(table);
    var known = new TreeSet<String>();
    for (String name : content.keySet()) {
      boolean isWhole = lost == null || !mayBeIn(lost, name) || isTextBehind(number, name);
      if (isWhole && !(damage.losesRanges() && anew.getOrDefault(name, -1) == number)) {
        known.add(name);
      }
    }
    return known;
  }

  private static boolean mayBeIn(Keys lost, String name) {
    byte[] fields = Layout.fields(name);
    return lost.has(Layout.ofBucket(Layout.HEAD, name))
        || (name.startsWith("text")
            ? lost.has(Layout.ofBucket(Layout.TEXT, name))
            : lost.touches(fields, Layout.after(fields)));
  }

  /** Whether its two rows are in a later table: what was in one before is no matter. */
  private static boolean isTextBehind(int table, String name) {
    return name.startsWith("text") && Integer.parseInt(name.substring(5)) > table;
  }

  /** The keys of which nothing can be known any more; null if there are none. */
  private @Nullable Keys lost(Path parent, String table, Damage damage) throws IOException {
    byte[] bytes = Objects.requireNonNull(image.files().get(table), table);
    Keys all = Objects.requireNonNull(bounds.get(table), table);
    List<TableScan.Block> blocks =
        Objects.requireNonNull(TableScan.of(written(parent, bytes))).rows();
    int end = (int) blocks.getLast().offset() + blocks.getLast().size() + TableScan.TRAILER;
    int from = 0; // the first block that is lost
    int to = blocks.size(); // the first one behind those
    switch (damage) {
      case HEAD, MIDDLE, LAST_ROWS -> {
        int at = damage == Damage.HEAD ? 100 : damage == Damage.MIDDLE ? end / 2 : end - 100;
        while (blocks.get(from).offset() + blocks.get(from).size() + TableScan.TRAILER <= at) {
          from++;
        }
        to = from + 1;
      }
      case THREE_QUARTERS, HALF -> {
        int length = damage == Damage.HALF ? bytes.length / 2 : bytes.length / 4 * 3;
        while (blocks.get(from).offset() + blocks.get(from).size() + TableScan.TRAILER <= length) {
          from++;
        }
      }
      case NOTHING, MISSING -> {}
      default -> {
        return null;
      }
    }
    return new Keys(
        from == 0 ? all.first : next(user(blocks.get(from - 1).last())),
        to == blocks.size() ? all.last : user(blocks.get(to).first()));
  }

  private static byte[] user(byte @Nullable [] key) {
    byte[] there = Objects.requireNonNull(key);
    return Arrays.copyOf(there, there.length - TableScan.NUMBER);
  }

  /** The next key that there can be. */
  private static byte[] next(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
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
    int ranges = properties - TableScan.TRAILER - Objects.requireNonNull(found.ranges()).length;
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
          case TAIL -> Arrays.copyOf(bytes, length - 20);
          case THREE_QUARTERS -> Arrays.copyOf(bytes, length / 4 * 3);
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
