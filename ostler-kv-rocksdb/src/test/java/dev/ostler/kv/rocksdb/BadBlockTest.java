package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.StoreWriter;
import dev.ostler.kv.rocksdb.DamagedTables.Damage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A block that cannot be read, in a table that RocksDB joins with others. */
class BadBlockTest {
  /** With one more, RocksDB joins them when the store is opened. */
  private static final int TABLES = 3;

  @TempDir private Path folder;

  /** Counts down when it is logged that tables stay as they are. */
  private static final class Said extends Handler {
    private final CountDownLatch unjoined = new CountDownLatch(1);

    @Override
    public void publish(LogRecord record) {
      if (String.valueOf(record.getMessage()).contains("tables are not compacted")) {
        unjoined.countDown();
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static BucketStore open(Path directory) throws IOException {
    return new RocksEngine().open(directory, false, said -> {});
  }

  private static Map<String, String> readable(BucketStore store, Iterable<String> names) {
    var found = new TreeMap<String, String>();
    for (String name : names) {
      try {
        store.load(name).ifPresent(stored -> found.put(name, "seq " + stored.seq()));
      } catch (IOException e) {
        assertThat(e).isInstanceOf(BucketStore.Damaged.class);
      }
    }
    return found;
  }

  @Test
  @Timeout(300) // seconds: RocksDB joins tables when it likes
  void ends_the_joining_of_tables_and_not_the_writing() throws IOException {
    DamagedTables tables = DamagedTables.of(folder.resolve("whole"), TABLES);
    Path data = tables.copy(folder, tables.tables().getFirst(), Damage.MIDDLE);
    Logger log = Logger.getLogger("dev.ostler.kv");
    var said = new Said();
    log.addHandler(said);
    var writer = new StoreWriter();
    try (BucketStore store = open(data)) {
      writer.put("new", "k", "v").appendTo(store);
    }
    try (BucketStore store = open(data)) {
      Map<String, String> before = readable(store, tables.content().keySet());
      assertThat(before).hasSizeGreaterThan(1000).hasSizeLessThan(tables.content().size());
      for (int i = 0; said.unjoined.getCount() > 0; i++) {
        writer.put("new", "k", "v" + i).appendTo(store);
      }

      writer.put("newer", "k", "v").appendTo(store);
      store.sync();
      assertThat(store.load("newer")).isPresent();
      assertThat(readable(store, tables.content().keySet())).isEqualTo(before);
    } finally {
      log.removeHandler(said);
    }
    try (BucketStore store = open(data)) {
      assertThat(store.load("new").orElseThrow().seq()).isEqualTo(writer.seq("new"));
      assertThat(store.load("newer")).isPresent();
    }
  }
}
