package dev.ostler.kv.lua.vm;

/** A function of a script, with the outer variables that it uses. */
public final class LuaClosure extends LuaFunction {
  final Prototype prototype;
  final Upvalue[] upvalues;

  LuaClosure(Prototype prototype) {
    this.prototype = prototype;
    this.upvalues = new Upvalue[prototype.upvalues().length];
  }
}
