package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The bits of {@linkplain Stored stored} values, from the most significant of the first byte on.
 * Pure functions; any thread may use them.
 *
 * <p>A long value is a string, which gives its bytes only as a copy. So it is read in blocks.
 */
final class Bits {
  private static final int BLOCK = 64 * 1024;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bits() {}

  /** The byte at this index, 0 to 255; 0 behind the end, and of no value. */
  static int octet(@Nullable Object value, long index) {
    if (value == null || index >= Stored.length(value)) {
      return 0;
    }
    return value instanceof byte[] bytes
        ? bytes[(int) index] & 0xff
        : ((String) value).charAt((int) index);
  }

  /**
   * The bytes of a value from an index on, in a block of this size, which are followed by zeros.
   */
  static byte[] block(Object value, int from, byte[] room) {
    int count = Math.clamp((long) Stored.length(value) - from, 0, room.length);
    if (value instanceof byte[] bytes) {
      System.arraycopy(bytes, Math.min(from, bytes.length), room, 0, count);
    } else if (count > 0) {
      Bytes.copy((String) value, from, from + count, room);
    }
    Arrays.fill(room, count, room.length, (byte) 0);
    return room;
  }

  private static byte[] room(int length) {
    int words = (Math.min(length, BLOCK) + Long.BYTES - 1) / Long.BYTES;
    return new byte[Math.max(1, words) * Long.BYTES];
  }

  // --- To count and to find

  /** How many bits are set from the first to the last. */
  static long count(Object value, long first, long last) {
    int from = (int) (first >> 3);
    int to = (int) (last >> 3);
    byte[] room = room(to + 1 - from);
    long count = 0;
    for (int at = from; at <= to; at += room.length) {
      byte[] block = block(value, at, room);
      int end = Math.min(room.length, to + 1 - at);
      Arrays.fill(block, end, block.length, (byte) 0);
      for (int i = 0; i < end; i += Long.BYTES) {
        count += Long.bitCount((long) LONGS.get(block, i));
      }
    }
    int before = 0xff << (8 - (first & 7)) & 0xff; // bits of the first byte that do not count
    int behind = (1 << (7 - (last & 7))) - 1; // bits of the last byte
    return count
        - Integer.bitCount(octet(value, from) & before)
        - Integer.bitCount(octet(value, to) & behind);
  }

  /** The first bit with this value from the first to the last; -1 if there is none. */
  static long find(Object value, boolean bit, long first, long last) {
    int from = (int) (first >> 3);
    byte[] room = room((int) (last >> 3) + 1 - from);
    long before = first & 7; // bits of the first byte that do not count
    for (long at = from; at <= last >> 3; at += room.length) {
      byte[] block = block(value, (int) at, room);
      for (int i = 0; i < block.length; i += Long.BYTES) {
        long word = (long) LONGS.get(block, i);
        long found = (bit ? word : ~word) & (-1L >>> before);
        before = 0;
        if (found != 0) {
          long place = ((at + i) << 3) + Long.numberOfLeadingZeros(found);
          return place <= last ? place : -1;
        }
      }
    }
    return -1;
  }

  // --- To combine

  /** What BITOP does with the bits at the same place of several values. */
  enum Operation {
    AND,
    OR,
    XOR,
    NOT,
    /** In the first value, and in none of the others. */
    DIFF,
    /** In any of the others, and not in the first. */
    DIFF1,
    /** In the first value, and in any of the others. */
    ANDOR,
    /** In exactly one of the values. */
    ONE;

    /** The operation of this name; null if there is none. */
    static @Nullable Operation of(String name) {
      for (Operation each : values()) {
        if (each.name().equals(name.toUpperCase(Locale.ROOT))) {
          return each;
        }
      }
      return null;
    }

    /** Whether the first value is not like the others, so that there must be others. */
    boolean hasOthers() {
      return this == DIFF || this == DIFF1 || this == ANDOR;
    }
  }

  /** A part of the result: which bits are in the first value, and what is known of all so far. */
  private static final class Part {
    final byte[] first;
    final byte[] result;
    final byte[] next;
    final byte[] twice; // bits that more than one value has

    Part(int length) {
      first = room(length);
      result = room(length);
      next = room(length);
      twice = room(length);
    }
  }

  /**
   * Combines values into bytes as many as the longest has. Shorter ones are followed by zeros.
   *
   * @param values at least one; null is an empty one
   */
  static byte[] combined(Operation operation, List<? extends @Nullable Object> values, int length) {
    byte[] all = new byte[length];
    var part = new Part(length);
    for (int at = 0; at < length; at += BLOCK) {
      combine(operation, values, at, part);
      System.arraycopy(part.result, 0, all, at, Math.min(BLOCK, length - at));
    }
    return all;
  }

  private static void combine(
      Operation operation, List<? extends @Nullable Object> values, int at, Part part) {
    read(values.getFirst(), at, part.first);
    boolean apart = operation.hasOthers(); // the first value is added last
    if (apart) {
      Arrays.fill(part.result, (byte) 0);
    } else {
      System.arraycopy(part.first, 0, part.result, 0, part.first.length);
    }
    Arrays.fill(part.twice, (byte) 0);
    for (int i = 1; i < values.size(); i++) {
      read(values.get(i), at, part.next);
      add(operation, part);
    }
    finish(operation, part);
  }

  private static void read(@Nullable Object value, int at, byte[] room) {
    if (value == null) {
      Arrays.fill(room, (byte) 0);
    } else {
      var _ = block(value, at, room);
    }
  }

  private static void add(Operation operation, Part part) {
    switch (operation) {
      case AND -> and(part.result, part.next);
      case OR, DIFF, DIFF1, ANDOR -> or(part.result, part.next);
      case XOR -> xor(part.result, part.next);
      case NOT -> throw new IllegalArgumentException("NOT is of one value");
      case ONE -> {
        addCommon(part.twice, part.result, part.next);
        or(part.result, part.next);
      }
    }
  }

  private static void finish(Operation operation, Part part) {
    switch (operation) {
      case AND, OR, XOR -> {}
      case NOT -> not(part.result);
      case DIFF -> {
        not(part.result);
        and(part.result, part.first);
      }
      case DIFF1 -> {
        not(part.first);
        and(part.result, part.first);
      }
      case ANDOR -> and(part.result, part.first);
      case ONE -> {
        not(part.twice);
        and(part.result, part.twice);
      }
    }
  }

  // The JVM makes vector instructions of these loops.

  private static void and(byte[] all, byte[] more) {
    for (int i = 0; i < all.length; i++) {
      all[i] &= more[i];
    }
  }

  private static void or(byte[] all, byte[] more) {
    for (int i = 0; i < all.length; i++) {
      all[i] |= more[i];
    }
  }

  private static void xor(byte[] all, byte[] more) {
    for (int i = 0; i < all.length; i++) {
      all[i] ^= more[i];
    }
  }

  private static void not(byte[] all) {
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) ~all[i];
    }
  }

  /** Adds the bits that both have. */
  private static void addCommon(byte[] all, byte[] one, byte[] other) {
    for (int i = 0; i < all.length; i++) {
      all[i] |= (byte) (one[i] & other[i]);
    }
  }
}
