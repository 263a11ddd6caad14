import org.jspecify.annotations.NullMarked;

/** Runs scripts in Lua for the server of KV. */
@NullMarked
module dev.ostler.kv.lua {
  requires static org.jspecify;
  requires dev.ostler.kv.server;

  provides dev.ostler.kv.server.script.ScriptEngine with
      dev.ostler.kv.lua.LuaEngine;
}
