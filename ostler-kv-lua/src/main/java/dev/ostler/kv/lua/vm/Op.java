package dev.ostler.kv.lua.vm;

/**
 * The instructions of a compiled function: those of Lua 5.1.
 *
 * <p>An instruction is an {@code int}: the code in the lowest 6 bits, then A with 8 bits, C with 9
 * and B with 9; or, in place of C and B, the number Bx with 18 bits, which is signed in jumps
 * (sBx). A B or C of {@link #CONSTANT} or more is the index of a constant, otherwise it is a
 * register.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class Op {
  static final int MOVE = 0;
  static final int LOADK = 1;
  static final int LOADBOOL = 2;
  static final int LOADNIL = 3;
  static final int GETUPVAL = 4;
  static final int GETGLOBAL = 5;
  static final int GETTABLE = 6;
  static final int SETGLOBAL = 7;
  static final int SETUPVAL = 8;
  static final int SETTABLE = 9;
  static final int NEWTABLE = 10;
  static final int SELF = 11;
  static final int ADD = 12;
  static final int SUB = 13;
  static final int MUL = 14;
  static final int DIV = 15;
  static final int MOD = 16;
  static final int POW = 17;
  static final int UNM = 18;
  static final int NOT = 19;
  static final int LEN = 20;
  static final int CONCAT = 21;
  static final int JMP = 22;
  static final int EQ = 23;
  static final int LT = 24;
  static final int LE = 25;
  static final int TEST = 26;
  static final int TESTSET = 27;
  static final int CALL = 28;
  static final int TAILCALL = 29;
  static final int RETURN = 30;
  static final int FORLOOP = 31;
  static final int FORPREP = 32;
  static final int TFORLOOP = 33;
  static final int SETLIST = 34;
  static final int CLOSE = 35;
  static final int CLOSURE = 36;
  static final int VARARG = 37;

  /** The bit that makes B or C the index of a constant. */
  static final int CONSTANT = 256;

  static final int MOST_BX = (1 << 18) - 1;
  static final int MOST_JUMP = MOST_BX >> 1;

  /** How many values one {@link #SETLIST} stores at most. */
  static final int FLUSH = 50;

  private Op() {}

  static int abc(int op, int a, int b, int c) {
    return op | a << 6 | c << 14 | b << 23;
  }

  static int abx(int op, int a, int bx) {
    return op | a << 6 | bx << 14;
  }

  static int op(int i) {
    return i & 63;
  }

  static int a(int i) {
    return i >>> 6 & 255;
  }

  static int b(int i) {
    return i >>> 23;
  }

  static int c(int i) {
    return i >>> 14 & 511;
  }

  static int bx(int i) {
    return i >>> 14;
  }

  static int jump(int i) {
    return (i >>> 14) - MOST_JUMP;
  }

  static int withA(int i, int a) {
    return i & ~(255 << 6) | a << 6;
  }

  static int withB(int i, int b) {
    return i & ~(511 << 23) | b << 23;
  }

  static int withC(int i, int c) {
    return i & ~(511 << 14) | c << 14;
  }

  static int withJump(int i, int jump) {
    return i & ((1 << 14) - 1) | jump + MOST_JUMP << 14;
  }

  /** Whether the instruction is a test, which is followed by a jump. */
  static boolean isTest(int i) {
    int op = op(i);
    return op >= EQ && op <= TESTSET || op == TFORLOOP;
  }

  /** Whether the instruction sets register A. */
  static boolean setsA(int i) {
    return switch (op(i)) {
      case SETGLOBAL, SETUPVAL, SETTABLE, JMP, EQ, LT, LE, TEST, RETURN, SETLIST, CLOSE -> false;
      default -> true;
    };
  }
}
