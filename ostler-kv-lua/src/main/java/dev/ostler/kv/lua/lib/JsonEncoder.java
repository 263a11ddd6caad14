package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Writes a value of Lua as JSON. Used once, by the thread that runs the script. It is not
 * recursive: a script chooses how deep its tables are.
 */
final class JsonEncoder {
  /** A table that is being written: a list of so many values, or an object. */
  private static final class Level {
    private final LuaTable table;
    private final int last; // -1: an object
    private int cursor;

    private Level(LuaTable table, int last) {
      this.table = table;
      this.last = last;
    }
  }

  private final Lua lua;
  private final JsonSettings settings;
  private final Text out;
  private final ArrayDeque<Level> levels = new ArrayDeque<>();

  JsonEncoder(Lua lua, JsonSettings settings) {
    this.lua = lua;
    this.settings = settings;
    this.out = new Text(lua);
  }

  String encode(@Nullable Object value) {
    write(value);
    while (!levels.isEmpty()) {
      lua.meter().work(1);
      Level level = levels.peek();
      if (level.last >= 0) {
        item(level);
      } else {
        entry(level);
      }
    }
    return out.toString();
  }

  private void item(Level list) {
    if (list.cursor == list.last) {
      out.add(']');
      var _ = levels.pop();
      return;
    }
    if (list.cursor > 0) {
      out.add(',');
    }
    write(list.table.get(++list.cursor));
  }

  private void entry(Level object) {
    int next = object.table.next(object.cursor);
    if (next == 0) {
      out.add('}');
      var _ = levels.pop();
      return;
    }
    if (object.cursor > 0) {
      out.add(',');
    }
    object.cursor = next;
    switch (object.table.key(next)) {
      case Double number -> {
        out.add('"');
        number(number);
        out.add("\":");
      }
      case String text -> {
        string(text);
        out.add(':');
      }
      case Object key -> throw refused(key, "table key must be a number or string");
    }
    write(object.table.value(next));
  }

  private LuaError refused(@Nullable Object value, String why) {
    return lua.error("Cannot serialise " + Lua.typeOf(value) + ": " + why);
  }

  private void write(@Nullable Object value) {
    switch (value) {
      case null -> out.add("null");
      case String text -> string(text);
      case Double number -> number(number);
      case Boolean truth -> out.add(truth.toString());
      case LuaTable table -> begin(table);
      default -> {
        if (value != JsonSettings.NULL) {
          throw refused(value, "type not supported");
        }
        out.add("null");
      }
    }
  }

  private void begin(LuaTable table) {
    if (levels.size() >= settings.encodeMaxDepth()) {
      throw lua.error("Cannot serialise, excessive nesting (" + (levels.size() + 1) + ")");
    }
    int last = lastOf(table);
    out.add(last > 0 ? '[' : '{');
    levels.push(new Level(table, last > 0 ? last : -1));
  }

  /** The highest index of a table that is a list; a smaller number than 1 if it is none. */
  private int lastOf(LuaTable table) {
    double most = 0;
    int items = 0;
    for (int cursor = table.next(0); cursor != 0; cursor = table.next(cursor)) {
      lua.meter().work(1);
      if (!(table.key(cursor) instanceof Double key) || key < 1 || key != Math.floor(key)) {
        return -1;
      }
      most = Math.max(most, key);
      items++;
    }
    int last = (int) most;
    if (settings.isSparse(items, last)) {
      if (!settings.convertsSparse()) {
        throw refused(table, "excessively sparse array");
      }
      return -1;
    }
    return last;
  }

  private void number(double value) {
    if (!Double.isFinite(value)) {
      switch (settings.encodesInvalid()) {
        case REFUSED -> throw refused(value, "must not be NaN or Inf");
        case NULL -> {
          out.add("null");
          return;
        }
        case ALLOWED -> {
          out.add(Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
          return;
        }
      }
    }
    out.add(
        settings.precision() == 14
            ? Numbers.text(value)
            : Numbers.printed(value, 'g', settings.precision(), false));
  }

  private void string(String text) {
    out.add('"');
    int plain = 0; // from here on
    for (int i = 0; i < text.length(); i++) {
      String escaped = escaped(text.charAt(i));
      if (escaped != null) {
        out.add(text.substring(plain, i)).add(escaped);
        plain = i + 1;
      }
    }
    out.add(text.substring(plain)).add('"');
    lua.meter().work(text.length() >> 2);
  }

  private static @Nullable String escaped(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '/' -> "\\/";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c < ' ' || c == 127 ? "\\u%04x".formatted((int) c) : null;
    };
  }
}
