package dev.ostler.kv.rocksdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Bytes that grow at their end, and the ways numbers and byte strings are written there. One thread
 * at a time.
 */
final class RowWriter {
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Larger than this, an array is not kept for the next group. */
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
   * Makes it longer.
   *
   * @throws ArithmeticException if no array is as long as that
   */
  private int room(int more) {
    int at = length;
    int needed = Math.addExact(at, more);
    if (needed > bytes.length) {
      if (needed > LONGEST) {
        throw new ArithmeticException("no array has " + needed + " bytes");
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

  /** Eight bytes, so that the order of unsigned numbers is that of the bytes. */
  RowWriter big(long value) {
    int at = room(Long.BYTES);
    BIG.set(bytes, at, value);
    return this;
  }

  /** Seven bits a byte, the lowest first, the highest bit set in all but the last byte. */
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

  /** How many bytes {@link #variable} takes. */
  static int size(long value) {
    return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
  }

  /** The bytes of a byte string, and no length. */
  @SuppressWarnings("deprecation") // of each char it takes the low byte, which is all there is
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

  /** Four bytes, the lowest first. */
  RowWriter little(int value) {
    int at = room(Integer.BYTES);
    littleAt(at, value);
    return this;
  }

  /** Four bytes at a place that was written, the lowest first. */
  void littleAt(int at, int value) {
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
  }

  /** Adds one to the number that the bytes from here to the end are: the first larger prefix. */
  void increment(int from) {
    for (int at = length - 1; at >= from; at--) {
      if (++bytes[at] != 0) {
        return;
      }
    }
    throw new IllegalStateException("no prefix is larger than one of 255s alone");
  }
}
