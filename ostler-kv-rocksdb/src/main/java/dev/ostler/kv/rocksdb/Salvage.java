package dev.ostler.kv.rocksdb;

import static dev.ostler.kv.rocksdb.Repair.isDamage;

import dev.ostler.kv.rocksdb.Layout.NumberedHead;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractRocksIterator;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.SstFileReader;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Copies the buckets of a damaged store that can be read completely into a new one. Used by one
 * thread at a time.
 *
 * <p>A bucket with an unreadable row is left out: the rest of it would be something that nobody
 * ever wrote. A bucket is read as a server reads it, so that no other bucket's damaged row affects
 * it. Its name may be in a part that cannot be read. So names are also taken from the rows of keys
 * and values, and from each table separately.
 */
final class Salvage {
  /** The report names so many buckets that are left out, and counts the others. */
  private static final int NAMED = 100;

  private final RocksDB from;
  private final RocksDB to;
  private final List<Dropping> droppings;
  private final Consumer<String> report;
  private final ReadOptions anywhere = Repair.anywhere();
  private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
  private final Set<String> leftOut = new HashSet<>();
  private boolean unnamed; // there may be buckets whose names cannot be read
  private long copied;
  private long numbers; // the last reserved number; 0 if it cannot be read
  private long counted; // the number of buckets; 0 if it cannot be read

  private Salvage(RocksDB from, RocksDB to, List<Dropping> droppings, Consumer<String> report) {
    this.from = from;
    this.to = to;
    this.droppings = droppings;
    this.report = report;
  }

  /**
   * A table whose range deletions cannot be read.
   *
   * @param table its name
   * @param smallest its smallest key
   * @param largest its largest key
   */
  @SuppressWarnings("ArrayRecordComponent") // they are not compared
  record Dropping(String table, byte[] smallest, byte[] largest) {
    boolean mayHaveDropped(byte[] key) {
      return Arrays.compareUnsigned(smallest, key) <= 0
          && Arrays.compareUnsigned(key, largest) <= 0;
    }
  }

  /**
   * The result.
   *
   * @param copied how many buckets were copied
   * @param leftOut how many named buckets were left out
   * @param unnamed whether there may be others without a name
   * @param counted how many buckets the store had; 0 if that cannot be read
   */
  record Result(long copied, long leftOut, boolean unnamed, long counted) {
    boolean isNothing() {
      return copied == 0 && (leftOut > 0 || unnamed || counted > 0);
    }

    @Override
    public String toString() {
      long more = Math.max(0, counted - copied - leftOut);
      String others =
          !unnamed || (counted > 0 && more == 0)
              ? ""
              : counted == 0
                  ? ", besides some whose names cannot be read"
                  : ", and about %d more whose names cannot be read".formatted(more);
      return "%d buckets were saved, %d left out%s".formatted(copied, leftOut, others);
    }
  }

  /**
   * Creates a new store of what can be read.
   *
   * @param tables all tables of the damaged store
   * @param lost how many of them are empty replacements
   * @param droppings those with range deletions that cannot be read
   * @param repaired an empty directory
   */
  static Result copy(
      RocksDB damaged,
      List<Path> tables,
      int lost,
      List<Dropping> droppings,
      Path repaired,
      Consumer<String> report)
      throws RocksDBException {
    try (var tuning = new Tuning(Recovery.NONE.mode());
        var db = RocksDB.open(tuning.options(), repaired.toString())) {
      var salvage = new Salvage(damaged, db, droppings, report);
      salvage.unnamed = lost > 0;
      try (var waiting = new FlushOptions().setWaitForFlush(true)) {
        Result result = salvage.copy(tables);
        db.flush(waiting);
        return result;
      } finally {
        salvage.anywhere.close();
        salvage.unlogged.close();
      }
    }
  }

  private Result copy(List<Path> tables) throws RocksDBException {
    try (RocksIterator rows = from.newIterator(anywhere)) {
      names(rows, false);
    }
    for (Path table : tables) {
      try (var tuning = new Tuning(Recovery.NONE.mode());
          var reader = new SstFileReader(tuning.options())) {
        reader.open(table.toString());
        try (var rows = reader.newIterator(anywhere)) {
          count(rows);
          names(rows, true);
        }
      }
    }
    try (var rows = new WriteBatch()) {
      rows.put(Layout.single(Layout.FORMAT), number(Layout.VERSION));
      rows.put(Layout.single(Layout.COUNT), number(copied));
      rows.put(Layout.single(Layout.NUMBERS), number(numbers));
      to.write(unlogged, rows);
    }
    if (leftOut.size() > NAMED) {
      report.accept("%d more buckets were left out".formatted(leftOut.size() - NAMED));
    }
    return new Result(copied, leftOut.size(), unnamed, counted);
  }

  private static byte[] number(long value) {
    return new RowWriter(10).variable(value).toArray();
  }

  private void count(AbstractRocksIterator<?> rows) {
    byte[] key = Layout.single(Layout.COUNT);
    rows.seek(key);
    if (rows.isValid() && Arrays.equals(key(rows), key)) {
      counted = Math.max(counted, new RowReader(value(rows), 0).variable());
    }
    key = Layout.single(Layout.NUMBERS);
    rows.seek(key);
    if (rows.isValid() && Arrays.equals(key(rows), key)) {
      numbers = Math.max(numbers, new RowReader(value(rows), 0).variable());
    }
  }

  private static byte[] key(AbstractRocksIterator<?> rows) {
    return switch (rows) {
      case RocksIterator it -> it.key();
      case org.rocksdb.SstFileReaderIterator it -> it.key();
      default -> throw new IllegalArgumentException("unknown iterator: " + rows);
    };
  }

