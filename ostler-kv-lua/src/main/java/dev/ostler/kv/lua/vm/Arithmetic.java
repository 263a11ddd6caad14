package dev.ostler.kv.lua.vm;

/** Arithmetic that Java's operators do otherwise. Pure functions. */
final class Arithmetic {
  private Arithmetic() {}

  /** The remainder with the sign of the divisor, as Lua 5.1 computes it. */
  static double mod(double a, double b) {
    return a - Math.floor(a / b) * b;
  }

  static double compute(int op, double a, double b) {
    return switch (op) {
      case Op.ADD -> a + b;
      case Op.SUB -> a - b;
      case Op.MUL -> a * b;
      case Op.DIV -> a / b;
      case Op.MOD -> mod(a, b);
      case Op.POW -> Math.pow(a, b);
      default -> -a;
    };
  }

  /** The metamethod of an operation. */
  static String event(int op) {
    return switch (op) {
      case Op.ADD -> "__add";
      case Op.SUB -> "__sub";
      case Op.MUL -> "__mul";
      case Op.DIV -> "__div";
      case Op.MOD -> "__mod";
      case Op.POW -> "__pow";
      default -> "__unm";
    };
  }
}
