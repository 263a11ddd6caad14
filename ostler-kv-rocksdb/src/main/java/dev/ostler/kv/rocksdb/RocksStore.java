package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Stores buckets as rows of RocksDB, see {@link Layout}. {@link BucketStore} says which thread uses
 * it.
 */
final class RocksStore implements BucketStore {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** The beginning of the message of a failed read. */
  private static final String READING = "cannot read from";

  /**
   * A part of the disk is left free for RocksDB's background work: this part, at most so many
   * bytes.
   */
  private static final long MOST_RESERVE = 64 << 20;

  private static final int RESERVED_PART = 32;

  private final Path directory;
  private final DirectoryLock lock;
  private final long reserve; // bytes

  /** A reader has this lock, so that RocksDB is not closed meanwhile. */
  private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();

  /*
   * When RocksDB has met a full disk, or a damaged block during compaction, it refuses all further
   * writes. The logs have all that it accepted before. So it is opened again before the next write.
   * After a damaged block it is opened without compaction, so that the block is not read. Nothing
   * that failed was written; at most the end of a log has the beginning of it, which is cut.
   */
  private @Nullable OpenStore
      rows; // written under the lock by the appending thread; null between two

  private final ReadOptions anywhere = new ReadOptions().setTotalOrderSeek(true);
  private final ReadOptions withinPrefix = new ReadOptions().setPrefixSameAsStart(true);
  private final DueFloor floor = new DueFloor();

  // Used by the appending thread only.
  private final WriteOptions unsynced = new WriteOptions().setSync(false);
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private boolean stopped; // RocksDB must be opened again
  private boolean joins = true; // RocksDB may compact tables
  private long lastWritten; // RocksDB's sequence number of the last change
  private final Batch batch = new Batch();
  private @Nullable IOException failed;

  // Written by the thread that appends or closes.
  private volatile long size;
  private volatile boolean closed;

  RocksStore(Path directory, DirectoryLock lock, OpenStore rows) {
    this.directory = directory;
    this.lock = lock;
    this.reserve = Math.min(MOST_RESERVE, directory.toFile().getTotalSpace() / RESERVED_PART);
    this.rows = rows;
    this.size = rows.buckets();
    this.lastWritten = rows.db().getLatestSequenceNumber();
  }

  // --- Writing

  @Override
  public void append(List<Write> group) throws IOException {
    append(group, 0);
  }

  /** As {@link #append(List)}; an index of 0 is not stored. */
  @Override
  public void append(List<Write> group, long index) throws IOException {
    check();
    try (var changes = new WriteBatch(rows(group, index))) {
      write(changes, unsynced);
    }
    size = batch.buckets();
    floor.lower(batch.earliest());
  }

  private byte[] rows(List<Write> group, long index) throws IOException {
    long before = size;
    batch.begin(before);
    try {
      for (Write write : group) {
        batch.add(write);
      }
      if (index > 0) {
        batch.put(Layout.APPLIED, index);
      }
      return batch.end(before);
    } catch (ArithmeticException e) {
      failed = new IOException("a group of changes is larger than 2 GiB: it cannot be written", e);
      throw failed;
    }
  }

  /** Writes the batch. Opens RocksDB again first if it has stopped. */
  private void write(WriteBatch changes, WriteOptions how) throws IOException {
    while (true) {
      RocksDB db = writable();
      try {
        db.write(how, changes);
        lastWritten = db.getLatestSequenceNumber();
        return;
      } catch (RocksDBException e) {
        IOException why = Failures.of(directory, "cannot write in", e);
        if (why instanceof Full) {
          stopped = true;
          throw why;
        }
        if (!(why instanceof Damaged && joins)) {
          failed = why;
          throw why;
        }
        stopped = true;
        joins = false;
        LOG.log(
            Level.ERROR,
            "tables are not compacted until the store is opened the next time, because one"
                + " of them cannot be read: "
                + why.getMessage());
      }
    }
  }

