package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;

/**
 * A group of changes as rows, in RocksDB's own format of a batch. So a group is one call, however
 * many rows it has. Used by one thread at a time.
 */
final class Batch {
  /*
   * RocksDB's batch: a sequence number of eight bytes, which RocksDB fills in; the number of
   * records in four bytes, lowest first; the records. A record is a byte for its operation, and its
   * operands, each after its length. RocksDB's logs contain these bytes, so they do not change as
   * long as its releases can read each other's logs.
   */
  private static final int DELETE = 0x0;
  private static final int PUT = 0x1;
  private static final int DELETE_RANGE = 0xF;

  private final RowWriter out = new RowWriter(64 << 10);
  private int records;
  private long buckets;
  private long earliest;

  /** Begins a new batch, in a store with so many buckets. */
  void begin(long bucketsBefore) {
    out.clear();
    out.big(0).one(0).one(0).one(0).one(0);
    records = 0;
    buckets = bucketsBefore;
    earliest = Long.MAX_VALUE;
  }

  /** The complete batch, with the number of buckets if that has changed. */
  byte[] end(long bucketsBefore) {
    if (buckets != bucketsBefore) {
      begin(PUT, 1);
      out.one(Layout.COUNT).variable(RowWriter.size(buckets)).variable(buckets);
    }
    out.littleAt(Long.BYTES, records);
    return out.toArray();
  }

  /** The number of buckets after the batch. */
  long buckets() {
    return buckets;
  }

  /** The earliest deadline of the changed buckets; the largest number if there is none. */
  long earliest() {
    return earliest;
  }

  void put(char row, long value) {
    begin(PUT, 1);
    out.one(row).variable(RowWriter.size(value)).variable(value);
  }

  /** Appends a record's operation and the length of its first operand. */
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

  /** Writes the rows of keys or value; true if one of them has the change's sequence number. */
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
          throw new IllegalArgumentException("a dropped bucket still exists: " + bucket);
    };
  }

  /**
   * Deletes a bucket. The rows of its keys were deleted one by one, or are deleted here as a range.
   */
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
