package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The library {@code cmsgpack}: MessagePack. */
final class MessagePackLibrary {
  /** Tables that are deeper in others are written as nil. */
  private static final int DEEPEST = 16;

  private MessagePackLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "cmsgpack");
    library.put("_NAME", "cmsgpack");
    library.put("_VERSION", "lua-cmsgpack 0.4.0");
    library.put("_COPYRIGHT", "Copyright (C) 2012, Redis Ltd.");
    library.put("_DESCRIPTION", "MessagePack C implementation for Lua");
    library.add("pack", MessagePackLibrary::pack);
    library.add("unpack", (l, args) -> unpack(l, args, 0, 0));
    library.add("unpack_one", (l, args) -> unpack(l, args, 1, args.integer(2, 0)));
    library.add("unpack_limit", (l, args) -> unpack(l, args, args.integer(2), args.integer(3, 0)));
  }

  // --- Writing

  private static @Nullable Object[] pack(Lua lua, Arguments args) {
    if (args.count() == 0) {
      throw args.wrong(0, "MessagePack pack needs input.");
    }
    var out = new Text(lua);
    for (Object each : args.all()) {
      write(lua, out, each, 0);
    }
    return BaseLibrary.one(out.toString());
  }

  private static void write(Lua lua, Text out, @Nullable Object value, int depth) {
    lua.meter().work(1);
    switch (value) {
      case String text -> {
        header(out, text.length(), 0xA0, 31, 0xD9);
        out.add(text);
      }
      case Boolean truth -> out.add((char) (truth ? 0xC3 : 0xC2));
      case Double number -> number(out, number);
      case LuaTable table when depth < DEEPEST -> table(lua, out, table, depth);
      case null, default -> out.add((char) 0xC0);
    }
  }

  /** Writes a kind and a length, in as few bytes as possible. */
  private static void header(Text out, int length, int small, int mostSmall, int large) {
    if (length <= mostSmall) {
      out.add((char) (small | length));
    } else if (length <= 0xFF && large == 0xD9) {
      out.add((char) large).addBytes(length, 1);
    } else {
      int first = large == 0xD9 ? large + 1 : large;
      boolean two = length <= 0xFFFF;
      out.add((char) (two ? first : first + 1)).addBytes(length, two ? 2 : 4);
    }
  }

  private static void number(Text out, double number) {
    long whole = (long) number;
    if (whole != number || whole == Long.MAX_VALUE) {
      float shorter = (float) number;
      if (shorter == number) {
        out.add((char) 0xCA).addBytes(Float.floatToIntBits(shorter), 4);
      } else {
        out.add((char) 0xCB).addBytes(Double.doubleToLongBits(number), 8);
      }
    } else if (whole >= 0) {
      if (whole <= 127) {
        out.add((char) whole);
      } else if (whole <= 0xFF) {
        out.add((char) 0xCC).addBytes(whole, 1);
      } else if (whole <= 0xFFFF) {
        out.add((char) 0xCD).addBytes(whole, 2);
      } else if (whole <= 0xFFFFFFFFL) {
        out.add((char) 0xCE).addBytes(whole, 4);
      } else {
        out.add((char) 0xCF).addBytes(whole, 8);
      }
    } else if (whole >= -32) {
      out.addBytes(whole, 1);
    } else if (whole >= Byte.MIN_VALUE) {
      out.add((char) 0xD0).addBytes(whole, 1);
    } else if (whole >= Short.MIN_VALUE) {
      out.add((char) 0xD1).addBytes(whole, 2);
    } else if (whole >= Integer.MIN_VALUE) {
      out.add((char) 0xD2).addBytes(whole, 4);
    } else {
      out.add((char) 0xD3).addBytes(whole, 8);
    }
  }

  private static void table(Lua lua, Text out, LuaTable table, int depth) {
    int count = 0;
    double last = 0;
    boolean isList = true;
    for (int cursor = table.next(0); cursor != 0; cursor = table.next(cursor)) {
      lua.meter().work(1);
      count++;
      if (table.key(cursor) instanceof Double key && key >= 1 && key == Math.floor(key)) {
        last = Math.max(last, key);
      } else {
        isList = false;
      }
    }
    if (isList && last == count) {
      header(out, count, 0x90, 15, 0xDC);
      for (int i = 1; i <= count; i++) {
        write(lua, out, table.get(i), depth + 1);
      }
      return;
    }
    header(out, count, 0x80, 15, 0xDE);
    for (int cursor = table.next(0); cursor != 0; cursor = table.next(cursor)) {
      write(lua, out, table.key(cursor), depth + 1);
      write(lua, out, table.value(cursor), depth + 1);
    }
  }

  // --- Reading

  private static @Nullable Object[] unpack(Lua lua, Arguments args, int limit, int offset) {
    String text = args.text(1);
    if (offset < 0 || limit < 0) {
      throw lua.error(
          "Invalid request to unpack with offset of %d and limit of %d.".formatted(offset, limit));
    }
    if (offset > text.length()) {
      throw lua.error(
          "Start offset %d greater than input length %d.".formatted(offset, text.length()));
    }
    boolean all = limit == 0 && offset == 0;
    int most = all ? Integer.MAX_VALUE : limit;
    var reader = new MessagePackReader(lua, text, offset);
    List<@Nullable Object> values = new ArrayList<>();
    if (!all) {
      values.add(0.0);
    }
    int count = 0;
    while (reader.hasMore() && count < most) {
      values.add(reader.read());
      if (++count >= 8000) { // as many as C's stack holds
        throw lua.error("stack overflow (in function mp_unpack_full)");
      }
    }
    if (!all) {
      values.set(0, reader.hasMore() ? (double) reader.place() : -1.0);
    }
    return values.toArray();
  }
}
