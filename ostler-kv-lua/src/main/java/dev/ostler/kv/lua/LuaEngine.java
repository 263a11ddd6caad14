package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Chunk;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.server.script.Script;
import dev.ostler.kv.server.script.ScriptEngine;
import dev.ostler.kv.server.script.ScriptFailure;
import dev.ostler.kv.server.script.ScriptHost;
import dev.ostler.kv.server.script.ScriptLibrary;

/**
 * The engine for scripts in Lua. {@link java.util.ServiceLoader} makes it; any thread may use it.
 */
public final class LuaEngine implements ScriptEngine {
  private final Machines machines = new Machines();

  /** For {@link java.util.ServiceLoader}. */
  public LuaEngine() {}

  @Override
  public Script compile(String source) {
    try {
      return new LuaScript(machines, Chunk.of("user_script", source));
    } catch (LuaError e) {
      throw new ScriptFailure("ERR Error compiling script (new function): " + e.value());
    }
  }

  @Override
  public ScriptLibrary library(String source, ScriptHost host) {
    Chunk chunk;
    try {
      chunk = Chunk.of("user_function", source);
    } catch (LuaError e) {
      throw new ScriptFailure("ERR Error compiling function: " + e.value());
    }
    return new LuaLibrary(machines, chunk, machines.take().functions(chunk, host));
  }
}