  /** The open RocksDB. Opens it again if it has stopped. */
  private RocksDB writable() throws IOException {
    OpenStore now = rows;
    if (now != null && !stopped) {
      return now.db();
    }
    open.writeLock().lock();
    try {
      rows = null;
      if (now != null) {
        now.close();
      }
      var recovery = Recovery.of(directory, false, said -> LOG.log(Level.INFO, said));
      OpenStore again = OpenStore.of(directory, recovery, joins);
      rows = again;
      if (again.db().getLatestSequenceNumber() < lastWritten) {
        throw new IOException("not all that was written in " + directory + " can be read again");
      }
      stopped = false;
      return again.db();
    } catch (Full e) {
      throw e;
    } catch (IOException e) {
      failed = e;
      throw e;
    } finally {
      open.writeLock().unlock();
    }
  }

  @Override
  public void sync() throws IOException {
    check();
    try {
      writable().syncWal();
    } catch (RocksDBException e) {
      throw fail("cannot be sure of what was written in", e);
    }
  }

  @Override
  public void reserve(long number) throws IOException {
    check();
    try (var change = new WriteBatch()) {
      change.put(Layout.single(Layout.NUMBERS), new RowWriter(10).variable(number).toArray());
      write(change, synced);
    } catch (RocksDBException e) {
      throw fail("cannot write in", e);
    }
  }

  @Override
  public long reserved() throws IOException {
    return number(Layout.NUMBERS);
  }

  @Override
  public long applied() throws IOException {
    return number(Layout.APPLIED);
  }

  /** The number in the only row of a kind; 0 if there is none. */
  private long number(char kind) throws IOException {
    return read(
        db -> {
          byte[] row = db.get(anywhere, Layout.single(kind));
          return row == null ? 0L : new RowReader(row, 0).variable();
        });
  }

  /**
   * The disk space that RocksDB still needs: what is only in memory and in a log will become a
   * table, and tables will be compacted.
   */
  @Override
  public long room() throws IOException {
    return usable() - yetToBeTables() - reserve;
  }

  private long usable() throws IOException {
    File disk = directory.toFile(); // a FileStore would look for the mount, which a chroot hides
    long usable = disk.getUsableSpace();
    if (usable == 0 && disk.getTotalSpace() == 0) {
      throw new IOException("cannot read how much room there is on the disk of " + directory);
    }
    return usable;
  }

  /**
   * Turns what is in memory and in the logs into a table, if the disk has room for it. Then the
   * logs are deleted. A log may also end with a group that the disk had no room for; this is cut
   * when RocksDB is opened again. A table is worthwhile if it at least doubles the room, or if more
   * room is needed now. Thus there are few tables.
   */
  @Override
  public void makeRoom(long wanted) throws IOException {
    check();
    long table = logged(); // an empty memtable takes memory, too
    if (usable() < table + margin()) { // the reserve may be used here
      return;
    }
    OpenStore now = rows;
    if (now == null || stopped) {
      try {
        writable();
      } catch (Full e) {
        LOG.log(Level.DEBUG, "there is still no room to open the store again", e);
      }
    } else if (table > margin() && room() < Math.max(table, wanted)) {
      makeTable(now.db());
    }
  }

  private long yetToBeTables() throws IOException {
    open.readLock().lock();
    try {
      OpenStore now = rows;
      if (now != null) {
        return now.db().getLongProperty("rocksdb.cur-size-all-mem-tables");
      }
    } catch (RocksDBException e) {
      throw Failures.of(directory, READING, e);
    } finally {
      open.readLock().unlock();
    }
    return logged();
  }

  /** How many bytes the logs have. */
  private long logged() throws IOException {
    long logs = 0;
    for (Path log : StoreFiles.logs(directory)) {
      logs += Files.size(log);
    }
    return logs;
  }

  /** Half of the reserve; the other half is for RocksDB's background work. */
  @Override
  public long margin() {
    return reserve / 2;
  }

  private void check() throws IOException {
    if (closed) {
      throw closed();
    }
    if (failed != null) {
      throw new IOException("nothing is written any more: " + failed.getMessage(), failed);
    }
  }

  private IOException closed() {
    return new IOException("the store in " + directory + " is closed");
  }

  private IOException fail(String doing, RocksDBException e) {
    IOException failure = Failures.of(directory, doing, e);
    failed = failure;
    return failure;
  }

  @Override
  public void checkpoint(Path to) throws IOException {
    check();
    if (Files.exists(to)) {
      throw new IOException(to + " exists already; a copy needs a new directory");
    }
    Path parent = to.toAbsolutePath().normalize().getParent();
    if (parent != null) {
      mustBeElsewhere(to, parent);
      Files.createDirectories(parent);
    }
    try (var checkpoint = Checkpoint.create(writable())) {
      checkpoint.createCheckpoint(to.toString());
    } catch (RocksDBException e) {
      throw Failures.of(to, "cannot copy the store to", e);
    }
  }

