package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;

/** The library {@code os}, of which Redis offers {@code clock} only. */
final class OsLibrary {
  private static final double SECOND = 1e9;

  private OsLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "os");
    long begun = System.nanoTime();
    library.add("clock", (l, args) -> BaseLibrary.one((System.nanoTime() - begun) / SECOND));
  }
}
