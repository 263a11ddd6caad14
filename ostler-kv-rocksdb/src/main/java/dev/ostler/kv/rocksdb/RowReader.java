package dev.ostler.kv.rocksdb;

import java.nio.charset.StandardCharsets;

/**
 * Reads what {@link RowWriter} wrote, piece by piece. Used by one thread at a time.
 *
 * <p>Throws {@link IndexOutOfBoundsException} if the row is too short, because it is damaged.
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

  /** Reads so many bytes. */
  String string(int length) {
    var string = new String(bytes, at, length, StandardCharsets.ISO_8859_1);
    at += length;
    return string;
  }

  /** Copies the next bytes there. */
  void bytes(byte[] to, int from, int count) {
    System.arraycopy(bytes, at, to, from, count);
    at += count;
  }

  /** The offset of the next byte. */
  int at() {
    return at;
  }

  /** Reads all remaining bytes. */
  String rest() {
    return string(bytes.length - at);
  }
}
