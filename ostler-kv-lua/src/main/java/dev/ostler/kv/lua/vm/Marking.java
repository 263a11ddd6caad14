package dev.ostler.kv.lua.vm;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a script can reach. It is not recursive, because scripts choose how deep their tables
 * are.
 */
final class Marking {
  static final int STRING_BYTES = 56;

  /** Shorter strings are counted at each reference: it costs more to know them again. */
  private static final int LONG = 128;

  private static final int FUNCTION_BYTES = 48;
  private static final int UPVALUE_BYTES = 40;
  private static final int FRAME_BYTES = 80;
  private static final int REGISTER_BYTES = 8;

  private final int epoch;
  private final ArrayDeque<Object> waiting = new ArrayDeque<>();
  private final Set<String> strings = Collections.newSetFromMap(new IdentityHashMap<>());
  private long bytes;
  private long objects;

  Marking(int epoch) {
    this.epoch = epoch;
  }

  /** The memory of all that was reached. */
  long bytes() {
    while (!waiting.isEmpty()) {
      objects++;
      switch (waiting.poll()) {
        case LuaTable table -> {
          bytes += table.bytes();
          table.mark(this);
        }
        case LuaClosure closure -> {
          bytes += FUNCTION_BYTES;
          for (Upvalue each : closure.upvalues) {
            reached(each);
          }
        }
        case Coroutine coroutine -> {
          bytes += FUNCTION_BYTES;
          reached(coroutine.body);
          reached(coroutine.frame);
          reached(coroutine.resumer);
          reached(coroutine.resumersFrame);
        }
        default -> {}
      }
    }
    return bytes;
  }

  long objects() {
    return objects;
  }

  /** A value was found. */
  void reached(@Nullable Object value) {
    switch (value) {
      case String text -> {
        if (text.length() < LONG || strings.add(text)) {
          bytes += STRING_BYTES + text.length();
        }
      }
      case LuaTable table when table.mark != epoch -> {
        table.mark = epoch;
        waiting.add(table);
      }
      case LuaClosure closure when closure.mark != epoch -> {
        closure.mark = epoch;
        waiting.add(closure);
      }
      case Coroutine coroutine when coroutine.mark != epoch -> {
        coroutine.mark = epoch;
        waiting.add(coroutine);
      }
      case null, default -> {}
    }
  }

  private void reached(Upvalue upvalue) {
    if (upvalue.mark != epoch) {
      upvalue.mark = epoch;
      bytes += UPVALUE_BYTES;
      reached(upvalue.get());
    }
  }

  /** A call and all those behind it were found. */
  void reached(@Nullable Frame last) {
    for (Frame frame = last; frame != null; frame = frame.caller) {
      bytes += FRAME_BYTES + (long) frame.registers.length * REGISTER_BYTES;
      reached(frame.closure);
      reachedAll(frame.registers);
      reachedAll(frame.varargs);
    }
  }

  void reachedAll(@Nullable Object[] values) {
    for (Object each : values) {
      reached(each);
    }
  }
}
