package dev.ostler.kv.server.resp.command;

import java.util.ArrayList;
import java.util.List;

/**
 * A list of byte strings in Redis's format ziplist, for small lists before 7.0, and small hashes
 * before 2.6.
 *
 * <p>Used once, by one thread. Throws {@link IndexOutOfBoundsException} if the bytes are truncated.
 */
final class ZippedList {
  // total length, offset of the last element, number of elements
  private static final int HEADER = 10;
  private static final int END = 0xff;
  private static final int LONG = 0xfe; // four bytes of length follow

  private final String bytes;
  private int at;

  private ZippedList(String bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The elements of a list. */
  static List<String> ofList(String bytes) {
    var list = new ZippedList(bytes, HEADER);
    var elements = new ArrayList<String>();
    while (list.bytes.charAt(list.at) != END) {
      list.at += list.bytes.charAt(list.at) == LONG ? 5 : 1; // the length of the previous element
      elements.add(list.element());
    }
    return elements;
  }

  /** The fields of a hash, each followed by its value. */
  static List<String> ofMap(String bytes) {
    var map = new ZippedList(bytes, 1);
    var elements = new ArrayList<String>();
    while (map.bytes.charAt(map.at) != END) {
      elements.add(map.string(map.length()));
      int length = map.length();
      int unused = map.bytes.charAt(map.at++);
      elements.add(map.string(length));
      map.at += unused;
    }
    return elements;
  }

  private int length() {
    int first = bytes.charAt(at++);
    return first < LONG ? first : (int) littleEndian(4);
  }

  private String element() {
    int first = bytes.charAt(at++);
    return switch (first >> 6) {
      case 0 -> string(first);
      case 1 -> string((first & 0x3f) << 8 | bytes.charAt(at++));
      case 2 -> string(bigEndian());
      default -> Long.toString(number(first));
    };
  }

  private long number(int first) {
    return switch (first) {
      case 0xc0 -> signed(2);
      case 0xd0 -> signed(4);
      case 0xe0 -> littleEndian(8);
      case 0xf0 -> signed(3);
      case 0xfe -> signed(1);
      default -> {
        if (first < 0xf1 || first > 0xfd) {
          throw new IndexOutOfBoundsException("no such element");
        }
        yield (first & 0xf) - 1;
      }
    };
  }

  private String string(int length) {
    if (length < 0) {
      throw new IndexOutOfBoundsException("no such length");
    }
    String string = bytes.substring(at, at + length);
    at += length;
    return string;
  }

  private int bigEndian() {
    int number = 0;
    for (int i = 0; i < 4; i++) {
      number = number << 8 | bytes.charAt(at++);
    }
    return number;
  }

  private long signed(int count) {
    int unused = Long.SIZE - 8 * count;
    return littleEndian(count) << unused >> unused;
  }

  private long littleEndian(int count) {
    long number = 0;
    for (int i = 0; i < count; i++) {
      number |= (long) bytes.charAt(at++) << (8 * i);
    }
    return number;
  }
}
