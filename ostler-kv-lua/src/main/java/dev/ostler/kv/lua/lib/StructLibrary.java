package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The library {@code struct}: values as the bytes of C's structures. */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class StructLibrary {
  private static final int LARGEST = 32; // of an integer, in bytes
  private static final int MOST_RESULTS = 8000;

  private StructLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "struct");
    library.add("pack", StructLibrary::pack);
    library.add("unpack", StructLibrary::unpack);
    library.add("size", StructLibrary::size);
  }

  /** Reads a format. */
  private static final class Format {
    private final Lua lua;
    private final Arguments args;
    private final String text;
    private int at;
    private boolean bigEndian;
    private int align = 1;
    private char option;
    private int size;

    private Format(Lua lua, Arguments args) {
      this.lua = lua;
      this.args = args;
      this.text = args.text(1);
    }

    /** Goes on to the next option; false if there is none. */
    private boolean next() {
      if (at == text.length() || text.charAt(at) == 0) {
        return false;
      }
      lua.meter().work(1);
      option = text.charAt(at++);
      size =
          switch (option) {
            case 'B', 'b', 'x' -> 1;
            case 'H', 'h' -> 2;
            case 'f' -> 4;
            case 'L', 'l', 'T', 'd' -> 8;
            case 'c' -> number(1);
            case 'i', 'I' -> {
              int bytes = number(4);
              if (bytes > LARGEST) {
                throw lua.error(
                    "integral size %d is larger than limit of %d".formatted(bytes, LARGEST));
              }
              yield bytes;
            }
            default -> 0;
          };
      return true;
    }

    private boolean startsWithDigit() {
      return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    private int number(int otherwise) {
      if (!startsWithDigit()) {
        return otherwise;
      }
      int value = 0;
      while (startsWithDigit()) {
        int digit = text.charAt(at++) - '0';
        if (value > Integer.MAX_VALUE / 10 || value * 10 > Integer.MAX_VALUE - digit) {
          throw lua.error("integral size overflow");
        }
        value = value * 10 + digit;
      }
      return value;
    }

    private int padding(int place) {
      if (size == 0 || option == 'c') {
        return 0;
      }
      int to = Math.min(size, align);
      return to - (place & to - 1) & to - 1;
    }

    /** The option is none for a value. */
    private void control() {
      switch (option) {
        case ' ' -> {}
        case '>' -> bigEndian = true;
        case '<' -> bigEndian = false;
        case '!' -> {
          int value = number(8);
          if (value <= 0 || Integer.bitCount(value) != 1) {
            throw lua.error("alignment %d is not a power of 2".formatted(value));
          }
          align = value;
        }
        default -> throw args.wrong(1, "invalid format option '" + option + "'");
      }
    }

    private boolean isInteger() {
      return "bBhHlLTiI".indexOf(option) >= 0;
    }
  }

  private static @Nullable Object[] pack(Lua lua, Arguments args) {
    var format = new Format(lua, args);
    var out = new Text(lua);
    int argument = 2;
    while (format.next()) {
      int padding = format.padding(out.length());
      for (int i = 0; i < padding; i++) {
        out.add((char) 0);
      }
      if (format.isInteger()) {
        integer(out, whole(args.number(argument++)), format);
        continue;
      }
      switch (format.option) {
        case 'x' -> out.add((char) 0);
        case 'f' -> bits(out, Float.floatToIntBits((float) args.number(argument++)), 4, format);
        case 'd' -> bits(out, Double.doubleToLongBits(args.number(argument++)), 8, format);
        case 'c', 's' -> {
          String text = args.text(argument++);
          int length = format.size == 0 ? text.length() : format.size;
          if (text.length() < length) {
            throw args.wrong(argument, "string too short");
          }
          out.add(text.substring(0, length));
          if (format.option == 's') {
            out.add((char) 0);
          }
        }
        default -> format.control();
      }
    }
    return BaseLibrary.one(out.toString());
  }

  private static long whole(double value) {
    return value >= 0x1p63 ? (long) (value - 0x1p63) + Long.MIN_VALUE : (long) value;
  }

  private static void integer(Text out, long value, Format format) {
    bits(out, value, format.size, format);
  }

  private static void bits(Text out, long value, int size, Format format) {
    for (int i = 0; i < size; i++) {
      int place = format.bigEndian ? size - 1 - i : i;
      out.add((char) (place >= Long.BYTES ? 0 : value >>> (place * Byte.SIZE) & 0xFF));
    }
  }

  private static @Nullable Object[] unpack(Lua lua, Arguments args) {
    var format = new Format(lua, args);
    String data = args.text(2);
    double start = args.number(3, 1);
    if (start < 1) {
      throw args.wrong(3, "offset must be 1 or greater");
    }
    long at = (long) start - 1;
    List<@Nullable Object> results = new ArrayList<>();
    while (format.next()) {
      at += format.padding((int) at);
      expectRoom(args, data, at, format.size);
      int place = (int) at;
      long size = format.size;
      if (format.isInteger()) {
        results.add(integer(data, place, format));
      } else {
        switch (format.option) {
          case 'x' -> {}
          case 'f' ->
              results.add((double) Float.intBitsToFloat((int) bits(data, place, 4, format)));
          case 'd' -> results.add(Double.longBitsToDouble(bits(data, place, 8, format)));
          case 'c' -> {
            if (size == 0) {
              if (results.isEmpty() || !(results.getLast() instanceof Double length)) {
                throw lua.error("format 'c0' needs a previous size");
              }
              var _ = results.removeLast();
              size = (long) (double) length;
              expectRoom(args, data, at, size);
            }
            lua.meter().allocateString(size);
            results.add(data.substring(place, place + (int) size));
          }
          case 's' -> {
            int end = data.indexOf(0, place);
            if (end < 0) {
              throw lua.error("unfinished string in data");
            }
            lua.meter().allocateString(end - place);
            results.add(data.substring(place, end));
            size = end - place + 1L;
          }
          default -> format.control();
        }
      }
      at += size;
      if (results.size() >= MOST_RESULTS) {
        throw lua.error("stack overflow (too many results)");
      }
    }
    results.add((double) (at + 1));
    return results.toArray();
  }

  private static void expectRoom(Arguments args, String data, long at, long size) {
    if (size < 0 || size > data.length() || at > data.length() - size) {
      throw args.wrong(2, "data string too short");
    }
  }

  private static long bits(String data, int at, int size, Format format) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      int place = format.bigEndian ? i : size - 1 - i;
      value = value << Byte.SIZE | data.charAt(at + place);
    }
    return value;
  }

  private static Double integer(String data, int at, Format format) {
    long value = bits(data, at, format.size, format);
    boolean signed = Character.isLowerCase(format.option);
    if (!signed) {
      return value >= 0 ? (double) value : (double) (value >>> 1 | value & 1) * 2;
    }
    int unused = Long.SIZE - Math.min(format.size, Long.BYTES) * Byte.SIZE;
    return (double) (format.size == 0 ? 0 : value << unused >> unused);
  }

  private static @Nullable Object[] size(Lua lua, Arguments args) {
    var format = new Format(lua, args);
    long size = 0;
    while (format.next()) {
      size += format.padding((int) size);
      if (format.option == 's') {
        throw args.wrong(1, "option 's' has no fixed size");
      }
      if (format.option == 'c' && format.size == 0) {
        throw args.wrong(1, "option 'c0' has no fixed size");
      }
      if (!format.isInteger() && "xfdc".indexOf(format.option) < 0) {
        format.control();
      }
      size += format.size;
    }
    return BaseLibrary.one((double) size);
  }
}