  private static byte[] value(AbstractRocksIterator<?> rows) {
    return switch (rows) {
      case RocksIterator it -> it.value();
      case org.rocksdb.SstFileReaderIterator it -> it.value();
      default -> throw new IllegalArgumentException("unknown iterator: " + rows);
    };
  }

  // --- Names

  /**
   * Copies the buckets whose names are in these rows.
   *
   * @param last whether this is the last place to search for a damaged head
   */
  private void names(AbstractRocksIterator<?> rows, boolean last) throws RocksDBException {
    for (char row : new char[] {Layout.HEAD, Layout.TEXT, Layout.FIELD}) {
      names(rows, row, last);
    }
  }

  private void names(AbstractRocksIterator<?> rows, char row, boolean last)
      throws RocksDBException {
    byte[] at = Layout.single(row);
    rows.seek(at);
    while (true) {
      if (rows.isValid()) {
        byte[] key = key(rows);
        if (key[0] != row) {
          return;
        }
        at = key;
        String name = name(key);
        bucket(name);
        if (row == Layout.FIELD) { // its other keys have the same name
          at = Layout.after(Layout.fields(name));
          rows.seek(at);
        } else {
          rows.next();
        }
      } else if (isEnd(rows)) {
        return;
      } else {
        unnamed |= last && row == Layout.HEAD;
        byte[] next = readable(rows, row, at);
        if (next == null) {
          return;
        }
        at = next;
        rows.seek(at);
      }
    }
  }

  private static String name(byte[] key) {
    var row = new RowReader(key, Layout.PREFIX);
    return key[0] == Layout.FIELD ? row.string((int) row.variable()) : row.rest();
  }

  /** Whether the rows have ended; false if they are just unreadable here. */
  private static boolean isEnd(AbstractRocksIterator<?> rows) throws RocksDBException {
    try {
      rows.status();
      return true;
    } catch (RocksDBException e) {
      if (!isDamage(e)) {
        throw e;
      }
      return false;
    }
  }

  /**
   * A place after the damage from which rows of this kind can be read again; null if there is none.
   * The damage is a range of hashes. Its end is searched in steps that grow slowly, so that few
   * readable rows are skipped, and then between the last two steps.
   */
  private static byte @Nullable [] readable(AbstractRocksIterator<?> rows, char row, byte[] at)
      throws RocksDBException {
    long bad = at.length < Layout.PREFIX ? 0 : new RowReader(at, 1).big();
    long good = bad;
    for (long step = 1; ; step += step / 4 + 1) {
      good = bad + step;
      if (Long.compareUnsigned(good, bad) <= 0) {
        return null; // after the last hash
      }
      if (canRead(rows, row, good)) {
        break;
      }
      bad = good;
    }
    while (Long.compareUnsigned(good - bad, 1) > 0) {
      long middle = bad + (good - bad) / 2;
      if (canRead(rows, row, middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return Layout.from(row, good);
  }

  private static boolean canRead(AbstractRocksIterator<?> rows, char row, long hash)
      throws RocksDBException {
    rows.seek(Layout.from(row, hash));
    return rows.isValid() || isEnd(rows);
  }

  // --- Buckets

  /** Copies the bucket of this name, if there is one and it was not copied before. */
  private void bucket(String name) throws RocksDBException {
    byte[] headKey = Layout.ofBucket(Layout.HEAD, name);
    if (leftOut.contains(name)
        || (to.keyMayExist(headKey, null) && to.get(anywhere, headKey) != null)) {
      return;
    }
    try (var rows = new WriteBatch()) {
      byte[] headValue = from.get(anywhere, headKey);
      if (headValue == null) {
        return; // it was copied before
      }
      rows.put(headKey, headValue);
      NumberedHead head = Layout.head(headValue);
      switch (head.head().kind()) {
        case NONE -> {}
        case TEXT -> text(name, rows);
        case HASH -> fields(name, head.seq(), rows);
      }
      long wake = head.head().wake();
      if (wake != 0) {
        rows.put(Layout.wake(wake, name), number(0));
      }
      to.write(unlogged, rows);
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
    leftOut.add(name);
    if (leftOut.size() <= NAMED) {
      report.accept("bucket '%s' was left out: %s".formatted(name, why.getMessage()));
    }
  }

  private void text(String name, WriteBatch rows) throws RocksDBException {
    byte[] key = Layout.ofBucket(Layout.TEXT, name);
    byte[] value = from.get(anywhere, key);
    if (value == null) {
      throw new IndexOutOfBoundsException("its value is missing");
    }
    rows.put(key, value);
  }

  /**
   * Copies the rows of a bucket's keys. Reads no block after the last of them, and no block that a
   * filter excludes.
   *
   * <p>If a bucket was dropped and created again, the number of its head is larger than those of
   * its old rows. So a row whose number is not smaller than the head's was not dropped.
   */
  private void fields(String name, long head, WriteBatch rows) throws RocksDBException {
    byte[] prefix = Layout.fields(name);
    try (var end = new Slice(Layout.after(prefix));
        var within = new ReadOptions().setPrefixSameAsStart(true).setIterateUpperBound(end);
        RocksIterator found = from.newIterator(within)) {
      for (found.seek(prefix); found.isValid(); found.next()) {
        byte[] key = found.key();
        if (Layout.startsWith(key, prefix)) {
          byte[] value = found.value();
          if (!droppings.isEmpty() && new RowReader(value, 0).variable() < head) {
            mustBeThere(key);
          }
          rows.put(key, value);
        }
      }
      found.status();
    }
  }

  private void mustBeThere(byte[] key) {
    for (Dropping each : droppings) {
      if (each.mayHaveDropped(key)) {
        throw new IndexOutOfBoundsException(
            "it may have been dropped and created again; "
                + each.table()
                + ", which would tell, is damaged");
      }
    }
  }
}
