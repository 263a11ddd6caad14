package dev.ostler.kv.lua.vm;

import org.jspecify.annotations.Nullable;

/**
 * A variable that functions share with the function that defined it. While that one runs, the value
 * is in its register; afterwards it is here.
 */
final class Upvalue {
  @Nullable Object[] values; // the registers of a frame, or an array of its own
  int index;
  @Nullable Upvalue next; // the open upvalue of the same frame with the next lower register
  int mark; // see Marking

  Upvalue(@Nullable Object[] values, int index, @Nullable Upvalue next) {
    this.values = values;
    this.index = index;
    this.next = next;
  }

  @Nullable Object get() {
    return values[index];
  }

  void set(@Nullable Object value) {
    values[index] = value;
  }

  void close() {
    values = new Object[] {values[index]};
    index = 0;
  }
}
