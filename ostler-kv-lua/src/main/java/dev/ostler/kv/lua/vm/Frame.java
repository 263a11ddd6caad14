package dev.ostler.kv.lua.vm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One call of a script's function. */
final class Frame {
  final LuaClosure closure;
  @Nullable Object[] registers;
  final @Nullable Object[] varargs;
  final @Nullable Frame caller; // null for the first one of a coroutine
  final boolean fromJava; // its results go to Java, not to its caller's registers
  final int returnTo; // the first register of the caller that gets a result
  final int wanted; // so many results; -1 for all
  int pc; // the next instruction
  int top; // behind the last of a number of values that only the last instruction knows
  @Nullable Upvalue open; // of these registers, the highest one first

  Frame(
      LuaClosure closure,
      @Nullable Object[] registers,
      @Nullable Object[] varargs,
      @Nullable Frame caller,
      boolean fromJava,
      int returnTo,
      int wanted) {
    this.closure = closure;
    this.registers = registers;
    this.varargs = varargs;
    this.caller = caller;
    this.fromJava = fromJava;
    this.returnTo = returnTo;
    this.wanted = wanted;
  }

  /** Makes room for so many registers. */
  @Nullable Object[] room(int count) {
    if (count > registers.length) {
      registers = Arrays.copyOf(registers, Math.max(count, registers.length * 2));
      for (Upvalue each = open; each != null; each = each.next) {
        each.values = registers;
      }
    }
    return registers;
  }

  /** The upvalue of a register. */
  Upvalue upvalue(int register) {
    Upvalue higher = null;
    Upvalue each = open;
    while (each != null && each.index > register) {
      higher = each;
      each = each.next;
    }
    if (each != null && each.index == register) {
      return each;
    }
    var made = new Upvalue(registers, register, each);
    if (higher == null) {
      open = made;
    } else {
      higher.next = made;
    }
    return made;
  }

  /** Closes the upvalues of this and all higher registers. */
  void close(int register) {
    Upvalue each = open;
    while (each != null && each.index >= register) {
      Upvalue next = each.next;
      each.next = null;
      each.close();
      each = next;
    }
    open = each;
  }

  /** The line of the instruction that runs. */
  int line() {
    return closure.prototype.lines()[Math.max(0, pc - 1)];
  }
}
