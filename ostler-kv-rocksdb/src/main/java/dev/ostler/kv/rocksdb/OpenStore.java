package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Damaged;
import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB with a store's rows. Any thread may use it until it is closed.
 *
 * @param buckets the number of buckets when it was opened
 */
record OpenStore(RocksDB db, Tuning tuning, long buckets) implements AutoCloseable {
  /**
   * Opens the store.
   *
   * @param joins whether RocksDB may compact tables
   */
  static OpenStore of(Path directory, Recovery recovery, boolean joins) throws IOException {
    Tuning tuning = null;
    RocksDB db = null;
    try {
      tuning = joins ? new Tuning(recovery.mode()) : Tuning.unjoined(recovery.mode());
      db = RocksDB.open(tuning.options(), directory.toString());
      recovery.verify(db, directory);
      return new OpenStore(db, tuning, format(db, directory));
    } catch (RocksDBException e) {
      Closing.after(e, db, tuning);
      throw Failures.ofOpening(directory, e);
    } catch (IOException | RuntimeException | Error e) {
      Closing.after(e, db, tuning);
      throw e;
    }
  }

  /** Checks the version of the format; returns the number of buckets. */
  private static long format(RocksDB db, Path directory) throws IOException, RocksDBException {
    byte[] format = db.get(Layout.single(Layout.FORMAT));
    if (format == null) {
      try (RocksIterator rows = db.newIterator()) {
        rows.seekToFirst();
        if (rows.isValid()) {
          throw new Damaged(directory, -1, "it has no row with the version of its format");
        }
        rows.status();
      }
      var batch = new Batch();
      batch.begin(0);
      batch.put(Layout.FORMAT, Layout.VERSION);
      batch.put(Layout.COUNT, 0);
      try (var rows = new WriteBatch(batch.end(0));
          var synced = new WriteOptions().setSync(true)) {
        db.write(synced, rows);
      }
      return 0;
    }
    long version = new RowReader(format, 0).variable();
    if (version > Layout.VERSION) {
      throw new IOException(
          "%s has format %d, and this version of KV knows formats up to %d: it needs a newer KV"
              .formatted(directory, version, Layout.VERSION));
    }
    byte[] count = db.get(Layout.single(Layout.COUNT));
    if (count == null) {
      throw new Damaged(directory, -1, "there is no row with the number of buckets");
    }
    return new RowReader(count, 0).variable();
  }

  @Override
  public void close() throws IOException {
    Closing.all(db, tuning);
  }
}
