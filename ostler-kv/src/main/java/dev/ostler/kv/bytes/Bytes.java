package dev.ostler.kv.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Byte strings: strings whose every char is one byte, 0 to 255. Pure functions; any thread.
 *
 * <p>A store holds bytes. The JVM stores a byte string in as many bytes, caches its hash code, and
 * compares it with vector instructions. The byte string of an ASCII text is the text itself.
 */
public final class Bytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long FACTOR = 0x9E3779B97F4A7C15L;
  private static final long SEED = new SecureRandom().nextLong();
  private static final int LONGEST_NUMBER = 20;

  private Bytes() {}

  /** The byte string of a text in UTF-8; the text itself if it is ASCII. */
  public static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      }
    }
    return text;
  }

  /** The byte string with these bytes. */
  public static String of(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  /** The byte string with these bytes. */
  public static String of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }

  /**
   * A hash code of bytes, another one in each JVM, so that nobody outside knows which bytes have
   * the same. Folds products of 128 bits (Wang Yi's wyhash does).
   */
  public static int hash(byte[] bytes, int offset, int length) {
    long hash = SEED ^ length;
    int at = offset;
    int end = offset + length;
    for (; end - at > Long.BYTES; at += Long.BYTES) {
      hash = folded(hash ^ (long) LONGS.get(bytes, at));
    }
    long last = 0;
    if (length >= Long.BYTES) {
      last = (long) LONGS.get(bytes, end - Long.BYTES);
    } else if (length >= Integer.BYTES) {
      last =
          (long) (int) INTS.get(bytes, offset) << 32 ^ (int) INTS.get(bytes, end - Integer.BYTES);
    } else {
      for (; at < end; at++) {
        last = (last << Byte.SIZE) | (bytes[at] & 0xff);
      }
    }
    hash = folded(hash ^ last);
    return (int) (hash ^ (hash >>> 32));
  }

  private static long folded(long bits) {
    return (bits * FACTOR) ^ Math.unsignedMultiplyHigh(bits, FACTOR);
  }

  /** Decodes the bytes as UTF-8. Invalid bytes become U+FFFD. */
  public static String text(String bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      if (bytes.charAt(i) >= 0x80) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      }
    }
    return bytes;
  }

  /** Copies the bytes into an array. */
  @SuppressWarnings("deprecation") // it copies the low byte of each char, and there is no other
  public static void copy(String bytes, byte[] to, int offset) {
    bytes.getBytes(0, bytes.length(), to, offset);
  }

  /** Copies a part of the bytes to the beginning of an array. */
  @SuppressWarnings("deprecation") // as above
  public static void copy(String bytes, int from, int end, byte[] to) {
    bytes.getBytes(from, end, to, 0);
  }

  /** The bytes in a new array. */
  public static byte[] array(String bytes) {
    return bytes.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Whether the bytes are valid UTF-8. */
  public static boolean isText(String bytes) {
    try {
      var _ =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** Whether an array has the bytes of a byte string. */
  public static boolean equal(byte[] array, String bytes) {
    if (array.length != bytes.length()) {
      return false;
    }
    for (int i = 0; i < array.length; i++) {
      if (array[i] != (byte) bytes.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** How many bytes a number takes in decimal digits, with its sign. */
  public static int length(long number) {
    int length = number < 0 ? 2 : 1;
    for (long rest = number / 10; rest != 0; rest /= 10) {
      length++;
    }
    return length;
  }

  /** Writes a number in decimal digits, which take {@link #length(long)} bytes. */
  public static void copy(long number, byte[] to, int offset, int length) {
    int first = offset;
    if (number < 0) {
      to[first++] = '-';
    }
    long rest = number;
    for (int at = offset + length - 1; at >= first; at--) {
      to[at] = (byte) ('0' + Math.abs(rest % 10));
      rest /= 10;
    }
  }

  /** A number in decimal digits, in a new array. */
  public static byte[] array(long number) {
    byte[] digits = new byte[length(number)];
    copy(number, digits, 0, digits.length);
    return digits;
  }

  /**
   * Parses a decimal number as Redis writes it: no plus, no leading zeros, no blanks. Null if the
   * bytes are not such a number, or it has more than 64 bits.
   */
  public static @Nullable Long number(String bytes) {
    return bytes.length() > LONGEST_NUMBER ? null : number(array(bytes));
  }

  /** As {@link #number(String)}. */
  static @Nullable Long number(byte[] bytes) {
    int length = bytes.length;
    if (length == 0 || length > LONGEST_NUMBER) {
      return null;
    }
    boolean negative = bytes[0] == '-';
    int at = negative ? 1 : 0;
    if (at == length || (bytes[at] == '0' && length > 1)) {
      return null;
    }
    long value = 0; // negative, because the least number has no positive counterpart
    for (; at < length; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9 || value < Long.MIN_VALUE / 10) {
        return null;
      }
      long next = value * 10 - digit;
      if (next > 0) {
        return null;
      }
      value = next;
    }
    if (!negative && value == Long.MIN_VALUE) {
      return null;
    }
    return negative ? value : -value;
  }

  /** Converts ASCII letters to lower case. */
  public static String lower(String bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        var lower = new StringBuilder(bytes);
        for (; i < bytes.length(); i++) {
          char each = lower.charAt(i);
          if (each >= 'A' && each <= 'Z') {
            lower.setCharAt(i, (char) (each + 32));
          }
        }
        return lower.toString();
      }
    }
    return bytes;
  }
}
