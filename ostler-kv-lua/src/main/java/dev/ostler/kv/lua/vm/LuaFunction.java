package dev.ostler.kv.lua.vm;

/** A value that a script can call. */
public abstract sealed class LuaFunction permits LuaClosure, Builtin {
  int mark; // see Marking
}
