package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaFunction;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.server.script.ScriptLibrary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The functions that the code of a library registers while it runs. Used by the thread that runs
 * it.
 */
final class Registration {
  private static final Set<String> FLAGS =
      Set.of("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys");

  private final Map<String, LuaFunction> bodies = new LinkedHashMap<>();
  private final List<ScriptLibrary.Function> functions = new ArrayList<>();

  List<ScriptLibrary.Function> functions() {
    return List.copyOf(functions);
  }

  /** What a function does; null if there is no such function. */
  @Nullable LuaFunction body(String name) {
    return bodies.get(name);
  }

  /** {@code redis.register_function}. */
  @Nullable Object[] register(Lua lua, Arguments args) {
    switch (args.count()) {
      case 1 -> {
        if (!(args.get(1) instanceof LuaTable named)) {
          throw refused(
              lua,
              "calling redis.register_function with a single argument is only applicable to Lua"
                  + " table (representing named arguments).");
        }
        byNames(lua, named);
      }
      case 2 -> {
        if (!(args.get(2) instanceof LuaFunction body)) {
          throw refused(lua, "second argument to redis.register_function must be a function");
        }
        if (!(args.get(1) instanceof String) && !(args.get(1) instanceof Double)) {
          throw refused(lua, "first argument to redis.register_function must be a string");
        }
        add(lua, args.text(1), body, Optional.empty(), Set.of());
      }
      default -> throw refused(lua, "wrong number of arguments to redis.register_function");
    }
    return Lua.NONE;
  }

  private static LuaError refused(Lua lua, String text) {
    LuaTable error = lua.table();
    error.put("err", "ERR " + text);
    return new LuaError(error);
  }

  private void byNames(Lua lua, LuaTable named) {
    String name = null;
    String description = null;
    LuaFunction body = null;
    Set<String> flags = Set.of();
    for (int cursor = named.next(0); cursor != 0; cursor = named.next(cursor)) {
      Object value = named.value(cursor);
      switch (named.key(cursor) instanceof String key ? key : "") {
        case "function_name" -> name = text(lua, value, "function_name");
        case "description" -> description = text(lua, value, "description");
        case "callback" -> {
          if (!(value instanceof LuaFunction given)) {
            throw refused(
                lua, "callback argument given to redis.register_function must be a function");
          }
          body = given;
        }
        case "flags" -> flags = flags(lua, value);
        default -> throw refused(lua, "unknown argument given to redis.register_function");
      }
    }
    if (name == null) {
      throw refused(lua, "redis.register_function must get a function name argument");
    }
    if (body == null) {
      throw refused(lua, "redis.register_function must get a callback argument");
    }
    add(lua, name, body, Optional.ofNullable(description), flags);
  }

  private static String text(Lua lua, Object value, String argument) {
    if (value instanceof String || value instanceof Double) {
      return lua.toText(value);
    }
    throw refused(lua, argument + " argument given to redis.register_function must be a string");
  }

  private static Set<String> flags(Lua lua, Object value) {
    if (!(value instanceof LuaTable list)) {
      throw refused(
          lua,
          "flags argument to redis.register_function must be a table representing function flags");
    }
    var flags = new LinkedHashSet<String>();
    for (int i = 1; list.get(i) != null; i++) {
      if (!(list.get(i) instanceof String flag) || !FLAGS.contains(flag)) {
        throw refused(lua, "unknown flag given");
      }
      flags.add(flag);
    }
    return flags;
  }

  private void add(
      Lua lua, String name, LuaFunction body, Optional<String> description, Set<String> flags) {
    if (!name.matches("[A-Za-z0-9_]+")) {
      throw refused(
          lua,
          "Library names can only contain letters, numbers, or underscores(_) and must be at least"
              + " one character long");
    }
    if (bodies.put(name, body) != null) {
      throw refused(lua, "Function already exists in the library");
    }
    functions.add(new ScriptLibrary.Function(name, description, flags));
  }
}
