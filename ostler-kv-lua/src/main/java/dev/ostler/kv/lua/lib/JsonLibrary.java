package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaTable;
import org.jspecify.annotations.Nullable;

/** The library {@code cjson}, as Lua CJSON 2.1. */
final class JsonLibrary {
  private JsonLibrary() {}

  static void addTo(Lua lua, JsonSettings settings) {
    fill(Library.of(lua, "cjson"), settings);
  }

  private static void fill(Library library, JsonSettings settings) {
    library.put("_NAME", "cjson");
    library.put("_VERSION", "2.1.0");
    library.put("null", JsonSettings.NULL);
    library.add("encode", (l, args) -> BaseLibrary.one(encode(l, args, settings)));
    library.add("decode", (l, args) -> BaseLibrary.one(decode(l, args, settings)));
    library.add("encode_sparse_array", settings::sparseArray);
    library.add("encode_max_depth", settings::encodeMaxDepth);
    library.add("decode_max_depth", settings::decodeMaxDepth);
    library.add("encode_number_precision", settings::numberPrecision);
    library.add("encode_keep_buffer", settings::keepBuffer);
    library.add("encode_invalid_numbers", settings::encodeInvalidNumbers);
    library.add("decode_invalid_numbers", settings::decodeInvalidNumbers);
    library.add(
        "new",
        (l, args) -> {
          LuaTable table = l.table();
          fill(new Library(l, table), new JsonSettings());
          return BaseLibrary.one(table);
        });
  }

  private static Object encode(Lua lua, Arguments args, JsonSettings settings) {
    if (args.count() != 1) {
      throw args.wrong(1, "expected 1 argument");
    }
    return new JsonEncoder(lua, settings).encode(args.get(1));
  }

  private static @Nullable Object decode(Lua lua, Arguments args, JsonSettings settings) {
    if (args.count() != 1) {
      throw args.wrong(1, "expected 1 argument");
    }
    return new JsonDecoder(lua, settings, args.text(1)).decode();
  }
}