  private void mustBeElsewhere(Path to, Path parent) throws IOException {
    Path existing = parent;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (existing.toRealPath().startsWith(directory.toRealPath())) {
      throw new IOException(
          to
              + " is in the store's own directory, "
              + directory
              + ": choose another directory for the copy");
    }
  }

  /**
   * Closes the store. Contents of the log become a table, so that the next start need not read the
   * log. Even if a step fails, everything is closed, and the directory is unlocked.
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    open.writeLock().lock();
    try {
      closed = true;
      Closing.all(this::flush, anywhere, withinPrefix, unsynced, synced, rows, lock);
    } finally {
      open.writeLock().unlock();
    }
  }

  private void flush() throws IOException {
    OpenStore now = rows;
    if (failed != null) {
      return;
    }
    if (now == null) {
      syncLogs();
      return;
    }
    try {
      now.db().syncWal();
    } catch (RocksDBException e) {
      throw Failures.of(directory, "cannot be sure of what was written in", e);
    }
    if (!stopped) {
      makeTable(now.db());
    }
  }

  /** Writes the memtables to tables, so that the next start need not read the log. It may fail. */
  private void makeTable(RocksDB db) throws IOException {
    // Otherwise it waits while there are 20 tables that RocksDB cannot join, for lack of room.
    try (var waiting = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      db.flush(waiting);
    } catch (RocksDBException e) {
      IOException why = Failures.of(directory, "cannot write in", e);
      if (!(why instanceof Full || why instanceof Damaged)) {
        throw why;
      }
      stopped |= why instanceof Full;
      LOG.log(Level.DEBUG, "the last changes stay in the log", e);
    }
  }

  private void syncLogs() throws IOException {
    for (Path log : StoreFiles.logs(directory)) {
      try (var file = FileChannel.open(log, StandardOpenOption.WRITE)) {
        file.force(true);
      }
    }
  }

  // --- Reading

  /** A read; the store stays open meanwhile. */
  private interface Reading<R> {
    R read(RocksDB db) throws RocksDBException;
  }

