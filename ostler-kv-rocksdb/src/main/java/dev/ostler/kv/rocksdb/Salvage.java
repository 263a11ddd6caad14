package dev.ostler.kv.rocksdb;

import dev.ostler.kv.rocksdb.Layout.NumberedHead;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Copies those buckets of a damaged store that can be read as a whole into a new one, which then
 * takes its place. One thread at a time.
 *
 * <p>A bucket of which one row cannot be read is left out: what would be left of it was never what
 * somebody wrote. The files of the damaged store are moved aside and kept.
 */
final class Salvage {
  private static final String REPAIRED = "repaired";
  private static final String DAMAGED = "damaged-";

  private final RocksDB from;
  private final RocksDB to;
  private final Consumer<String> report;
  private final ReadOptions anywhere = new ReadOptions().setTotalOrderSeek(true);
  private final WriteOptions unsynced = new WriteOptions();
  private long copied;
  private long named; // of those left out
  private boolean unnamed; // whether there are others

  private Salvage(RocksDB from, RocksDB to, Consumer<String> report) {
    this.from = from;
    this.to = to;
    this.report = report;
  }

  /** Whether all of a store can be read; reports where not. Takes as long as reading it. */
  static boolean isWhole(RocksDB db, Path directory, Consumer<String> report)
      throws IOException, RocksDBException {
    try {
      db.verifyChecksum();
      return true;
    } catch (RocksDBException e) {
      if (!isDamage(e)) {
        throw e;
      }
      report.accept(String.valueOf(Failures.ofOpening(directory, e).getMessage()));
      return false;
    }
  }

  private static boolean isDamage(RocksDBException e) {
    return e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption;
  }

  /** Makes a new store of what can be read, beside the files of the old one, which stay. */
  static void copy(RocksDB damaged, Path directory, Consumer<String> report)
      throws IOException, RocksDBException {
    Path repaired = directory.resolve(REPAIRED);
    delete(repaired);
    Files.createDirectory(repaired);
    try (var tuning = new Tuning(Recovery.NONE.mode());
        var db = RocksDB.open(tuning.options(), repaired.toString())) {
      new Salvage(damaged, db, report).copy();
      db.syncWal();
    }
  }

  /** Lets the new store take the old one's place. Both are closed. */
  static void swap(Path directory, Consumer<String> report) throws IOException {
    Path aside = aside(directory);
    for (Path file : files(directory)) {
      if (Files.isRegularFile(file) && !file.endsWith(DirectoryLock.FILE)) {
        Files.move(file, aside.resolve(file.getFileName()));
      }
    }
    Path repaired = directory.resolve(REPAIRED);
    for (Path file : files(repaired)) {
      if (!file.endsWith(StoreFiles.CURRENT)) {
        Files.move(file, directory.resolve(file.getFileName()));
      }
    }
    Files.move(repaired.resolve(StoreFiles.CURRENT), directory.resolve(StoreFiles.CURRENT));
    Files.delete(repaired);
    report.accept("the damaged files were moved to " + aside);
  }

  /** Copies what is about to be left out, and then deleted, to where the user may look at it. */
  static void keep(List<Path> logs, Path directory, Consumer<String> report) throws IOException {
    Path aside = aside(directory);
    for (Path log : logs) {
      Path copy = Files.copy(log, aside.resolve(log.getFileName()));
      try (var written = FileChannel.open(copy, StandardOpenOption.WRITE)) {
        written.force(true);
      }
    }
    report.accept("the logs as they were were copied to " + aside);
  }

  private static Path aside(Path directory) throws IOException {
    long number = System.currentTimeMillis();
    while (Files.exists(directory.resolve(DAMAGED + number))) {
      number++;
    }
    return Files.createDirectory(directory.resolve(DAMAGED + number));
  }

