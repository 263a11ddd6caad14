package dev.ostler.kv.lua;

import dev.ostler.kv.lua.lib.Libraries;
import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Builtin;
import dev.ostler.kv.lua.vm.Chunk;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaFunction;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Meter;
import dev.ostler.kv.lua.vm.Stopped;
import dev.ostler.kv.server.script.ScriptFailure;
import dev.ostler.kv.server.script.ScriptHost;
import dev.ostler.kv.server.script.ScriptLibrary;
import dev.ostler.kv.server.script.ScriptLimits;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A machine with all libraries, for one script after the other. What is global is read-only, so
 * that a script leaves nothing behind. Used by one thread at a time.
 */
final class Machine {
  private final Meter meter = new Meter();
  private final Lua lua = new Lua(meter);
  private @Nullable ScriptHost host; // of the script that runs
  private int protocol = 2; // of the replies that the script gets

  private final Libraries libraries;
  private final LuaTable globals = lua.globals();
  private final LuaTable globalsOfLoading; // of a library's code, which sees nothing else
  private @Nullable Registration registration; // while that runs

  Machine() {
    libraries = new Libraries(lua);
    var library = new RedisLibrary(this);
    LuaTable strict = lua.table();
    strict.put("__index", new Builtin("__index", Machine::noSuchGlobal));
    globals.put("redis", library.ofScripts(lua));
    globals.metatable(strict);
    libraries.protect();
    LuaTable redis = library.ofLoading(lua);
    redis.metatable(strict);
    redis.readOnly(true);
    globalsOfLoading = lua.table();
    globalsOfLoading.put("redis", redis);
    globalsOfLoading.metatable(strict);
    globalsOfLoading.readOnly(true);
  }

  private static @Nullable Object[] noSuchGlobal(Lua lua, Arguments args) {
    throw lua.error(
        "Script attempted to access nonexistent global variable '" + lua.toText(args.get(2)) + "'");
  }

  /** Where the library that is loaded now registers its functions; null if none is loaded. */
  @Nullable Registration registration() {
    return registration;
  }

  /** What the script that runs may ask of the server. */
  ScriptHost host() {
    return Objects.requireNonNull(host, "no script runs");
  }

  int protocol() {
    return protocol;
  }

  void protocol(int version) {
    protocol = version;
  }

  /** What is to be done in one run. */
  private interface Task<T> {
    T perform();
  }

  /**
   * Runs a script, and returns its reply.
   *
   * @throws ScriptFailure if it fails, or is stopped
   */
  byte[] run(Chunk chunk, ScriptHost newHost) {
    return perform(
        newHost,
        () -> {
          setGlobals(list(newHost.keys()), list(newHost.arguments()));
          return reply(lua.call(lua.load(chunk)));
        });
  }

  /**
   * Runs the code of a library, and returns the functions that it has registered.
   *
   * @throws ScriptFailure if it fails, or is stopped
   */
  List<ScriptLibrary.Function> functions(Chunk library, ScriptHost newHost) {
    return perform(
        newHost,
        () -> {
          try {
            return load(library).functions();
          } catch (LuaError e) {
            throw new ScriptFailure("ERR Error registering functions: " + ErrorText.of(e));
          } catch (Stopped e) {
            throw new ScriptFailure(
                e.reason() == Stopped.Reason.TIME
                    ? "ERR Error registering functions: FUNCTION LOAD timeout"
                    : ErrorText.of(e, newHost.limits()));
          }
        });
  }

  /**
   * Calls a function of a library, and returns its reply.
   *
   * @throws ScriptFailure if it fails, or is stopped
   */
  byte[] call(Chunk library, String function, ScriptHost newHost) {
    return perform(
        newHost,
        () -> {
          LuaFunction body = load(library).body(function);
          setGlobals(null, null);
          return reply(lua.call(body, list(newHost.keys()), list(newHost.arguments())));
        });
  }

  private Registration load(Chunk library) {
    var made = new Registration();
    registration = made;
    lua.globals(globalsOfLoading);
    try {
      var _ = lua.call(lua.load(library));
    } finally {
      registration = null;
      lua.globals(globals);
    }
    return made;
  }

  private void setGlobals(@Nullable LuaTable keys, @Nullable LuaTable words) {
    globals.readOnly(false);
    globals.put("KEYS", keys);
    globals.put("ARGV", words);
    globals.readOnly(true);
  }

  private byte[] reply(@Nullable Object[] results) {
    Object result = Lua.first(results);
    lua.pin(result);
    return new ReplyWriter(lua, host().protocol(), protocol).write(result);
  }

  private <T> T perform(ScriptHost newHost, Task<T> task) {
    ScriptLimits limits = newHost.limits();
    host = newHost;
    protocol = 2;
    libraries.reset();
    meter.begin(
        limits.instructions(),
        TimeUnit.MILLISECONDS.toNanos(limits.millis()),
        limits.bytes(),
        newHost::isStopped);
    try {
      return task.perform();
    } catch (LuaError e) {
      throw new ScriptFailure(ErrorText.of(e, newHost.name()));
    } catch (Stopped e) {
      throw new ScriptFailure(ErrorText.of(e, limits));
    } finally {
      lua.pin(null);
      host = null;
    }
  }

  private LuaTable list(List<String> texts) {
    var list = new LuaTable(meter, texts.size());
    for (int i = 0; i < texts.size(); i++) {
      meter.allocateString(texts.get(i).length());
      list.put(i + 1, texts.get(i));
    }
    return list;
  }
}
