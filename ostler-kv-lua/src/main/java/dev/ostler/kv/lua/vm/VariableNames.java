package dev.ostler.kv.lua.vm;

import org.jspecify.annotations.Nullable;

/**
 * How a script calls what is in a register, for error messages: finds the instruction that set the
 * register. Pure functions.
 */
final class VariableNames {
  private static final int DEEPEST = 100;

  private VariableNames() {}

  /** The kind and name of what is in a register, with a space behind; empty if it has no name. */
  static String describe(Prototype function, int instruction, int register) {
    int searched = register;
    int pc = instruction;
    for (int i = 0; i < DEEPEST; i++) {
      String local = function.localName(searched, pc);
      if (local != null) {
        return "local '" + local + "' ";
      }
      int setter = setter(function, pc, searched);
      if (setter < 0) {
        return "";
      }
      int code = function.code()[setter];
      switch (Op.op(code)) {
        case Op.GETGLOBAL -> {
          return "global '" + function.constants()[Op.bx(code)] + "' ";
        }
        case Op.MOVE -> {
          if (Op.b(code) >= Op.a(code)) {
            return "";
          }
          searched = Op.b(code);
          pc = setter;
        }
        case Op.GETTABLE -> {
          return "field '" + key(function, Op.c(code)) + "' ";
        }
        case Op.GETUPVAL -> {
          return "upvalue '" + function.upvalues()[Op.b(code)] + "' ";
        }
        case Op.SELF -> {
          return "method '" + key(function, Op.c(code)) + "' ";
        }
        default -> {
          return "";
        }
      }
    }
    return "";
  }

  private static String key(Prototype function, int operand) {
    @Nullable Object constant =
        (operand & Op.CONSTANT) != 0 ? function.constants()[operand & ~Op.CONSTANT] : null;
    return constant instanceof String name ? name : "?";
  }

  /**
   * The last instruction before this one that set the register for certain; -1 if there is none.
   */
  private static int setter(Prototype function, int last, int register) {
    int found = -1;
    int target = 0; // code before it may have been jumped over
    int[] code = function.code();
    for (int pc = 0; pc < last; pc++) {
      int i = code[pc];
      int a = Op.a(i);
      boolean sets =
          switch (Op.op(i)) {
            case Op.LOADNIL -> a <= register && register <= Op.b(i);
            case Op.TFORLOOP -> register >= a + 2;
            case Op.CALL, Op.TAILCALL -> register >= a;
            case Op.SELF -> register == a || register == a + 1;
            case Op.JMP -> {
              int to = pc + 1 + Op.jump(i);
              if (pc < to && to <= last && to > target) {
                target = to;
              }
              yield false;
            }
            default -> Op.setsA(i) && register == a;
          };
      if (sets) {
        found = pc < target ? -1 : pc;
      }
      if (Op.op(i) == Op.CLOSURE) {
        pc += function.functions()[Op.bx(i)].upvalues().length;
      } else if (Op.op(i) == Op.SETLIST && Op.c(i) == 0) {
        pc++;
      }
    }
    return found;
  }
}
