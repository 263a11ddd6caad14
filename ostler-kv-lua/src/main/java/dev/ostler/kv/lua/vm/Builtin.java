package dev.ostler.kv.lua.vm;

import org.jspecify.annotations.Nullable;

/** A function that is written in Java. Immutable. */
public final class Builtin extends LuaFunction {
  /** What a function of Java does. */
  public interface Body {
    /**
     * Runs it.
     *
     * @return the results; the caller may keep the array
     * @throws LuaError if it fails
     */
    @Nullable Object[] call(Lua lua, Arguments args);
  }

  private final String name;
  private final Body body;

  public Builtin(String name, Body body) {
    this.name = name;
    this.body = body;
  }

  /** Its name in error messages. */
  public String name() {
    return name;
  }

  @Nullable Object[] call(Lua lua, @Nullable Object[] args) {
    return body.call(lua, new Arguments(name, lua, args));
  }
}
