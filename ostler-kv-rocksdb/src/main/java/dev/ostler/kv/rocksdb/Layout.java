package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import java.util.Arrays;

/**
 * The rows of a store, see {@code docs/design/storage.md}. Pure functions; any thread.
 *
 * <p>The first byte of a row's key is its kind. Before a bucket's name comes a hash of the name, so
 * that no choice of names affects the distribution of rows.
 */
final class Layout {
  /** The version of this layout. */
  static final long VERSION = 1;

  /** The index of the last entry of a log that was applied. */
  static final char APPLIED = 'a';

  /** A bucket: hash, name. Its value: sequence number, kind, deadline, next deadline. */
  static final char HEAD = 'b';

  /** The number of buckets. */
  static final char COUNT = 'c';

  /** A bucket with a deadline: the moment, the name. Its value is empty. */
  static final char WAKE = 'd';

  /**
   * The value of a bucket that is a single value: hash, name. Its value: sequence number, value.
   */
  static final char TEXT = 'e';

  /**
   * A key of a bucket: hash, length of the name, name, key. Its value: sequence number, deadline,
   * value.
   */
  static final char FIELD = 'f';

  /** A number larger than that of any change, see {@link dev.ostler.kv.BucketStore#reserve}. */
  static final char NUMBERS = 'n';

  /** The version of the layout. */
  static final char FORMAT = 'v';

  /** The length of the common prefix of rows of one kind and one hash or moment. */
  static final int PREFIX = 1 + Long.BYTES;

  private static final int KEPT = 0x10;

  private Layout() {}

  /** The hash of a name: FNV-1a, and then the final mix of MurmurHash3. It must never change. */
  static long hash(String name) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return hash ^ (hash >>> 33);
  }

  /** A moment as bytes, which sort as moments do. */
  static long ordered(long moment) {
    return moment ^ Long.MIN_VALUE;
  }

  // --- Keys of rows

  static byte[] single(char row) {
    return new byte[] {(byte) row};
  }

  static byte[] ofBucket(char row, String bucket) {
    return new RowWriter(PREFIX + bucket.length())
        .one(row)
        .big(hash(bucket))
        .string(bucket)
        .toArray();
  }

  /** The prefix of the rows of a bucket's keys. */
  static byte[] fields(String bucket) {
    return new RowWriter(PREFIX + 5 + bucket.length())
        .one(FIELD)
        .big(hash(bucket))
        .variable(bucket.length())
        .string(bucket)
        .toArray();
  }

  /** The smallest row of this kind with this hash or moment, or a larger one. */
  static byte[] from(char row, long number) {
    return new RowWriter(PREFIX).one(row).big(number).toArray();
  }

  static byte[] wake(long moment, String bucket) {
    return new RowWriter(PREFIX + bucket.length())
        .one(WAKE)
        .big(ordered(moment))
        .string(bucket)
        .toArray();
  }

  /** The smallest key after all with this prefix, not all bytes of which are 255. */
  static byte[] after(byte[] prefix) {
    int length = prefix.length;
    while (prefix[length - 1] == (byte) 0xFF) {
      length--;
    }
    byte[] after = Arrays.copyOf(prefix, length);
    after[length - 1]++;
    return after;
  }

  static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  // --- Values of rows

  static int headSize(long seq, Head head) {
    return RowWriter.size(seq) + 1 + RowWriter.size(head.deadline()) + RowWriter.size(head.wake());
  }

  static void head(RowWriter to, long seq, Head head) {
    int kind =
        switch (head.kind()) {
          case NONE ->
              throw new IllegalArgumentException("a bucket that does not exist has no head");
          case HASH -> 1;
          case TEXT -> 2;
        };
    to.variable(seq)
        .one(kind | (head.kept() ? KEPT : 0))
        .variable(head.deadline())
        .variable(head.wake());
  }

  /** The value of a bucket's row. */
  record NumberedHead(long seq, Head head) {}

  static NumberedHead head(byte[] value) {
    var row = new RowReader(value, 0);
    long seq = row.variable();
    int flags = row.one();
    Kind kind =
        switch (flags & ~KEPT) {
          case 1 -> Kind.HASH;
          case 2 -> Kind.TEXT;
          default -> throw new IndexOutOfBoundsException("unknown kind of bucket: " + flags);
        };
    long deadline = row.variable();
    return new NumberedHead(seq, new Head(kind, (flags & KEPT) != 0, deadline, row.variable()));
  }
}
