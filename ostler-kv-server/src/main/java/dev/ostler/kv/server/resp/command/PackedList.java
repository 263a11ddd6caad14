package dev.ostler.kv.server.resp.command;

/**
 * A list of byte strings in Redis 7's format listpack.
 *
 * <p>Used once, by one thread. Throws {@link IndexOutOfBoundsException} if the bytes are truncated.
 */
final class PackedList {
  private static final int HEADER = 6; // total length, and number of elements
  private static final int END = 0xff;

  private final String bytes;
  private int at = HEADER;

  PackedList(String bytes) {
    this.bytes = bytes;
  }

  boolean hasNext() {
    return bytes.charAt(at) != END;
  }

  String next() {
    int begin = at;
    int first = bytes.charAt(at++);
    String element;
    if (first < 0x80) {
      element = Integer.toString(first);
    } else if (first < 0xc0) {
      element = string(first & 0x3f);
    } else if (first < 0xe0) {
      element = Long.toString(signed(((first & 0x1fL) << 8) | bytes.charAt(at++), 13));
    } else if (first < 0xf0) {
      element = string(((first & 0xf) << 8) | bytes.charAt(at++));
    } else {
      element = large(first);
    }
    int length = at - begin;
    at +=
        length <= 127 ? 1 : length < 16383 ? 2 : length < 2097151 ? 3 : length < 268435455 ? 4 : 5;
    return element;
  }

  private String large(int first) {
    return switch (first) {
      case 0xf0 -> string((int) number(4));
      case 0xf1 -> Long.toString(signed(number(2), 16));
      case 0xf2 -> Long.toString(signed(number(3), 24));
      case 0xf3 -> Long.toString(signed(number(4), 32));
      case 0xf4 -> Long.toString(number(8));
      case END -> throw new IndexOutOfBoundsException("a field without a value");
      default -> throw new IndexOutOfBoundsException("no such element");
    };
  }

  private String string(int length) {
    String string = bytes.substring(at, at + length);
    at += length;
    return string;
  }

  private long number(int count) {
    long number = 0;
    for (int i = 0; i < count; i++) {
      number |= (long) bytes.charAt(at++) << (8 * i);
    }
    return number;
  }

  private static long signed(long number, int bits) {
    return (number << (Long.SIZE - bits)) >> (Long.SIZE - bits);
  }
}
