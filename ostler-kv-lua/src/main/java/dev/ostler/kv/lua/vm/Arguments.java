package dev.ostler.kv.lua.vm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one call of a {@link Builtin}, from 1 on as in Lua. A wrong one is an error of
 * the script. Used by the thread that runs the script.
 */
public final class Arguments {
  private final String function;
  private final Lua lua;
  private final @Nullable Object[] values;

  Arguments(String function, Lua lua, @Nullable Object[] values) {
    this.function = function;
    this.lua = lua;
    this.values = values;
  }

  /** A new table of the same machine. */
  public LuaTable newTable() {
    return lua.table();
  }

  public int count() {
    return values.length;
  }

  /** The argument at this place; null if it is nil or missing. */
  public @Nullable Object get(int place) {
    return place <= values.length ? values[place - 1] : null;
  }

  /** All of them. */
  public @Nullable Object[] all() {
    return values;
  }

  /** Those from this place on, in a new array. */
  public @Nullable Object[] from(int place) {
    return place > values.length ? Lua.NONE : Arrays.copyOfRange(values, place - 1, values.length);
  }

  /** An argument that may be nil, but not be missing. */
  public @Nullable Object any(int place) {
    if (place > values.length) {
      throw wrong(place, "value expected");
    }
    return values[place - 1];
  }

  public boolean isMissing(int place) {
    return get(place) == null;
  }

  /** Whether the argument is neither nil nor false. */
  public boolean isTrue(int place) {
    return Lua.isTrue(get(place));
  }

  public double number(int place) {
    if (get(place) instanceof Double number) {
      return number;
    }
    if (get(place) instanceof String text) {
      Double parsed = Numbers.parse(text);
      if (parsed != null) {
        return parsed;
      }
    }
    throw wrongType(place, "number");
  }

  public double number(int place, double otherwise) {
    return isMissing(place) ? otherwise : number(place);
  }

  /** The argument as an integer, cut to 32 bits. */
  public int integer(int place) {
    return (int) (long) number(place);
  }

  public int integer(int place, int otherwise) {
    return isMissing(place) ? otherwise : integer(place);
  }

  public String text(int place) {
    return switch (get(place)) {
      case String text -> text;
      case Double number -> Numbers.text(number);
      case null, default -> throw wrongType(place, "string");
    };
  }

  public String text(int place, String otherwise) {
    return isMissing(place) ? otherwise : text(place);
  }

  public LuaTable table(int place) {
    if (get(place) instanceof LuaTable table) {
      return table;
    }
    throw wrongType(place, "table");
  }

  public LuaFunction function(int place) {
    if (get(place) instanceof LuaFunction body) {
      return body;
    }
    throw wrongType(place, "function");
  }

  /** The error that the argument has another type than this. */
  public LuaError wrongType(int place, String expected) {
    String got = place > values.length ? "no value" : Lua.typeOf(get(place));
    return wrong(place, expected + " expected, got " + got);
  }

  /** The error that something is wrong with the argument. */
  public LuaError wrong(int place, String why) {
    return lua.error("bad argument #%d to '%s' (%s)".formatted(place, lua.nameOf(function), why));
  }
}
