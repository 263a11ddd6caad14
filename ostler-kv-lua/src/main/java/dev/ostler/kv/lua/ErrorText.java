package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import dev.ostler.kv.lua.vm.Stopped;
import dev.ostler.kv.server.script.ScriptLimits;

/** The error replies to scripts that have failed, with Redis's words. Pure functions. */
final class ErrorText {
  private ErrorText() {}

  /** The reply to a script of this name that has failed. */
  static String of(LuaError error, String script) {
    String text = of(error);
    String source = error.source();
    return source == null
        ? text
        : text + " script: " + script + ", on @" + source + ":" + error.line() + ".";
  }

  /** The code and text of an error, without its place. */
  static String of(LuaError error) {
    Object value = error.value();
    return switch (value) {
      case LuaTable table when table.get("err") instanceof String text -> text;
      case String text -> "ERR " + text;
      case Double number -> "ERR " + Numbers.text(number);
      case Boolean truth -> "ERR " + truth;
      case null, default -> "ERR " + Lua.typeOf(value);
    };
  }

  /** The reply to a script that was stopped. */
  static String of(Stopped stopped, ScriptLimits limits) {
    String undone = ", and what it had done is undone";
    return switch (stopped.reason()) {
      case KILLED -> "ERR Script killed by user with SCRIPT KILL" + undone;
      case TIME ->
          "ERR Script stopped: it ran for more than " + limits.millis() + " milliseconds" + undone;
      case INSTRUCTIONS ->
          "ERR Script stopped: it ran more than "
              + limits.instructions()
              + " instructions"
              + undone;
      case MEMORY ->
          "ERR Script stopped: it needs more than " + limits.bytes() + " bytes of memory" + undone;
    };
  }
}
