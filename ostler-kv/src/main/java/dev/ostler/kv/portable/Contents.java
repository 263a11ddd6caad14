package dev.ostler.kv.portable;

import java.util.Locale;

/**
 * The number and size of some buckets, and their checksum. An immutable value.
 *
 * <p>The checksum is the sum of the checksums of their lines in an export. So equal buckets have
 * equal checksums, in any order and in any store.
 *
 * @param keys the number of keys; a bucket that is a single value has none
 * @param bytes the bytes of names, keys and values
 */
public record Contents(long buckets, long keys, long bytes, long checksum) {
  static final Contents NONE = new Contents(0, 0, 0, 0);

  Contents plus(Contents more) {
    return new Contents(
        buckets + more.buckets, keys + more.keys, bytes + more.bytes, checksum + more.checksum);
  }

  Contents minus(Contents less) {
    return new Contents(
        buckets - less.buckets, keys - less.keys, bytes - less.bytes, checksum - less.checksum);
  }

  /** For example: 2 buckets, 3 keys, 47 bytes, checksum 00000000a1b2c3d4. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%,d bucket%s, %,d key%s, %,d bytes, checksum %016x",
        buckets,
        buckets == 1 ? "" : "s",
        keys,
        keys == 1 ? "" : "s",
        bytes,
        checksum);
  }
}
