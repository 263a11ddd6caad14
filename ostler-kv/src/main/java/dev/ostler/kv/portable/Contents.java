package dev.ostler.kv.portable;

import java.util.Locale;

/**
 * How much some buckets hold, and a checksum of it. An immutable value.
 *
 * <p>The checksum is a sum of one for each bucket, which is that of its line in an export: equal
 * buckets give equal checksums, in whatever order and in whatever store they are.
 *
 * @param keys of all of them; one that is a value alone has none
 * @param bytes of names, keys and values
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

  /** As in: 2 buckets, 3 keys, 47 bytes, checksum 00000000a1b2c3d4. */
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
