package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;

/** A byte string that grows, and whose memory is counted. Used by the thread that runs a script. */
final class Text {
  private final Lua lua;
  private final StringBuilder all = new StringBuilder();
  private int counted;

  Text(Lua lua) {
    this.lua = lua;
  }

  Text add(char c) {
    all.append(c);
    count();
    return this;
  }

  Text add(String text) {
    all.append(text);
    count();
    return this;
  }

  /** Adds the lowest bytes of a number, the highest of them first. */
  Text addBytes(long value, int count) {
    for (int i = count - 1; i >= 0; i--) {
      all.append((char) (value >>> (i * Byte.SIZE) & 0xFF));
    }
    count();
    return this;
  }

  int length() {
    return all.length();
  }

  /** Counts the memory each time that it has doubled. */
  private void count() {
    if (all.length() > counted) {
      int next = Math.max(64, all.length() * 2);
      lua.meter().allocateString((long) next - counted);
      counted = next;
    }
  }

  @Override
  public String toString() {
    return all.toString();
  }
}