  private <R> R read(Reading<R> reading) throws IOException {
    open.readLock().lock();
    try {
      if (closed) {
        throw closed();
      }
      OpenStore now = rows;
      if (now == null) {
        throw new Full("the store in " + directory + " cannot be read until the disk has room");
      }
      return reading.read(now.db());
    } catch (RocksDBException e) {
      throw Failures.of(directory, READING, e);
    } catch (IndexOutOfBoundsException e) {
      var damaged = new Damaged(directory, -1, "a row does not have the format of this version");
      damaged.initCause(e);
      throw damaged;
    } finally {
      open.readLock().unlock();
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Head head(String bucket) throws IOException {
    byte[] key = Layout.ofBucket(Layout.HEAD, bucket);
    return read(
        db -> {
          byte[] value = db.get(anywhere, key);
          return value == null ? Head.NONE : Layout.head(value).head();
        });
  }

  @Override
  public boolean mayHave(String bucket) throws IOException {
    byte[] head = Layout.ofBucket(Layout.HEAD, bucket);
    if (!open.readLock().tryLock()) {
      return true; // it is being opened again: unknown
    }
    try {
      return read(db -> db.keyMayExist(anywhere, head, null));
    } finally {
      open.readLock().unlock();
    }
  }

  @Override
  public Optional<Stored> load(String bucket) throws IOException {
    byte[] head = Layout.ofBucket(Layout.HEAD, bucket);
    return read(
        db -> {
          if (db.get(anywhere, head) == null) { // mostly, a filter answers
            return Optional.<Stored>empty();
          }
          try (RocksIterator rows = db.newIterator(withinPrefix)) { // it sees one moment
            return load(bucket, head, rows);
          }
        });
  }

  private static Optional<Stored> load(String bucket, byte[] headKey, RocksIterator rows)
      throws RocksDBException {
    rows.seek(headKey);
    if (!isAt(rows, headKey)) {
      return Optional.empty();
    }
    var numbered = Layout.head(rows.value());
    Head head = numbered.head();
    var changes = new ArrayList<Change>();
    long seq =
        switch (head.kind()) {
          case NONE -> 0;
          case TEXT -> text(bucket, rows, changes);
          case HASH -> fields(bucket, rows, changes);
        };
    if (head.kept()) {
      changes.add(new Change.Kept());
    }
    if (head.deadline() != 0) {
      changes.add(new Change.Deadline(head.deadline()));
    }
    return Optional.of(new Stored(Math.max(seq, numbered.seq()), changes));
  }

  private static boolean isAt(RocksIterator rows, byte[] key) throws RocksDBException {
    if (!rows.isValid()) {
      rows.status();
      return false;
    }
    return Arrays.equals(rows.key(), key);
  }

  private static long text(String bucket, RocksIterator rows, List<Change> changes)
      throws RocksDBException {
    byte[] key = Layout.ofBucket(Layout.TEXT, bucket);
    rows.seek(key);
    if (!isAt(rows, key)) {
      throw new IndexOutOfBoundsException("no value of " + bucket);
    }
    var row = new RowReader(rows.value(), 0);
    long seq = row.variable();
    changes.add(new Change.Text(row.rest()));
    return seq;
  }

  private static long fields(String bucket, RocksIterator rows, List<Change> changes)
      throws RocksDBException {
    byte[] prefix = Layout.fields(bucket);
    long last = 0;
    for (rows.seek(prefix); rows.isValid(); rows.next()) {
      byte[] key = rows.key();
      if (!Layout.startsWith(key, prefix)) {
        break;
      }
      var row = new RowReader(rows.value(), 0);
      last = Math.max(last, row.variable());
      long deadline = row.variable();
      String name = new RowReader(key, prefix.length).rest();
      changes.add(new Change.Put(name, row.rest()));
      if (deadline != 0) {
        changes.add(new Change.KeyDeadline(name, deadline));
      }
    }
    rows.status();
    return last;
  }

  @Override
  public long scan(long cursor, long count, BiConsumer<String, Head> each) throws IOException {
    var names = new ArrayList<String>();
    var heads = new ArrayList<Head>();
    long next = read(db -> scan(db, cursor, count, names, heads));
    for (int i = 0; i < names.size(); i++) {
      each.accept(names.get(i), heads.get(i));
    }
    return next;
  }

  /** Reads at least so many buckets, and all with the same hash as the last one. */
  private long scan(RocksDB db, long cursor, long count, List<String> names, List<Head> heads)
      throws RocksDBException {
    try (RocksIterator rows = db.newIterator(anywhere)) {
      long last = 0;
      for (rows.seek(Layout.from(Layout.HEAD, cursor)); rows.isValid(); rows.next()) {
        byte[] key = rows.key();
        if (key[0] != Layout.HEAD) {
          return 0;
        }
        var row = new RowReader(key, 1);
        long hash = row.big();
        if (names.size() >= count && hash != last) {
          return hash;
        }
        last = hash;
        names.add(row.rest());
        heads.add(Layout.head(rows.value()).head());
      }
      rows.status();
      return 0;
    }
  }

  @Override
  public List<String> due(long moment, int most) throws IOException {
    return read(
        db -> {
          var names = new ArrayList<String>();
          try (RocksIterator rows = db.newIterator(anywhere)) {
            long end = Layout.ordered(moment);
            for (rows.seek(firstDue()); rows.isValid() && names.size() < most; rows.next()) {
              byte[] key = rows.key();
              var row = new RowReader(key, 1);
              if (key[0] != Layout.WAKE || Long.compareUnsigned(row.big(), end) > 0) {
                break;
              }
              names.add(row.rest());
            }
            rows.status();
          }
          return names;
        });
  }

  @Override
  public long nextDue() throws IOException {
    return read(
        db -> {
          long version = floor.version();
          try (RocksIterator rows = db.newIterator(anywhere)) {
            rows.seek(firstDue());
            if (rows.isValid() && rows.key()[0] == Layout.WAKE) {
              long first = Layout.ordered(new RowReader(rows.key(), 1).big());
              floor.raise(first, version);
              return first;
            }
            rows.status();
            floor.raise(Long.MAX_VALUE, version);
            return 0L;
          }
        });
  }

  private byte[] firstDue() {
    return Layout.from(Layout.WAKE, Layout.ordered(floor.moment()));
  }
}
