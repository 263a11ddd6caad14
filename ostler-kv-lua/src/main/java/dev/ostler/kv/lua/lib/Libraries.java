package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;

/**
 * The libraries of Lua 5.1 in one machine, and those that Redis adds. Used by one thread at a time.
 */
public final class Libraries {
  private final Lua lua;
  private final JsonSettings json = new JsonSettings();

  /** Adds all libraries to a new machine. */
  public Libraries(Lua lua) {
    this.lua = lua;
    BaseLibrary.addTo(lua);
    StringLibrary.addTo(lua);
    TableLibrary.addTo(lua);
    MathLibrary.addTo(lua);
    CoroutineLibrary.addTo(lua);
    OsLibrary.addTo(lua);
    BitLibrary.addTo(lua);
    JsonLibrary.addTo(lua, json);
    MessagePackLibrary.addTo(lua);
    StructLibrary.addTo(lua);
  }

  /** Makes all that is global read-only, once everything is there. */
  public void protect() {
    LuaTable globals = lua.globals();
    for (int cursor = globals.next(0); cursor != 0; cursor = globals.next(cursor)) {
      if (globals.value(cursor) instanceof LuaTable library) {
        protect(library);
      }
    }
    LuaTable ofStrings = lua.metatable("");
    if (ofStrings != null) {
      protect(ofStrings);
    }
  }

  private static void protect(LuaTable table) {
    table.readOnly(true);
    LuaTable metatable = table.metatable();
    if (metatable != null) {
      metatable.readOnly(true);
    }
  }

  /** Sets back what a script may have chosen. */
  public void reset() {
    json.reset();
  }
}
