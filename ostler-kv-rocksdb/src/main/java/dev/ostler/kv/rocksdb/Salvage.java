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
 * Copies those buckets of a damaged store that can be read as a whole into a new one. One thread at
 * a time.
 *
 * <p>A bucket of which one row cannot be read is left out: what would be left of it was never what
 * somebody wrote. A bucket is read as a server reads it, so that no other bucket's row is in the
 * way. Its name may be in a part that cannot be read: so names are taken from the rows of keys and
 * values, too, and from each table by itself.
 */
final class Salvage {
  /** So many buckets that are left out are named; with more, it is said how many. */
  private static final int NAMED = 100;

  private final RocksDB from;
  private final RocksDB to;
  private final List<Dropping> droppings;
  private final Consumer<String> report;
  private final ReadOptions anywhere = Repair.anywhere();
  private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
  private final Set<String> leftOut = new HashSet<>();
  private boolean unnamed; // whether there may be buckets whose names cannot be read
  private long copied;
  private long numbers; // the last one that was reserved, as far as that can be read
  private long counted; // how many there were; 0 if that is not known

  private Salvage(RocksDB from, RocksDB to, List<Dropping> droppings, Consumer<String> report) {
    this.from = from;
    this.to = to;
    this.droppings = droppings;
    this.report = report;
  }

  /**
   * A table of which it is not known which ranges of older rows it deletes.
   *
   * @param table its name
   * @param smallest of its keys
   * @param largest of its keys
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Dropping(String table, byte[] smallest, byte[] largest) {
    boolean mayHaveDropped(byte[] key) {
      return Arrays.compareUnsigned(smallest, key) <= 0
          && Arrays.compareUnsigned(key, largest) <= 0;
    }
  }

  /**
   * What came of it.
   *
   * @param kept so many buckets
   * @param leftOut so many that are known by their names
   * @param unnamed whether there may be others
   * @param counted how many there were, as the store last knew; 0 if that cannot be read
   */
  record Kept(long kept, long leftOut, boolean unnamed, long counted) {
    boolean isNothing() {
      return kept == 0 && (leftOut > 0 || unnamed || counted > 0);
    }

    @Override
    public String toString() {
      long more = Math.max(0, counted - kept - leftOut);
      String others =
          !unnamed || (counted > 0 && more == 0)
              ? ""
              : counted == 0
                  ? ", besides some whose names cannot be read"
                  : ", and about %d more whose names cannot be read".formatted(more);
      return "%d buckets were kept, %d left out%s".formatted(kept, leftOut, others);
    }
  }

  /**
   * Makes a new store of what can be read.
   *
   * @param tables all of the damaged store's
   * @param lost how many of these are empty in place of others
   * @param droppings those that may delete more than can be read
   * @param repaired an empty directory
   */
  static Kept copy(
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
        Kept kept = salvage.copy(tables);
        db.flush(waiting);
        return kept;
      } finally {
        salvage.anywhere.close();
        salvage.unlogged.close();
      }
    }
  }

  private Kept copy(List<Path> tables) throws RocksDBException {
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
    return new Kept(copied, leftOut.size(), unnamed, counted);
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
      default -> throw new IllegalArgumentException("an iterator of another kind: " + rows);
    };
  }

  private static byte[] value(AbstractRocksIterator<?> rows) {
    return switch (rows) {
      case RocksIterator it -> it.value();
      case org.rocksdb.SstFileReaderIterator it -> it.value();
      default -> throw new IllegalArgumentException("an iterator of another kind: " + rows);
    };
  }

  // --- Names

  /**
   * Copies the buckets whose names are in these rows.
   *
   * @param last whether a head that cannot be read here is not looked for elsewhere
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
        if (row == Layout.FIELD) { // its other keys say nothing new
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

  /** Whether the rows have ended, and are not just unreadable here. */
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
   * A place from which rows of this kind can be read again, behind one from which they cannot; null
   * if there is none. What cannot be read is a range of hashes: its end is looked for in steps that
   * grow slowly, so that little of what can be read is passed over, and then between the last two.
   */
  private static byte @Nullable [] readable(AbstractRocksIterator<?> rows, char row, byte[] at)
      throws RocksDBException {
    long bad = at.length < Layout.PREFIX ? 0 : new RowReader(at, 1).big();
    long good = bad;
    for (long step = 1; ; step += step / 4 + 1) {
      good = bad + step;
      if (Long.compareUnsigned(good, bad) <= 0) {
        return null; // behind the last hash
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

  /** Copies the bucket of this name, if there is one; once. */
  private void bucket(String name) throws RocksDBException {
    byte[] headKey = Layout.ofBucket(Layout.HEAD, name);
    if (leftOut.contains(name)
        || (to.keyMayExist(headKey, null) && to.get(anywhere, headKey) != null)) {
      return;
    }
    try (var rows = new WriteBatch()) {
      byte[] headValue = from.get(anywhere, headKey);
      if (headValue == null) {
        return; // it was there once
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
   * Reads no block behind the last of its rows, nor one that a filter knows to have none of them.
   *
   * <p>If a bucket is dropped and made anew, its head has a later number than the rows it had: so
   * none that is as late as the head was dropped.
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
            "it may have been dropped before it was written anew: " + each.table() + " would say");
      }
    }
  }
}
