package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaTable;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Reads values of MessagePack from a text. Used by the thread that runs the script. It is not
 * recursive: a script chooses how deep its values are.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class MessagePackReader {
  /** A list or map whose values are being read. */
  private static final class Level {
    private final LuaTable table;
    private final boolean isMap;
    private long left; // values to read, keys included
    private int count;
    private @Nullable Object key;
    private boolean hasKey;

    private Level(LuaTable table, boolean isMap, long left) {
      this.table = table;
      this.isMap = isMap;
      this.left = left;
    }
  }

  private final Lua lua;
  private final String text;
  private int at;
  private final ArrayDeque<Level> levels = new ArrayDeque<>();
  private boolean opened; // the last value was the beginning of a list or map

  MessagePackReader(Lua lua, String text, int from) {
    this.lua = lua;
    this.text = text;
    this.at = from;
  }

  boolean hasMore() {
    return at < text.length();
  }

  int place() {
    return at;
  }

  /** Reads one value, with all that is in it. */
  @Nullable Object read() {
    @Nullable Object value = one();
    while (true) {
      while (!opened) {
        Level level = levels.peek();
        if (level == null) {
          return value;
        }
        put(level, value);
        if (level.left > 0) {
          break;
        }
        value = levels.pop().table;
      }
      Level level = levels.peek();
      if (level != null && level.left == 0) { // an empty one
        value = levels.pop().table;
        opened = false;
        continue;
      }
      value = one();
    }
  }

  private void put(Level level, @Nullable Object value) {
    level.left--;
    if (!level.isMap) {
      level.table.put(++level.count, value);
    } else if (!level.hasKey) {
      level.key = value;
      level.hasKey = true;
    } else {
      level.table.put(level.key, value);
      level.hasKey = false;
    }
  }

  private @Nullable Object one() {
    lua.meter().work(1);
    opened = false;
    int type = (int) bits(1);
    if (type <= 0x7F) {
      return (double) type;
    }
    if (type >= 0xE0) {
      return (double) (byte) type;
    }
    if (type <= 0x8F) {
      return open(true, type & 15);
    }
    if (type <= 0x9F) {
      return open(false, type & 15);
    }
    if (type <= 0xBF) {
      return string(type & 31);
    }
    return switch (type) {
      case 0xC0 -> null;
      case 0xC2 -> false;
      case 0xC3 -> true;
      case 0xC4, 0xD9 -> string(bits(1));
      case 0xC5, 0xDA -> string(bits(2));
      case 0xC6, 0xDB -> string(bits(4));
      case 0xCA -> (double) Float.intBitsToFloat((int) bits(4));
      case 0xCB -> Double.longBitsToDouble(bits(8));
      case 0xCC -> (double) bits(1);
      case 0xCD -> (double) bits(2);
      case 0xCE -> (double) bits(4);
      case 0xCF -> unsigned(bits(8));
      case 0xD0 -> (double) (byte) bits(1);
      case 0xD1 -> (double) (short) bits(2);
      case 0xD2 -> (double) (int) bits(4);
      case 0xD3 -> (double) bits(8);
      case 0xDC -> open(false, bits(2));
      case 0xDD -> open(false, bits(4));
      case 0xDE -> open(true, bits(2));
      case 0xDF -> open(true, bits(4));
      default -> throw lua.error("Bad data format in input.");
    };
  }

  private static Double unsigned(long bits) {
    return bits >= 0 ? (double) bits : (double) (bits >>> 1 | bits & 1) * 2;
  }

  private @Nullable Object open(boolean isMap, long count) {
    levels.push(new Level(lua.table(), isMap, isMap ? 2 * count : count));
    lua.meter().allocate(48);
    opened = true;
    return null;
  }

  private LuaError missing() {
    return lua.error("Missing bytes in input.");
  }

  private long bits(int count) {
    if (text.length() - at < count) {
      throw missing();
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << Byte.SIZE | text.charAt(at++);
    }
    return value;
  }

  private String string(long length) {
    if (text.length() - at < length) {
      throw missing();
    }
    lua.meter().allocateString(length);
    String part = text.substring(at, at + (int) length);
    at += (int) length;
    return part;
  }
}
