package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;

/**
 * A group of changes as rows, in the bytes that RocksDB itself keeps a batch in, and writes to its
 * log: so a group is one call, however many rows it has. One thread at a time.
 */
final class Batch {
  /*
   * RocksDB's batch: a sequence number of eight bytes, which it fills in itself; the number of
   * records in four bytes, the lowest first; the records. A record is a byte that says what it does
   * and its operands, each after its length. What a log of RocksDB holds are these bytes, so they
   * stay as they are while its releases can read each other's logs.
   */
  private static final int DELETE = 0x0;
  private static final int PUT = 0x1;
  private static final int DELETE_RANGE = 0xF;

  private final RowWriter out = new RowWriter(64 << 10);
  private int records;
  private long buckets;
  private long earliest;

  /** Begins anew, with so many buckets. */
  void begin(long bucketsBefore) {
    out.clear();
    out.big(0).one(0).one(0).one(0).one(0);
    records = 0;
    buckets = bucketsBefore;
    earliest = Long.MAX_VALUE;
  }

  /** The whole, with the number of buckets if that is another than it was. */
  byte[] end(long bucketsBefore) {
    if (buckets != bucketsBefore) {
      begin(PUT, 1);
      out.one(Layout.COUNT).variable(RowWriter.size(buckets)).variable(buckets);
    }
    out.littleAt(Long.BYTES, records);
    return out.toArray();
  }

  /** How many buckets there are after it. */
  long buckets() {
    return buckets;
  }

  /** The first moment at which a bucket changed by it wakes; the last there is if none does. */
  long earliest() {
    return earliest;
  }

  void put(char row, long value) {
    begin(PUT, 1);
    out.one(row).variable(RowWriter.size(value)).variable(value);
  }

  /** A record and the length of its first operand. */
  private void begin(int what, int keyLength) {
    records++;
    out.one(what).variable(keyLength);
  }

  void add(Write write) {
    Head before = write.before();
    Head after = write.after();
    String bucket = write.bucket();
    long hash = Layout.hash(bucket);
    boolean sameHead = before == after || before.equals(after);
    if (!after.exists()) {
      if (before.exists()) {
        end(write, hash);
        buckets--;
      }
    } else {
      boolean numbered = rows(write, hash);
      if (!sameHead || !numbered) {
        begin(PUT, Layout.PREFIX + bucket.length());
        out.one(Layout.HEAD).big(hash).string(bucket);
        Layout.head(out.variable(Layout.headSize(write.seq(), after)), write.seq(), after);
      }
      buckets += before.exists() ? 0 : 1;
    }
    if (before.wake() != after.wake()) {
      wake(bucket, before.wake(), after.wake());
    }
  }

  /** The rows of keys, or of the text, and whether one of them now has the sequence number. */
  private boolean rows(Write write, long hash) {
    String bucket = write.bucket();
    Kind before = write.before().kind();
    return switch (write.change()) {
      case Change.Put(String key, String value) -> {
        if (before == Kind.TEXT) {
          deleteText(bucket, hash);
        }
        putField(write, hash, key, 0, value);
        yield true;
      }
      case Change.KeyDeadline(String key, long at) -> {
        putField(write, hash, key, at, write.value());
        yield true;
      }
      case Change.Text(String value) -> {
        if (before == Kind.HASH) {
          deleteFields(bucket, hash);
        }
        putText(write, hash, value);
        yield true;
      }
      case Change.Removed(String key) -> {
        if (before == Kind.HASH) {
          deleteField(bucket, hash, key);
        }
        yield false;
      }
      case Change.Deadline _, Change.Kept _ -> false;
      case Change.Dropped _ ->
          throw new IllegalArgumentException("a dropped bucket that is still there: " + bucket);
    };
  }

  /** A bucket goes. What it has been a map of is gone row by row, or goes here as a whole. */
  private void end(Write write, long hash) {
    String bucket = write.bucket();
    begin(DELETE, Layout.PREFIX + bucket.length());
    out.one(Layout.HEAD).big(hash).string(bucket);
    if (write.before().kind() == Kind.TEXT) {
      deleteText(bucket, hash);
    } else if (write.change() instanceof Change.Removed(String key)) {
      deleteField(bucket, hash, key);
    } else {
      deleteFields(bucket, hash);
    }
  }

  private void wake(String bucket, long before, long after) {
    int length = Layout.PREFIX + bucket.length();
    if (before != 0) {
      begin(DELETE, length);
      out.one(Layout.WAKE).big(Layout.ordered(before)).string(bucket);
    }
    if (after != 0) {
      begin(PUT, length);
      out.one(Layout.WAKE).big(Layout.ordered(after)).string(bucket).variable(0);
      earliest = Math.min(earliest, after);
    }
  }

  private void putText(Write write, long hash, String value) {
    begin(PUT, Layout.PREFIX + write.bucket().length());
    out.one(Layout.TEXT).big(hash).string(write.bucket());
    out.variable(RowWriter.size(write.seq()) + value.length());
    out.variable(write.seq()).string(value);
  }

  private void deleteText(String bucket, long hash) {
    begin(DELETE, Layout.PREFIX + bucket.length());
    out.one(Layout.TEXT).big(hash).string(bucket);
  }

  private void putField(Write write, long hash, String key, long deadline, String value) {
    field(PUT, write.bucket(), hash, key);
    long seq = write.seq();
    out.variable(RowWriter.size(seq) + RowWriter.size(deadline) + value.length());
    out.variable(seq).variable(deadline).string(value);
  }

  private void deleteField(String bucket, long hash, String key) {
    field(DELETE, bucket, hash, key);
  }

  private void deleteFields(String bucket, long hash) {
    field(DELETE_RANGE, bucket, hash, "");
    int length = fieldsLength(bucket);
    out.variable(length);
    fields(bucket, hash);
    out.increment(out.length() - length);
  }

  private void field(int what, String bucket, long hash, String key) {
    begin(what, fieldsLength(bucket) + key.length());
    fields(bucket, hash);
    out.string(key);
  }

  private static int fieldsLength(String bucket) {
    return Layout.PREFIX + RowWriter.size(bucket.length()) + bucket.length();
  }

  private void fields(String bucket, long hash) {
    out.one(Layout.FIELD).big(hash).variable(bucket.length()).string(bucket);
  }
}
