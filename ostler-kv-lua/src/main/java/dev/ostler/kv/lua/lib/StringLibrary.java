package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Builtin;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaFunction;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import org.jspecify.annotations.Nullable;

/** The library {@code string}, whose functions are also methods of strings. */
final class StringLibrary {
  private StringLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "string");
    library.add("byte", StringLibrary::bytes);
    library.add("char", StringLibrary::ofBytes);
    library.add("find", (l, args) -> find(l, args, true));
    library.add("format", StringFormat::format);
    library.add("gmatch", StringLibrary::matches);
    library.add(
        "gfind",
        (l, args) -> {
          throw l.error("'string.gfind' was renamed to 'string.gmatch'");
        });
    library.add("gsub", StringLibrary::replace);
    library.add("len", (l, args) -> BaseLibrary.one((double) args.text(1).length()));
    library.add("lower", (l, args) -> cased(l, args, 'A', 'Z'));
    library.add("match", (l, args) -> find(l, args, false));
    library.add("rep", StringLibrary::repeat);
    library.add("reverse", StringLibrary::reverse);
    library.add("sub", StringLibrary::sub);
    library.add("upper", (l, args) -> cased(l, args, 'a', 'z'));
    LuaTable metatable = lua.table();
    metatable.put("__index", library.table());
    lua.stringMetatable(metatable);
  }

  /** A place in a text, which counts from its end if it is negative. */
  private static long place(double place, int length) {
    long whole = (long) place;
    return whole >= 0 ? whole : Math.max(0, length + whole + 1);
  }

  private static @Nullable Object[] text(Lua lua, String text) {
    lua.meter().allocateString(text.length());
    return BaseLibrary.one(text);
  }

  private static @Nullable Object[] sub(Lua lua, Arguments args) {
    String text = args.text(1);
    long from = Math.max(1, place(args.number(2), text.length()));
    long to = Math.min(text.length(), place(args.number(3, -1), text.length()));
    return from > to ? BaseLibrary.one("") : text(lua, text.substring((int) from - 1, (int) to));
  }

  private static @Nullable Object[] bytes(Lua lua, Arguments args) {
    String text = args.text(1);
    double first = args.number(2, 1);
    long from = Math.max(1, place(first, text.length()));
    long to = Math.min(text.length(), place(args.number(3, (double) from), text.length()));
    if (from > to) {
      return Lua.NONE;
    }
    if (to - from >= 8000) {
      throw lua.error("string slice too long");
    }
    var values = new Object[(int) (to - from + 1)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (double) text.charAt((int) from - 1 + i);
    }
    return values;
  }

  private static @Nullable Object[] ofBytes(Lua lua, Arguments args) {
    var text = new StringBuilder(args.count());
    for (int i = 1; i <= args.count(); i++) {
      int code = args.integer(i);
      if (code < 0 || code > 255) {
        throw args.wrong(i, "invalid value");
      }
      text.append((char) code);
    }
    return text(lua, text.toString());
  }

  private static @Nullable Object[] repeat(Lua lua, Arguments args) {
    String text = args.text(1);
    int count = Math.max(0, args.integer(2));
    lua.meter().allocateString((long) text.length() * count);
    return BaseLibrary.one(text.repeat(count));
  }

  private static @Nullable Object[] reverse(Lua lua, Arguments args) {
    return text(lua, new StringBuilder(args.text(1)).reverse().toString());
  }

  /** Swaps the case of letters in this range. */
  private static @Nullable Object[] cased(Lua lua, Arguments args, char from, char to) {
    String text = args.text(1);
    lua.meter().allocateString(text.length());
    var result = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      result.append(c >= from && c <= to ? (char) (c ^ 0x20) : c);
    }
    return BaseLibrary.one(result.toString());
  }

  // --- Patterns

  private static @Nullable Object[] find(Lua lua, Arguments args, boolean places) {
    String text = args.text(1);
    String pattern = args.text(2);
    int from =
        (int) Math.min(text.length(), Math.max(0, place(args.number(3, 1), text.length()) - 1));
    if (places && (args.isTrue(4) || Pattern.isPlain(pattern))) {
      int found = text.indexOf(pattern, from);
      lua.meter().work((found < 0 ? text.length() : found) - from);
      return found < 0
          ? BaseLibrary.one(null)
          : new Object[] {(double) (found + 1), (double) (found + pattern.length())};
    }
    boolean anchored = pattern.startsWith("^");
    var match = new Pattern(lua, text, pattern);
    for (int start = from; start <= text.length(); start++) {
      int end = match.match(start, anchored ? 1 : 0);
      if (end >= 0) {
        return places ? found(match, start, end) : match.values(start, end, true);
      }
      if (anchored) {
        break;
      }
    }
    return BaseLibrary.one(null);
  }

  private static @Nullable Object[] found(Pattern match, int start, int end) {
    @Nullable Object[] captures = match.values(start, end, false);
    var all = new Object[captures.length + 2];
    all[0] = (double) (start + 1);
    all[1] = (double) end;
    System.arraycopy(captures, 0, all, 2, captures.length);
    return all;
  }

  private static @Nullable Object[] matches(Lua lua, Arguments args) {
    String text = args.text(1);
    String pattern = args.text(2);
    var state = new int[1]; // where the next search starts
    return BaseLibrary.one(
        new Builtin(
            "gmatch",
            (l, none) -> {
              var match = new Pattern(l, text, pattern);
              for (int start = state[0]; start <= text.length(); start++) {
                int end = match.match(start, 0);
                if (end >= 0) {
                  state[0] = end == start ? end + 1 : end;
                  return match.values(start, end, true);
                }
              }
              state[0] = text.length() + 1;
              return BaseLibrary.one(null);
            }));
  }

  private static @Nullable Object[] replace(Lua lua, Arguments args) {
    String text = args.text(1);
    String pattern = args.text(2);
    Object by = args.get(3);
    if (!(by instanceof String
        || by instanceof Double
        || by instanceof LuaTable
        || by instanceof LuaFunction)) {
      throw args.wrong(3, "string/function/table expected");
    }
    int most = args.isMissing(4) ? text.length() + 1 : args.integer(4);
    boolean anchored = pattern.startsWith("^");
    var match = new Pattern(lua, text, pattern);
    var result = new Text(lua);
    int at = 0;
    int count = 0;
    while (count < most) {
      int end = match.match(at, anchored ? 1 : 0);
      if (end >= 0) {
        count++;
        append(lua, result, match, by, text, at, end);
      }
      if (end > at) {
        at = end;
      } else if (at < text.length()) {
        result.add(text.charAt(at++));
      } else {
        break;
      }
      if (anchored) {
        break;
      }
    }
    if (at < text.length()) {
      result.add(text.substring(at));
    }
    return new Object[] {result.toString(), (double) count};
  }

  private static void append(
      Lua lua, Text result, Pattern match, Object by, String text, int from, int to) {
    Object value;
    switch (by) {
      case LuaTable table -> value = lua.index(table, match.capture(0, from, to));
      case LuaFunction function ->
          value = Lua.first(lua.call(function, match.values(from, to, true)));
      default -> {
        expand(
            lua, result, match, by instanceof Double n ? Numbers.text(n) : (String) by, from, to);
        return;
      }
    }
    if (!Lua.isTrue(value)) {
      result.add(text.substring(from, to));
    } else if (value instanceof String || value instanceof Double) {
      grow(lua, result, value instanceof Double number ? Numbers.text(number) : (String) value);
    } else {
      throw lua.error("invalid replacement value (a " + Lua.typeOf(value) + ")");
    }
  }

  private static void grow(Lua lua, Text result, String more) {
    lua.meter().work(1 + (more.length() >> 3));
    result.add(more);
  }

  private static void expand(Lua lua, Text result, Pattern match, String by, int from, int to) {
    int i = 0;
    while (i < by.length()) {
      char c = by.charAt(i++);
      if (c != '%') {
        result.add(c);
        continue;
      }
      char next = i < by.length() ? by.charAt(i) : 0;
      i++;
      if (next < '0' || next > '9') {
        result.add(next);
        continue;
      }
      Object value = next == '0' ? match.whole(from, to) : match.capture(next - '1', from, to);
      grow(lua, result, value instanceof Double number ? Numbers.text(number) : (String) value);
    }
    lua.meter().work(1 + by.length());
  }
}
