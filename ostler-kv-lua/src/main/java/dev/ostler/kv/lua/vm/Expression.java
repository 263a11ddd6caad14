package dev.ostler.kv.lua.vm;

/** An expression that the parser has read, and whose code is not complete yet. */
final class Expression {
  /** Where its value is, or how to get it. */
  enum Kind {
    VOID,
    NIL,
    TRUE,
    FALSE,
    /** In constant {@code info}. */
    CONSTANT,
    /** It is {@code number}. */
    NUMBER,
    /** In register {@code info} of a local variable. */
    LOCAL,
    /** In upvalue {@code info}. */
    UPVALUE,
    /** In the global variable whose name is constant {@code info}. */
    GLOBAL,
    /** In the table of register {@code info}, by the register or constant {@code key}. */
    INDEXED,
    /** True if the jump at {@code info} is taken. */
    JUMP,
    /** The instruction at {@code info} can put it into any register. */
    ANYWHERE,
    /** In register {@code info}. */
    FIXED,
    /** The results of the call at {@code info}. */
    CALL,
    /** What the instruction at {@code info} gets of the arguments. */
    VARARG
  }

  Kind kind = Kind.VOID;
  int info;
  int key;
  double number;
  int ifTrue = FunctionCode.NO_JUMP; // jumps that are taken if it is true
  int ifFalse = FunctionCode.NO_JUMP;

  Expression set(Kind newKind, int newInfo) {
    kind = newKind;
    info = newInfo;
    ifTrue = FunctionCode.NO_JUMP;
    ifFalse = FunctionCode.NO_JUMP;
    return this;
  }

  void copy(Expression other) {
    kind = other.kind;
    info = other.info;
    key = other.key;
    number = other.number;
    ifTrue = other.ifTrue;
    ifFalse = other.ifFalse;
  }

  boolean hasJumps() {
    return ifTrue != ifFalse;
  }

  boolean isNumeral() {
    return kind == Kind.NUMBER && !hasJumps();
  }

  boolean hasManyValues() {
    return kind == Kind.CALL || kind == Kind.VARARG;
  }
}
