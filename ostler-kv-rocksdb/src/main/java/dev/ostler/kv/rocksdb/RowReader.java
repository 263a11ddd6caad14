package dev.ostler.kv.rocksdb;

import java.nio.charset.StandardCharsets;

/**
 * What {@link RowWriter} wrote, piece by piece. One thread at a time.
 *
 * <p>A row that ends too soon is an {@link IndexOutOfBoundsException}: it was not written so.
 */
final class RowReader {
  private final byte[] bytes;
  private int at;

  RowReader(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  int one() {
    return bytes[at++] & 0xFF;
  }

  long big() {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = (value << 8) | one();
    }
    return value;
  }

  long variable() {
    long value = 0;
    int read;
    int shift = 0;
    do {
      read = one();
      value |= (long) (read & 0x7F) << shift;
      shift += 7;
    } while (read > 0x7F);
    return value;
  }

  /** The next bytes, so many of them. */
  String string(int length) {
    var string = new String(bytes, at, length, StandardCharsets.ISO_8859_1);
    at += length;
    return string;
  }

  /** The next bytes go there. */
  void bytes(byte[] to, int from, int count) {
    System.arraycopy(bytes, at, to, from, count);
    at += count;
  }

  /** Where the next byte is. */
  int at() {
    return at;
  }

  /** All that is left. */
  String rest() {
    return string(bytes.length - at);
  }
}
