package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import org.jspecify.annotations.Nullable;

/** The library {@code table}. */
final class TableLibrary {
  private TableLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "table");
    library.add("concat", TableLibrary::concat);
    library.add("foreach", TableLibrary::forEach);
    library.add("foreachi", TableLibrary::forEachPlace);
    library.add("getn", (l, args) -> BaseLibrary.one((double) args.table(1).length()));
    library.add("insert", TableLibrary::insert);
    library.add("maxn", TableLibrary::maxn);
    library.add("remove", TableLibrary::remove);
    library.add(
        "setn",
        (l, args) -> {
          throw l.error("'setn' is obsolete");
        });
    library.add("sort", TableLibrary::sort);
  }

  private static @Nullable Object[] concat(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    String separator = args.text(2, "");
    int from = args.integer(3, 1);
    int to = args.isMissing(4) ? table.length() : args.integer(4);
    long length = 0;
    for (long i = from; i <= to; i++) {
      Object value = table.get((int) i);
      if (!(value instanceof String) && !(value instanceof Double)) {
        throw lua.error(
            "invalid value (%s) at index %d in table for 'concat'".formatted(Lua.typeOf(value), i));
      }
      length += value instanceof String text ? text.length() : 24;
      length += separator.length();
      lua.meter().work(1);
    }
    lua.meter().allocateString(length);
    var all = new StringBuilder();
    for (long i = from; i <= to; i++) {
      Object value = table.get((int) i);
      if (value instanceof Double number) {
        all.append(Numbers.text(number));
      } else {
        all.append((String) value);
      }
      if (i < to) {
        all.append(separator);
      }
    }
    return BaseLibrary.one(all.toString());
  }

  private static @Nullable Object[] forEach(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    Object function = args.function(2);
    for (int cursor = table.next(0); cursor != 0; ) {
      Object key = table.key(cursor);
      Object result = Lua.first(lua.call(function, key, table.value(cursor)));
      if (result != null) {
        return BaseLibrary.one(result);
      }
      cursor = table.next(table.cursor(key));
    }
    return Lua.NONE;
  }

  private static @Nullable Object[] forEachPlace(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    Object function = args.function(2);
    int last = table.length();
    for (int i = 1; i <= last; i++) {
      Object result = Lua.first(lua.call(function, (double) i, table.get(i)));
      if (result != null) {
        return BaseLibrary.one(result);
      }
    }
    return Lua.NONE;
  }

  private static @Nullable Object[] insert(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    int end = table.length() + 1;
    switch (args.count()) {
      case 2 -> table.put(end, args.get(2));
      case 3 -> {
        int place = args.integer(2);
        int last = Math.max(place, end);
        lua.meter().work(Math.max(0, last - place));
        for (int i = last; i > place; i--) {
          table.put(i, table.get(i - 1));
        }
        table.put(place, args.get(3));
      }
      default -> throw lua.error("wrong number of arguments to 'insert'");
    }
    return Lua.NONE;
  }

  private static @Nullable Object[] remove(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    int end = table.length();
    int place = args.integer(2, end);
    if (place < 1 || place > end) {
      return Lua.NONE;
    }
    Object removed = table.get(place);
    lua.meter().work(end - place);
    for (int i = place; i < end; i++) {
      table.put(i, table.get(i + 1));
    }
    table.put(end, null);
    return BaseLibrary.one(removed);
  }

  private static @Nullable Object[] maxn(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    double most = 0;
    for (int cursor = table.next(0); cursor != 0; cursor = table.next(cursor)) {
      lua.meter().work(1);
      if (table.key(cursor) instanceof Double number && number > most) {
        most = number;
      }
    }
    return BaseLibrary.one(most);
  }

  /** Sorts by heap: whatever a script's function says, it ends, and is not recursive. */
  private static @Nullable Object[] sort(Lua lua, Arguments args) {
    LuaTable table = args.table(1);
    Object function = args.isMissing(2) ? null : args.function(2);
    int count = table.length();
    for (int i = count / 2; i >= 1; i--) {
      sink(lua, table, function, i, count);
    }
    for (int last = count; last > 1; last--) {
      Object largest = table.get(1);
      table.put(1, table.get(last));
      table.put(last, largest);
      sink(lua, table, function, 1, last - 1);
    }
    return Lua.NONE;
  }

  private static void sink(
      Lua lua, LuaTable table, @Nullable Object function, int from, int count) {
    int place = from;
    while (place <= count / 2) {
      int child = place * 2;
      if (child < count && isLess(lua, function, table.get(child), table.get(child + 1))) {
        child++;
      }
      if (!isLess(lua, function, table.get(place), table.get(child))) {
        return;
      }
      Object value = table.get(place);
      table.put(place, table.get(child));
      table.put(child, value);
      place = child;
    }
  }

  private static boolean isLess(
      Lua lua, @Nullable Object function, @Nullable Object a, @Nullable Object b) {
    lua.meter().work(1);
    return function == null ? lua.less(a, b) : Lua.isTrue(Lua.first(lua.call(function, a, b)));
  }
}
