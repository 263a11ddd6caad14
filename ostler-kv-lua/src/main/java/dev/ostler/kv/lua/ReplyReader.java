package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the reply of a command into values of Lua, as Redis does. Used once, by the thread that
 * runs the script.
 *
 * <p>It is recursive, as deep as replies of the server's commands are.
 */
final class ReplyReader {
  private final Lua lua;
  private final byte[] bytes;
  private int at;

  /** Reads a reply in RESP. */
  ReplyReader(Lua lua, byte[] bytes) {
    this.lua = lua;
    this.bytes = bytes;
  }

  boolean isError() {
    return bytes[0] == '-';
  }

  /** The text of a reply that is an error. */
  String error() {
    at = 1;
    return line();
  }

  @Nullable Object read() {
    lua.meter().work(1);
    char type = (char) bytes[at++];
    return switch (type) {
      case '+' -> tagged("ok", string(line()));
      case '-' -> tagged("err", string(line()));
      case ':' -> (double) Long.parseLong(line());
      case '$' -> bulk();
      case '*', '>' -> array();
      case '%' -> tagged("map", map());
      case '~' -> tagged("set", set());
      case '_' -> {
        var _ = line();
        yield null;
      }
      case '#' -> "t".equals(line());
      case ',' -> tagged("double", real(line()));
      case '(' -> tagged("big_number", string(line()));
      case '=' -> verbatim();
      default -> throw new IllegalStateException("a reply of the type " + type);
    };
  }

  private LuaTable tagged(String name, @Nullable Object value) {
    LuaTable table = lua.table();
    table.put(name, value);
    return table;
  }

  private String line() {
    int end = at;
    while (bytes[end] != '\r') {
      end++;
    }
    String line = text(at, end - at);
    at = end + 2;
    return line;
  }

  private String text(int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  private String string(String text) {
    lua.meter().allocateString(text.length());
    return text;
  }

  private static Double real(String digits) {
    return switch (digits) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.valueOf(digits);
    };
  }

  /** A bulk string; false if there is none. */
  private Object bulk() {
    int length = Integer.parseInt(line());
    if (length < 0) {
      return false;
    }
    lua.meter().allocateString(length);
    String text = text(at, length);
    at += length + 2;
    return text;
  }

  private Object array() {
    int count = Integer.parseInt(line());
    if (count < 0) {
      return false;
    }
    var table = new LuaTable(lua.meter(), count);
    for (int i = 1; i <= count; i++) {
      table.put(i, read());
    }
    return table;
  }

  private LuaTable map() {
    int count = Integer.parseInt(line());
    LuaTable table = lua.table();
    for (int i = 0; i < count; i++) {
      Object key = read();
      Object value = read();
      if (key != null) {
        table.put(key, value);
      }
    }
    return table;
  }

  private LuaTable set() {
    int count = Integer.parseInt(line());
    LuaTable table = lua.table();
    for (int i = 0; i < count; i++) {
      Object key = read();
      if (key != null) {
        table.put(key, true);
      }
    }
    return table;
  }

  private LuaTable verbatim() {
    String text = (String) bulk();
    LuaTable table = lua.table();
    table.put("format", text.substring(0, 3));
    table.put("string", text.substring(4));
    return tagged("verbatim_string", table);
  }
}
