package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import java.util.Arrays;

/**
 * The rows that a store is made of; see {@code docs/design/storage.md}. Pure functions; any thread.
 *
 * <p>The first byte of a row's key says what it is. Where a bucket's name follows, a hash of the
 * name goes before it, so that buckets are in an order that no choice of names spoils.
 */
final class Layout {
  /** The version of all this. Another layout has another number. */
  static final long VERSION = 1;

  /** A bucket: hash, name. Holds its sequence number, kind, deadline and when it wakes. */
  static final char HEAD = 'b';

  /** How many buckets there are. */
  static final char COUNT = 'c';

  /** A bucket that has something to let go: the moment, the name. Holds nothing. */
  static final char WAKE = 'd';

  /** The value that is all of a bucket: hash, name. Holds sequence number and value. */
  static final char TEXT = 'e';

  /** A key of a bucket: hash, length of the name, name, key. Sequence number, deadline, value. */
  static final char FIELD = 'f';

  /** A number larger than those of all changes, see {@link dev.ostler.kv.BucketStore#reserve}. */
  static final char NUMBERS = 'n';

  /** The version of the layout. */
  static final char FORMAT = 'v';

  /** What all rows of one kind and one hash begin with: the kind and the hash, or the moment. */
  static final int PREFIX = 1 + Long.BYTES;

  private static final int KEPT = 0x10;

  private Layout() {}

  /** A hash of a name: FNV-1a, and then the bits mixed as MurmurHash3 ends. Never changes. */
  static long hash(String name) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return hash ^ (hash >>> 33);
  }

  /** Moments in the order of their bytes. */
  static long ordered(long moment) {
    return moment ^ Long.MIN_VALUE;
  }

  // --- Keys of rows, to look for

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

  /** What the keys of the rows of a bucket's keys begin with. */
  static byte[] fields(String bucket) {
    return new RowWriter(PREFIX + 5 + bucket.length())
        .one(FIELD)
        .big(hash(bucket))
        .variable(bucket.length())
        .string(bucket)
        .toArray();
  }

  /** The first row of this kind from this hash or moment on. */
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

  /** The first key behind all that begin with these bytes, not all of which are 255. */
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
          case NONE -> throw new IllegalArgumentException("a bucket that is not there has no head");
          case HASH -> 1;
          case TEXT -> 2;
        };
    to.variable(seq)
        .one(kind | (head.kept() ? KEPT : 0))
        .variable(head.deadline())
        .variable(head.wake());
  }

  /** A bucket's row. */
  record NumberedHead(long seq, Head head) {}

  static NumberedHead head(byte[] value) {
    var row = new RowReader(value, 0);
    long seq = row.variable();
    int flags = row.one();
    Kind kind =
        switch (flags & ~KEPT) {
          case 1 -> Kind.HASH;
          case 2 -> Kind.TEXT;
          default -> throw new IndexOutOfBoundsException("no kind of bucket: " + flags);
        };
    long deadline = row.variable();
    return new NumberedHead(seq, new Head(kind, (flags & KEPT) != 0, deadline, row.variable()));
  }
}
