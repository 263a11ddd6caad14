package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Builtin;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaFunction;
import dev.ostler.kv.lua.vm.LuaTable;
import org.jspecify.annotations.Nullable;

/** The global functions of Lua 5.1 that Redis offers to scripts. */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class BaseLibrary {
  private static final Builtin NEXT = new Builtin("next", BaseLibrary::next);
  private static final Builtin IPAIRS_STEP = new Builtin("ipairs", BaseLibrary::ipairsStep);

  private BaseLibrary() {}

  static void addTo(Lua lua) {
    var library = new Library(lua, lua.globals());
    library.put("_VERSION", "Lua 5.1");
    library.put("_G", lua.globals());
    library.put("next", NEXT);
    library.add("assert", BaseLibrary::assertion);
    library.add("collectgarbage", BaseLibrary::collectGarbage);
    library.add("error", BaseLibrary::error);
    library.add("gcinfo", (l, args) -> one(kibibytes(l)));
    library.add("getmetatable", BaseLibrary::metatable);
    library.add("ipairs", (l, args) -> new Object[] {IPAIRS_STEP, args.table(1), 0.0});
    library.add("load", BaseLibrary::load);
    library.add("loadstring", BaseLibrary::loadString);
    library.add("pairs", (l, args) -> new Object[] {NEXT, args.table(1), null});
    library.add("pcall", BaseLibrary::pcall);
    library.add("rawequal", (l, args) -> one(Lua.rawEquals(args.any(1), args.any(2))));
    library.add("rawget", (l, args) -> one(args.table(1).get(args.any(2))));
    library.add("rawset", BaseLibrary::rawset);
    library.add("select", BaseLibrary::select);
    library.add("setmetatable", BaseLibrary::setMetatable);
    library.add("tonumber", BaseLibrary::toNumber);
    library.add("tostring", (l, args) -> one(l.toText(args.any(1))));
    library.add("type", (l, args) -> one(Lua.typeOf(args.any(1))));
    library.add("unpack", BaseLibrary::unpack);
    library.add("xpcall", BaseLibrary::xpcall);
  }

  static @Nullable Object[] one(@Nullable Object value) {
    return new Object[] {value};
  }

  private static @Nullable Object[] next(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    int cursor = table.next(table.cursor(args.get(2)));
    return cursor == 0 ? one(null) : new Object[] {table.key(cursor), table.value(cursor)};
  }

  private static @Nullable Object[] ipairsStep(Lua lua, Arguments args) {
    int place = args.integer(2) + 1;
    Object value = args.table(1).get(place);
    return value == null ? one(null) : new Object[] {(double) place, value};
  }

  private static @Nullable Object[] assertion(Lua lua, Arguments args) {
    var _ = args.any(1);
    if (args.isTrue(1)) {
      return args.all();
    }
    throw lua.error(args.text(2, "assertion failed!"));
  }

  private static double kibibytes(Lua lua) {
    return Math.ceil(lua.meter().reachable() / 1024.0);
  }

  private static @Nullable Object[] collectGarbage(Lua lua, Arguments args) {
    return switch (args.text(1, "collect")) {
      case "count" -> one(lua.meter().reachable() / 1024.0);
      case "collect", "stop", "restart", "step", "setpause", "setstepmul" -> one(0.0);
      default -> throw args.wrong(1, "invalid option '" + args.text(1) + "'");
    };
  }

  private static @Nullable Object[] error(Lua lua, Arguments args) {
    int level = args.integer(2, 1);
    if (args.get(1) instanceof String text && level > 0) {
      throw new LuaError(lua.where(level) + text);
    }
    throw new LuaError(args.get(1));
  }

  private static @Nullable Object[] metatable(Lua lua, Arguments args) {
    Object hidden = lua.metamethod(args.any(1), "__metatable");
    return one(hidden != null ? hidden : lua.metatable(args.get(1)));
  }

  private static @Nullable Object[] setMetatable(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    if (args.count() < 2 || !args.isMissing(2) && !(args.get(2) instanceof LuaTable)) {
      throw args.wrong(2, "nil or table expected");
    }
    if (lua.metamethod(table, "__metatable") != null) {
      throw lua.error("cannot change a protected metatable");
    }
    table.metatable((LuaTable) args.get(2));
    return one(table);
  }

  private static @Nullable Object[] rawset(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    table.put(args.any(2), args.any(3));
    return one(table);
  }

  private static @Nullable Object[] select(Lua lua, Arguments args) {
    if (args.get(1) instanceof String text && text.startsWith("#")) {
      return one((double) (args.count() - 1));
    }
    int from = args.integer(1);
    if (from < 0) {
      from = args.count() + from;
    }
    if (from < 1) {
      throw args.wrong(1, "index out of range");
    }
    return args.from(from + 1);
  }

  private static @Nullable Object[] toNumber(Lua lua, Arguments args) {
    int base = args.integer(2, 10);
    if (base == 10) {
      return one(Lua.toNumber(args.any(1)));
    }
    if (base < 2 || base > 36) {
      throw args.wrong(2, "base out of range");
    }
    return one(Library.number(args.text(1), base));
  }

  private static @Nullable Object[] unpack(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    int from = args.integer(2, 1);
    int to = args.isMissing(3) ? table.length() : args.integer(3);
    if (from > to) {
      return Lua.NONE;
    }
    long count = (long) to - from + 1;
    if (count >= 8000) { // as many as C's stack holds
      throw lua.error("too many results to unpack");
    }
    @Nullable Object[] values = new Object[(int) count];
    for (int i = 0; i < count; i++) {
      values[i] = table.get(from + i);
    }
    lua.meter().work((int) count);
    return values;
  }

  // --- Protected calls

  private static @Nullable Object[] pcall(Lua lua, Arguments args) {
    var _ = args.any(1);
    try {
      return succeeded(lua.call(args.get(1), args.from(2)));
    } catch (LuaError e) {
      return new Object[] {false, textOf(e.value())};
    }
  }

  /** As Redis: of an error that is a table, its text. */
  private static @Nullable Object textOf(@Nullable Object error) {
    return error instanceof LuaTable table && table.get("err") instanceof String text
        ? text
        : error;
  }

  private static @Nullable Object[] xpcall(Lua lua, Arguments args) {
    Object handler = args.any(2);
    try {
      return succeeded(lua.call(args.get(1)));
    } catch (LuaError e) {
      try {
        return new Object[] {false, Lua.first(lua.call(handler, e.value()))};
      } catch (LuaError again) {
        return new Object[] {false, again.value()};
      }
    }
  }

  static @Nullable Object[] succeeded(@Nullable Object[] results) {
    var all = new Object[results.length + 1];
    all[0] = true;
    System.arraycopy(results, 0, all, 1, results.length);
    return all;
  }

  // --- Code

  private static @Nullable Object[] loadString(Lua lua, Arguments args) {
    return load(lua, args.text(1), args.text(2, args.text(1)));
  }

  private static @Nullable Object[] load(Lua lua, Arguments args) {
    LuaFunction reader = args.function(1);
    var text = new StringBuilder();
    while (true) {
      Object part = Lua.first(lua.call(reader));
      if (part == null || "".equals(part)) {
        return load(lua, text.toString(), args.text(2, "=(load)"));
      }
      if (!(part instanceof String more)) {
        throw lua.error("reader function must return a string");
      }
      lua.meter().allocateString((long) text.length() + more.length());
      text.append(more);
    }
  }

  private static @Nullable Object[] load(Lua lua, String text, String name) {
    if (text.startsWith("\033")) {
      return new Object[] {null, "attempt to load a binary chunk"};
    }
    try {
      return one(lua.load(Library.chunkName(name), text));
    } catch (LuaError e) {
      return new Object[] {null, e.value()};
    }
  }
}
