package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Builtin;
import dev.ostler.kv.lua.vm.Coroutine;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaFunction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The library {@code coroutine}. */
final class CoroutineLibrary {
  private CoroutineLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "coroutine");
    library.add("create", (l, args) -> BaseLibrary.one(l.coroutine(body(args))));
    library.add("resume", CoroutineLibrary::resume);
    library.add("running", (l, args) -> BaseLibrary.one(l.running()));
    library.add("status", CoroutineLibrary::status);
    library.add("wrap", CoroutineLibrary::wrap);
    library.put("yield", Lua.YIELD);
  }

  private static LuaFunction body(Arguments args) {
    if (!(args.get(1) instanceof LuaFunction body) || body instanceof Builtin) {
      throw args.wrong(1, "Lua function expected");
    }
    return body;
  }

  private static Coroutine coroutine(Arguments args) {
    if (args.get(1) instanceof Coroutine coroutine) {
      return coroutine;
    }
    throw args.wrong(1, "coroutine expected");
  }

  private static @Nullable Object[] resume(Lua lua, Arguments args) {
    Coroutine coroutine = coroutine(args);
    try {
      return BaseLibrary.succeeded(lua.resume(coroutine, args.from(2)));
    } catch (LuaError e) {
      return new Object[] {false, e.value()};
    }
  }

  private static @Nullable Object[] status(Lua lua, Arguments args) {
    return BaseLibrary.one(coroutine(args).status().name().toLowerCase(Locale.ROOT));
  }

  private static @Nullable Object[] wrap(Lua lua, Arguments args) {
    Coroutine coroutine = lua.coroutine(body(args));
    return BaseLibrary.one(
        new Builtin(
            "wrap",
            (l, given) -> {
              try {
                return l.resume(coroutine, given.all());
              } catch (LuaError e) {
                throw e.value() instanceof String text
                    ? new LuaError(l.where(1) + text)
                    : new LuaError(e.value());
              }
            }));
  }
}