  private static Path[] files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toArray(Path[]::new);
    }
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      for (Path file : files(directory)) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }

  private void copy() throws RocksDBException {
    try {
      long next = heads(0);
      while (next != 0) {
        unnamed = true;
        next = heads(next);
      }
      try (var rows = new WriteBatch()) {
        rows.put(Layout.single(Layout.FORMAT), number(Layout.VERSION));
        rows.put(Layout.single(Layout.COUNT), number(copied));
        to.write(unsynced, rows);
      }
      report.accept("%d buckets were kept, %d left out%s".formatted(copied, named, others()));
    } finally {
      anywhere.close();
      unsynced.close();
    }
  }

  private String others() {
    return unnamed ? ", besides some whose names cannot be read" : "";
  }

  private static byte[] number(long value) {
    return new RowWriter(10).variable(value).toArray();
  }

  /** Copies buckets from this hash on; where to go on if some cannot be read, else 0. */
  private long heads(long from) throws RocksDBException {
    long at = from;
    try (RocksIterator heads = this.from.newIterator(anywhere)) {
      for (heads.seek(Layout.from(Layout.HEAD, from)); heads.isValid(); heads.next()) {
        byte[] key = heads.key();
        if (key[0] != Layout.HEAD) {
          return 0;
        }
        at = new RowReader(key, 1).big();
        bucket(key, heads.value());
      }
      heads.status();
      return 0;
    } catch (RocksDBException e) {
      if (!isDamage(e)) {
        throw e;
      }
      return readable(at);
    }
  }

  /** The first hash after this one from which heads can be read again; 0 if there is none. */
  private long readable(long after) throws RocksDBException {
    long step = 1;
    while (step > 0 && Long.compareUnsigned(after + step, after) > 0 && !canRead(after + step)) {
      step <<= 1;
    }
    if (step <= 0 || Long.compareUnsigned(after + step, after) <= 0) {
      return 0;
    }
    long bad = after + step / 2;
    long good = after + step;
    while (good - bad > 1) {
      long middle = bad + (good - bad) / 2;
      if (canRead(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good;
  }

  private boolean canRead(long hash) throws RocksDBException {
    try (RocksIterator heads = from.newIterator(anywhere)) {
      heads.seek(Layout.from(Layout.HEAD, hash));
      heads.status();
      return true;
    } catch (RocksDBException e) {
      if (!isDamage(e)) {
        throw e;
      }
      return false;
    }
  }

  private void bucket(byte[] headKey, byte[] headValue) throws RocksDBException {
    String name = new RowReader(headKey, Layout.PREFIX).rest();
    try (var rows = new WriteBatch();
        RocksIterator found = from.newIterator(anywhere)) {
      NumberedHead head = Layout.head(headValue);
      rows.put(headKey, headValue);
      switch (head.head().kind()) {
        case NONE -> {}
        case TEXT -> text(name, found, rows);
        case HASH -> fields(name, found, rows);
      }
      long wake = head.head().wake();
      if (wake != 0) {
        rows.put(Layout.wake(wake, name), number(0));
      }
      to.write(unsynced, rows);
      copied++;
    } catch (RocksDBException e) {
      if (!isDamage(e)) {
        throw e;
      }
      leaveOut(name, e);
    } catch (IndexOutOfBoundsException e) {
      leaveOut(name, e);
    }
  }

  private void leaveOut(String name, Exception why) {
    named++;
    report.accept("bucket '%s' was left out: %s".formatted(name, why.getMessage()));
  }

  private static void text(String name, RocksIterator found, WriteBatch rows)
      throws RocksDBException {
    byte[] key = Layout.ofBucket(Layout.TEXT, name);
    found.seek(key);
    found.status();
    if (!found.isValid() || !Arrays.equals(found.key(), key)) {
      throw new IndexOutOfBoundsException("its value is missing");
    }
    rows.put(key, found.value());
  }

  private static void fields(String name, RocksIterator found, WriteBatch rows)
      throws RocksDBException {
    byte[] prefix = Layout.fields(name);
    for (found.seek(prefix); found.isValid(); found.next()) {
      byte[] key = found.key();
      if (!Layout.startsWith(key, prefix)) {
        break;
      }
      rows.put(key, found.value());
    }
    found.status();
  }
}
