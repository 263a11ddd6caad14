package dev.ostler.kv.lua.vm;

/** A compiled chunk. Immutable; any thread may use it. */
public final class Chunk {
  private final Prototype prototype;

  private Chunk(Prototype prototype) {
    this.prototype = prototype;
  }

  /**
   * Compiles a chunk.
   *
   * @param source its name in errors
   * @param text the chunk, a byte string
   * @throws LuaError if it is not valid
   */
  public static Chunk of(String source, String text) {
    return new Chunk(Parser.parse(source, text));
  }

  Prototype prototype() {
    return prototype;
  }
}
