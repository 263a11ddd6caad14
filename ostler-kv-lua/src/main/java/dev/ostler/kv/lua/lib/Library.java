package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Builtin;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import org.jspecify.annotations.Nullable;

/** A table of functions that is being made. Used by the thread that makes a machine. */
final class Library {
  /** Of the name of a chunk in errors. */
  private static final int LONGEST_NAME = 59;

  private final LuaTable table;

  Library(Lua lua, LuaTable table) {
    this.table = table;
  }

  /** A new library, as a global variable of this name. */
  static Library of(Lua lua, String name) {
    LuaTable table = lua.table();
    lua.globals().put(name, table);
    return new Library(lua, table);
  }

  LuaTable table() {
    return table;
  }

  void add(String name, Builtin.Body body) {
    table.put(name, new Builtin(name, body));
  }

  void put(String name, Object value) {
    table.put(name, value);
  }

  /** The number that a text is in this base; null if it is none. */
  static @Nullable Double number(String text, int base) {
    return Numbers.parse(text, base);
  }

  /** How errors show a chunk whose name this is. */
  static String chunkName(String name) {
    if (name.startsWith("=") || name.startsWith("@")) {
      return name.substring(1, Math.min(name.length(), LONGEST_NAME + 1));
    }
    int end = name.indexOf('\n');
    String line = end < 0 ? name : name.substring(0, end);
    int room = LONGEST_NAME - "[string \"...\"]".length();
    boolean cut = end >= 0 || line.length() > room;
    String shown = line.length() > room ? line.substring(0, room) : line;
    return "[string \"" + shown + (cut ? "..." : "") + "\"]";
  }
}
