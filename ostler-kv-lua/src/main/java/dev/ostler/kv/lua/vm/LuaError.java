package dev.ostler.kv.lua.vm;

import org.jspecify.annotations.Nullable;

/**
 * An error of a script, which {@code pcall} catches. It has no stack trace of Java, because it is
 * no failure of this program.
 */
public final class LuaError extends RuntimeException {
  private final transient @Nullable Object value;
  private final transient @Nullable Prototype function;
  private final int line;

  /** An error with this value, which is mostly a text that says where. */
  public LuaError(@Nullable Object value) {
    this(value, null, 0);
  }

  private LuaError(@Nullable Object value, @Nullable Prototype function, int line) {
    super(value instanceof String text ? text : null, null, false, false);
    this.value = value;
    this.function = function;
    this.line = line;
  }

  /** An error whose text is to be completed by the place where it is raised. */
  static LuaError unplaced(String text) {
    return new LuaError(text, null, -1);
  }

  /** The same error, raised by the function of this frame. */
  LuaError at(Frame frame) {
    if (function != null) {
      return this;
    }
    Object text = line < 0 ? Lua.place(frame) + value : value;
    return new LuaError(text, frame.closure.prototype, frame.line());
  }

  /** What {@code pcall} returns. */
  public @Nullable Object value() {
    return value;
  }

  /** The name of the chunk whose code raised it; null if that is not known. */
  public @Nullable String source() {
    return function == null ? null : function.source();
  }

  /** The line that raised it, if the {@link #source} is known. */
  public int line() {
    return line;
  }
}
