package dev.ostler.kv.rocksdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing array of bytes, to which numbers and byte strings are appended. One thread at a time.
 */
final class RowWriter {
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** A larger array is not reused for the next group. */
  private static final int KEPT = 4 << 20;

  private static final int LONGEST = Integer.MAX_VALUE - 16;

  private byte[] bytes;
  private int length;

  RowWriter(int capacity) {
    bytes = new byte[capacity];
  }

  void clear() {
    length = 0;
    if (bytes.length > KEPT) {
      bytes = new byte[KEPT / 4];
    }
  }

  int length() {
    return length;
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, length);
  }

  /**
   * Makes room for more bytes.
   *
   * @throws ArithmeticException if no array is so long
   */
  private int room(int more) {
    int at = length;
    int needed = Math.addExact(at, more);
    if (needed > bytes.length) {
      if (needed > LONGEST) {
        throw new ArithmeticException("an array cannot have " + needed + " bytes");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(LONGEST, needed * 2L));
    }
    length = needed;
    return at;
  }

  RowWriter one(int value) {
    int at = room(1);
    bytes[at] = (byte) value;
    return this;
  }

  /** Appends eight bytes, highest first: the order of bytes is that of unsigned numbers. */
  RowWriter big(long value) {
    int at = room(Long.BYTES);
    BIG.set(bytes, at, value);
    return this;
  }

  /** Appends seven bits a byte, lowest first; the highest bit is set in all but the last byte. */
  RowWriter variable(long value) {
    int at = room(size(value));
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at] = (byte) rest;
    return this;
  }

  /** The number of bytes that {@link #variable} appends. */
  static int size(long value) {
    return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
  }

  /** Appends the bytes of a byte string, without its length. */
  @SuppressWarnings("deprecation") // it copies the low byte of each char, and there is no other
  RowWriter string(String string) {
    int size = string.length();
    int at = room(size);
    string.getBytes(0, size, bytes, at);
    return this;
  }

  RowWriter bytes(byte[] more) {
    int at = room(more.length);
    System.arraycopy(more, 0, bytes, at, more.length);
    return this;
  }

  /** Appends four bytes, lowest first. */
  RowWriter little(int value) {
    int at = room(Integer.BYTES);
    littleAt(at, value);
    return this;
  }

  /** Overwrites four bytes, lowest first. */
  void littleAt(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
  }

  /** Adds one to the bytes from here to the end, as a number: the next larger prefix. */
  void increment(int from) {
    for (int at = length - 1; at >= from; at--) {
      if (++bytes[at] != 0) {
        return;
      }
    }
    throw new IllegalStateException("a prefix of only 255s has no larger one");
  }
}
