package dev.ostler.kv.lua.vm;

import org.jspecify.annotations.Nullable;

/**
 * A compiled function: its instructions, and what they refer to. Immutable; any thread may use it.
 *
 * @param source the name of its chunk, as errors show it
 * @param line where its definition begins; 0 for a chunk
 * @param parameters how many it has
 * @param vararg whether it takes more arguments than that
 * @param registers how many it needs
 * @param code its instructions
 * @param lines of the instructions
 * @param constants each a number, a string, a boolean or nil
 * @param functions that are defined in it
 * @param upvalues the names of the outer variables that it uses
 * @param locals its variables, for error messages
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record Prototype(
    String source,
    int line,
    int parameters,
    boolean vararg,
    int registers,
    int[] code,
    int[] lines,
    @Nullable Object[] constants,
    Prototype[] functions,
    String[] upvalues,
    Local[] locals) {

  /** A local variable, and the instructions between which it is active. */
  record Local(String name, int from, int to) {}

  /** The name of the local variable that is in a register at this instruction; null if none is. */
  @Nullable String localName(int register, int pc) {
    int number = register;
    for (Local each : locals) {
      if (each.from > pc) {
        break;
      }
      if (pc < each.to && number-- == 0) {
        return each.name;
      }
    }
    return null;
  }
}
