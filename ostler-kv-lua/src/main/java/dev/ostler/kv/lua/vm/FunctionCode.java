package dev.ostler.kv.lua.vm;

import dev.ostler.kv.lua.vm.Expression.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The function that the parser reads: makes its instructions. Used by one thread.
 *
 * <p>The instructions, and how they are chosen, are those of PUC-Rio's compiler of Lua 5.1
 * (lcode.c). An expression stays an {@link Expression} as long as it can, so that most need neither
 * a register nor an instruction of their own. Jumps to a place that is not known yet form a list:
 * the target of each is the next one.
 */
final class FunctionCode {
  static final int NO_JUMP = -1;
  private static final int NO_REGISTER = 255;
  private static final int MOST_REGISTERS = 250;
  private static final int MOST_LOCALS = 200;
  private static final int MOST_UPVALUES = 60;
  private static final int MULTIPLE = -1;

  /** A block of statements. */
  static final class Block {
    final @Nullable Block outer;
    final int active; // variables outside of it
    final boolean breakable;
    int breaks = NO_JUMP;
    boolean hasUpvalue; // one of its variables is one

    Block(@Nullable Block outer, int active, boolean breakable) {
      this.outer = outer;
      this.active = active;
      this.breakable = breakable;
    }
  }

  /** Where an outer variable comes from: a register or an upvalue of the enclosing function. */
  private record Outer(Kind kind, int info) {}

  /** A local variable; it becomes active after its declaration. */
  private static final class Variable {
    final String name;
    int from;
    int to;

    Variable(String name) {
      this.name = name;
    }
  }

  final @Nullable FunctionCode enclosing;
  private final Lexer lexer;
  private int[] code = new int[16];
  private int[] lines = new int[16];
  private int pc;
  private int lastTarget = -1; // no instruction before this is changed
  private int pendingJumps = NO_JUMP; // to the next instruction
  private final List<@Nullable Object> constants = new ArrayList<>();
  private final Map<Object, Integer> constantPlaces = new HashMap<>();
  final List<Prototype> functions = new ArrayList<>();
  private final List<String> upvalues = new ArrayList<>();
  private final List<Outer> outers = new ArrayList<>();
  private final List<Variable> variables = new ArrayList<>(); // all there ever were
  private final int[] active = new int[MOST_LOCALS]; // indexes of those
  private int activeCount;
  private int freeRegister;
  private int registers = 2;
  @Nullable Block block;
  int parameters;
  boolean vararg;
  final int firstLine;

  FunctionCode(@Nullable FunctionCode enclosing, Lexer lexer, int firstLine) {
    this.enclosing = enclosing;
    this.lexer = lexer;
    this.firstLine = firstLine;
  }

  Prototype finish() {
    makeReturn(0, 0);
    var locals = new Prototype.Local[variables.size()];
    for (int i = 0; i < locals.length; i++) {
      Variable each = variables.get(i);
      locals[i] = new Prototype.Local(each.name, each.from, each.to);
    }
    return new Prototype(
        lexer.source(),
        firstLine,
        parameters,
        vararg,
        registers,
        Arrays.copyOf(code, pc),
        Arrays.copyOf(lines, pc),
        constants.toArray(),
        functions.toArray(Prototype[]::new),
        upvalues.toArray(String[]::new),
        locals);
  }

  private void expectAtMost(int count, int most, String what) {
    if (count > most) {
      throw lexer.error(
          firstLine == 0
              ? "main function has more than " + most + " " + what
              : "function at line " + firstLine + " has more than " + most + " " + what);
    }
  }

  // --- Variables

  int activeCount() {
    return activeCount;
  }

  int freeRegister() {
    return freeRegister;
  }

  void freeRegister(int register) {
    freeRegister = register;
  }

  /** Declares a variable, which becomes active later. */
  void declare(String name, int ahead) {
    expectAtMost(activeCount + ahead + 1, MOST_LOCALS, "local variables");
    active[activeCount + ahead] = variables.size();
    variables.add(new Variable(name));
  }

  /** The next declared variables are active from here on. */
  void activate(int count) {
    for (int i = 0; i < count; i++) {
      variables.get(active[activeCount++]).from = pc;
    }
  }

  /** Ends all variables but the first ones. */
  void deactivate(int remaining) {
    while (activeCount > remaining) {
      variables.get(active[--activeCount]).to = pc;
    }
  }

  /** Finds the variable of this name, in this function or those around it. */
  static void find(FunctionCode inner, String name, Expression result) {
    var way = new ArrayList<FunctionCode>(); // from the inside out
    for (FunctionCode each = inner; each != null; each = each.enclosing) {
      int register = each.local(name);
      if (register >= 0) {
        result.set(Kind.LOCAL, register);
        if (!way.isEmpty()) {
          each.markUpvalue(register);
        }
        break;
      }
      int upvalue = each.upvalues.indexOf(name);
      if (upvalue >= 0) {
        result.set(Kind.UPVALUE, upvalue);
        break;
      }
      way.add(each);
      if (each.enclosing == null) {
        result.set(Kind.GLOBAL, inner.constant(name));
        return;
      }
    }
    for (FunctionCode each : way.reversed()) {
      result.set(Kind.UPVALUE, each.addUpvalue(name, result));
    }
  }

  private int local(String name) {
    for (int i = activeCount - 1; i >= 0; i--) {
      if (variables.get(active[i]).name.equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private void markUpvalue(int register) {
    Block each = block;
    while (each != null && each.active > register) {
      each = each.outer;
    }
    if (each != null) {
      each.hasUpvalue = true;
    }
  }

  private int addUpvalue(String name, Expression from) {
    expectAtMost(upvalues.size() + 1, MOST_UPVALUES, "upvalues");
    upvalues.add(name);
    outers.add(new Outer(from.kind, from.info));
    return upvalues.size() - 1;
  }

  // --- Blocks

  void enter(boolean breakable) {
    block = new Block(block, activeCount, breakable);
  }

  void leave() {
    Block left = java.util.Objects.requireNonNull(block);
    block = left.outer;
    deactivate(left.active);
    if (left.hasUpvalue) {
      var _ = emit(Op.abc(Op.CLOSE, left.active, 0, 0));
    }
    freeRegister = activeCount;
    patchToHere(left.breaks);
  }

  // --- Instructions

  int pc() {
    return pc;
  }

  int at(int place) {
    return code[place];
  }

  void replace(int place, int instruction) {
    code[place] = instruction;
  }

  int emit(int instruction) {
    return emit(instruction, lexer.lastLine());
  }

  private int emit(int instruction, int line) {
    int jumps = pendingJumps;
    pendingJumps = NO_JUMP;
    patchList(jumps, pc, NO_REGISTER, pc);
    if (pc == code.length) {
      code = Arrays.copyOf(code, pc * 2);
      lines = Arrays.copyOf(lines, pc * 2);
    }
    code[pc] = instruction;
    lines[pc] = line;
    return pc++;
  }

  void fixLine(int line) {
    lines[pc - 1] = line;
  }

  private void makeNil(int from, int count) {
    if (pc > lastTarget) {
      if (pc == 0) {
        if (from >= activeCount) {
          return; // registers are nil at first
        }
      } else {
        int previous = code[pc - 1];
        if (Op.op(previous) == Op.LOADNIL) {
          int first = Op.a(previous);
          int last = Op.b(previous);
          if (first <= from && from <= last + 1) {
            if (from + count - 1 > last) {
              code[pc - 1] = Op.withB(previous, from + count - 1);
            }
            return;
          }
        }
      }
    }
    var _ = emit(Op.abc(Op.LOADNIL, from, from + count - 1, 0));
  }

  void nil(int from, int count) {
    makeNil(from, count);
  }

  void makeReturn(int first, int count) {
    var _ = emit(Op.abc(Op.RETURN, first, count + 1, 0));
  }

  // --- Jumps

  int jump() {
    int jumps = pendingJumps;
    pendingJumps = NO_JUMP;
    int made = emit(Op.abx(Op.JMP, 0, NO_JUMP + Op.MOST_JUMP));
    return concat(made, jumps);
  }

  private int conditionalJump(int op, int a, int b, int c) {
    var _ = emit(Op.abc(op, a, b, c));
    return jump();
  }

  private void fixJump(int place, int target) {
    int offset = target - (place + 1);
    if (Math.abs(offset) > Op.MOST_JUMP) {
      throw lexer.error("control structure too long");
    }
    code[place] = Op.withJump(code[place], offset);
  }

  /** The next instruction is the target of jumps. */
  int label() {
    lastTarget = pc;
    return pc;
  }

  private int next(int place) {
    int offset = Op.jump(code[place]);
    return offset == NO_JUMP ? NO_JUMP : place + 1 + offset;
  }

  private int controlOf(int place) {
    return place >= 1 && Op.isTest(code[place - 1]) ? place - 1 : place;
  }

  /** Whether one of these jumps leaves no value in a register. */
  private boolean needsValue(int list) {
    for (int each = list; each != NO_JUMP; each = next(each)) {
      if (Op.op(code[controlOf(each)]) != Op.TESTSET) {
        return true;
      }
    }
    return false;
  }

  private boolean patchTest(int place, int register) {
    int at = controlOf(place);
    int i = code[at];
    if (Op.op(i) != Op.TESTSET) {
      return false;
    }
    if (register != NO_REGISTER && register != Op.b(i)) {
      code[at] = Op.withA(i, register);
    } else {
      code[at] = Op.abc(Op.TEST, Op.b(i), 0, Op.c(i));
    }
    return true;
  }

  private void removeValues(int list) {
    for (int each = list; each != NO_JUMP; each = next(each)) {
      var _ = patchTest(each, NO_REGISTER);
    }
  }

  private void patchList(int list, int target, int register, int otherwise) {
    int each = list;
    while (each != NO_JUMP) {
      int next = next(each);
      fixJump(each, patchTest(each, register) ? target : otherwise);
      each = next;
    }
  }

  void patch(int list, int target) {
    if (target == pc) {
      patchToHere(list);
    } else {
      patchList(list, target, NO_REGISTER, target);
    }
  }

  void patchToHere(int list) {
    var _ = label();
    pendingJumps = concat(pendingJumps, list);
  }

  /** The list of the jumps of both lists. */
  int concat(int one, int other) {
    if (other == NO_JUMP) {
      return one;
    }
    if (one == NO_JUMP) {
      return other;
    }
    int last = one;
    for (int next = next(last); next != NO_JUMP; next = next(last)) {
      last = next;
    }
    fixJump(last, other);
    return one;
  }

  // --- Registers and constants

  private void checkRegisters(int count) {
    int needed = freeRegister + count;
    if (needed > registers) {
      if (needed >= MOST_REGISTERS) {
        throw lexer.error("function or expression too complex");
      }
      registers = needed;
    }
  }

  void reserve(int count) {
    checkRegisters(count);
    freeRegister += count;
  }

  private void free(int register) {
    if (register < Op.CONSTANT && register >= activeCount) {
      freeRegister--;
    }
  }

  private void free(Expression e) {
    if (e.kind == Kind.FIXED) {
      free(e.info);
    }
  }

  int constant(Object value) {
    return constant(value, value);
  }

  private int constant(Object key, @Nullable Object value) {
    Integer known = constantPlaces.get(key);
    if (known != null) {
      return known;
    }
    int place = constants.size();
    if (place > Op.MOST_BX) {
      throw lexer.error("constant table overflow");
    }
    constants.add(value);
    constantPlaces.put(key, place);
    return place;
  }

  private static final Object NIL = new Object();

  // --- Expressions

  /** Sets how many of the results of a call, or of the arguments, are wanted; -1 for all. */
  void setResults(Expression e, int count) {
    if (e.kind == Kind.CALL) {
      code[e.info] = Op.withC(code[e.info], count + 1);
    } else if (e.kind == Kind.VARARG) {
      code[e.info] = Op.withA(Op.withB(code[e.info], count + 1), freeRegister);
      reserve(1);
    }
  }

  void setAllResults(Expression e) {
    setResults(e, MULTIPLE);
  }

  void setOneResult(Expression e) {
    if (e.kind == Kind.CALL) {
      e.kind = Kind.FIXED;
      e.info = Op.a(code[e.info]);
    } else if (e.kind == Kind.VARARG) {
      code[e.info] = Op.withB(code[e.info], 2);
      e.kind = Kind.ANYWHERE;
    }
  }

  /** Makes sure that the expression is no variable any more. */
  void discharge(Expression e) {
    switch (e.kind) {
      case LOCAL -> e.kind = Kind.FIXED;
      case UPVALUE -> {
        e.info = emit(Op.abc(Op.GETUPVAL, 0, e.info, 0));
        e.kind = Kind.ANYWHERE;
      }
      case GLOBAL -> {
        e.info = emit(Op.abx(Op.GETGLOBAL, 0, e.info));
        e.kind = Kind.ANYWHERE;
      }
      case INDEXED -> {
        free(e.key);
        free(e.info);
        e.info = emit(Op.abc(Op.GETTABLE, 0, e.info, e.key));
        e.kind = Kind.ANYWHERE;
      }
      case VARARG, CALL -> setOneResult(e);
      default -> {}
    }
  }

  private void dischargeTo(Expression e, int register) {
    discharge(e);
    switch (e.kind) {
      case NIL -> makeNil(register, 1);
      case FALSE, TRUE -> {
        var _ = emit(Op.abc(Op.LOADBOOL, register, e.kind == Kind.TRUE ? 1 : 0, 0));
      }
      case CONSTANT -> {
        var _ = emit(Op.abx(Op.LOADK, register, e.info));
      }
      case NUMBER -> {
        var _ = emit(Op.abx(Op.LOADK, register, constant(e.number)));
      }
      case ANYWHERE -> code[e.info] = Op.withA(code[e.info], register);
      case FIXED -> {
        if (register != e.info) {
          var _ = emit(Op.abc(Op.MOVE, register, e.info, 0));
        }
      }
      default -> {
        return; // nothing, or a jump
      }
    }
    e.info = register;
    e.kind = Kind.FIXED;
  }

  private void dischargeToAny(Expression e) {
    if (e.kind != Kind.FIXED) {
      reserve(1);
      dischargeTo(e, freeRegister - 1);
    }
  }

  private void toRegister(Expression e, int register) {
    dischargeTo(e, register);
    if (e.kind == Kind.JUMP) {
      e.ifTrue = concat(e.ifTrue, e.info);
    }
    if (e.hasJumps()) {
      int loadsFalse = NO_JUMP;
      int loadsTrue = NO_JUMP;
      if (needsValue(e.ifTrue) || needsValue(e.ifFalse)) {
        int over = e.kind == Kind.JUMP ? NO_JUMP : jump();
        var _ = label();
        loadsFalse = emit(Op.abc(Op.LOADBOOL, register, 0, 1));
        var _ = label();
        loadsTrue = emit(Op.abc(Op.LOADBOOL, register, 1, 0));
        patchToHere(over);
      }
      int end = label();
      patchList(e.ifFalse, end, register, loadsFalse);
      patchList(e.ifTrue, end, register, loadsTrue);
    }
    e.set(Kind.FIXED, register);
  }

  void toNextRegister(Expression e) {
    discharge(e);
    free(e);
    reserve(1);
    toRegister(e, freeRegister - 1);
  }

  int toAnyRegister(Expression e) {
    discharge(e);
    if (e.kind == Kind.FIXED) {
      if (!e.hasJumps()) {
        return e.info;
      }
      if (e.info >= activeCount) {
        toRegister(e, e.info);
        return e.info;
      }
    }
    toNextRegister(e);
    return e.info;
  }

  void toValue(Expression e) {
    if (e.hasJumps()) {
      var _ = toAnyRegister(e);
    } else {
      discharge(e);
    }
  }

  /** The register or constant that holds the expression. */
  int toOperand(Expression e) {
    toValue(e);
    switch (e.kind) {
      case NUMBER, TRUE, FALSE, NIL -> {
        if (constants.size() < Op.CONSTANT) {
          e.info =
              switch (e.kind) {
                case NIL -> constant(NIL, null);
                case NUMBER -> constant(e.number);
                default -> constant(e.kind == Kind.TRUE);
              };
          e.kind = Kind.CONSTANT;
          return e.info | Op.CONSTANT;
        }
      }
      case CONSTANT -> {
        if (e.info < Op.CONSTANT) {
          return e.info | Op.CONSTANT;
        }
      }
      default -> {}
    }
    return toAnyRegister(e);
  }

  void store(Expression variable, Expression e) {
    switch (variable.kind) {
      case LOCAL -> {
        free(e);
        toRegister(e, variable.info);
        return;
      }
      case UPVALUE -> {
        int register = toAnyRegister(e);
        var _ = emit(Op.abc(Op.SETUPVAL, register, variable.info, 0));
      }
      case GLOBAL -> {
        int register = toAnyRegister(e);
        var _ = emit(Op.abx(Op.SETGLOBAL, register, variable.info));
      }
      default -> {
        int operand = toOperand(e);
        var _ = emit(Op.abc(Op.SETTABLE, variable.info, variable.key, operand));
      }
    }
    free(e);
  }

  void self(Expression e, Expression key) {
    var _ = toAnyRegister(e);
    free(e);
    int function = freeRegister;
    reserve(2);
    var _ = emit(Op.abc(Op.SELF, function, e.info, toOperand(key)));
    free(key);
    e.info = function;
    e.kind = Kind.FIXED;
  }

  void index(Expression table, Expression key) {
    table.key = toOperand(key);
    table.kind = Kind.INDEXED;
  }

  // --- Conditions

  private void invertJump(Expression e) {
    int at = controlOf(e.info);
    code[at] = Op.withA(code[at], Op.a(code[at]) == 0 ? 1 : 0);
  }

  private int jumpOn(Expression e, boolean condition) {
    if (e.kind == Kind.ANYWHERE && Op.op(code[e.info]) == Op.NOT) {
      int operand = Op.b(code[e.info]);
      pc--; // the NOT
      return conditionalJump(Op.TEST, operand, 0, condition ? 0 : 1);
    }
    dischargeToAny(e);
    free(e);
    return conditionalJump(Op.TESTSET, NO_REGISTER, e.info, condition ? 1 : 0);
  }

  /** Continues if the expression is true, and jumps otherwise. */
  void goIfTrue(Expression e) {
    discharge(e);
    int jump =
        switch (e.kind) {
          case CONSTANT, NUMBER, TRUE -> NO_JUMP;
          case FALSE -> jump();
          case JUMP -> {
            invertJump(e);
            yield e.info;
          }
          default -> jumpOn(e, false);
        };
    e.ifFalse = concat(e.ifFalse, jump);
    patchToHere(e.ifTrue);
    e.ifTrue = NO_JUMP;
  }

  /** Continues if the expression is false, and jumps otherwise. */
  void goIfFalse(Expression e) {
    discharge(e);
    int jump =
        switch (e.kind) {
          case NIL, FALSE -> NO_JUMP;
          case TRUE -> jump();
          case JUMP -> e.info;
          default -> jumpOn(e, true);
        };
    e.ifTrue = concat(e.ifTrue, jump);
    patchToHere(e.ifFalse);
    e.ifFalse = NO_JUMP;
  }

  private void not(Expression e) {
    discharge(e);
    switch (e.kind) {
      case NIL, FALSE -> e.kind = Kind.TRUE;
      case CONSTANT, NUMBER, TRUE -> e.kind = Kind.FALSE;
      case JUMP -> invertJump(e);
      default -> {
        dischargeToAny(e);
        free(e);
        e.info = emit(Op.abc(Op.NOT, 0, e.info, 0));
        e.kind = Kind.ANYWHERE;
      }
    }
    int swapped = e.ifFalse;
    e.ifFalse = e.ifTrue;
    e.ifTrue = swapped;
    removeValues(e.ifFalse);
    removeValues(e.ifTrue);
  }

  // --- Operators

  void prefix(Token operator, Expression e, int line) {
    switch (operator) {
      case MINUS -> {
        if (!e.isNumeral()) {
          var _ = toAnyRegister(e);
        }
        arithmetic(Op.UNM, e, new Expression().set(Kind.NUMBER, 0), line);
      }
      case NOT -> not(e);
      default -> {
        var _ = toAnyRegister(e);
        arithmetic(Op.LEN, e, new Expression().set(Kind.NUMBER, 0), line);
      }
    }
  }

  /** The left operand was read. */
  void infix(Token operator, Expression e) {
    switch (operator) {
      case AND -> goIfTrue(e);
      case OR -> goIfFalse(e);
      case CONCAT -> toNextRegister(e); // operands must be in consecutive registers
      case PLUS, MINUS, TIMES, SLASH, PERCENT, POWER -> {
        if (!e.isNumeral()) {
          var _ = toOperand(e);
        }
      }
      default -> {
        var _ = toOperand(e);
      }
    }
  }

  /** Both operands were read. */
  void postfix(Token operator, Expression left, Expression right, int line) {
    switch (operator) {
      case AND -> {
        discharge(right);
        right.ifFalse = concat(right.ifFalse, left.ifFalse);
        left.copy(right);
      }
      case OR -> {
        discharge(right);
        right.ifTrue = concat(right.ifTrue, left.ifTrue);
        left.copy(right);
      }
      case CONCAT -> {
        toValue(right);
        if (right.kind == Kind.ANYWHERE && Op.op(code[right.info]) == Op.CONCAT) {
          free(left);
          code[right.info] = Op.withB(code[right.info], left.info);
          left.kind = Kind.ANYWHERE;
          left.info = right.info;
        } else {
          toNextRegister(right);
          arithmetic(Op.CONCAT, left, right, line);
        }
      }
      case PLUS -> arithmetic(Op.ADD, left, right, line);
      case MINUS -> arithmetic(Op.SUB, left, right, line);
      case TIMES -> arithmetic(Op.MUL, left, right, line);
      case SLASH -> arithmetic(Op.DIV, left, right, line);
      case PERCENT -> arithmetic(Op.MOD, left, right, line);
      case POWER -> arithmetic(Op.POW, left, right, line);
      case EQUAL -> compare(Op.EQ, true, left, right, line);
      case NOT_EQUAL -> compare(Op.EQ, false, left, right, line);
      case LESS -> compare(Op.LT, true, left, right, line);
      case NOT_GREATER -> compare(Op.LE, true, left, right, line);
      case GREATER -> compare(Op.LT, false, left, right, line);
      default -> compare(Op.LE, false, left, right, line);
    }
  }

  private void arithmetic(int op, Expression left, Expression right, int line) {
    if (foldsConstants(op, left, right)) {
      return;
    }
    int second = op != Op.UNM && op != Op.LEN ? toOperand(right) : 0;
    int first = toOperand(left);
    if (first > second) {
      free(left);
      free(right);
    } else {
      free(right);
      free(left);
    }
    left.info = emit(Op.abc(op, 0, first, second), line);
    left.kind = Kind.ANYWHERE;
  }

  private static boolean foldsConstants(int op, Expression left, Expression right) {
    if (!left.isNumeral() || !right.isNumeral()) {
      return false;
    }
    double a = left.number;
    double b = right.number;
    if ((op == Op.DIV || op == Op.MOD) && b == 0) {
      return false;
    }
    double value;
    switch (op) {
      case Op.ADD -> value = a + b;
      case Op.SUB -> value = a - b;
      case Op.MUL -> value = a * b;
      case Op.DIV -> value = a / b;
      case Op.MOD -> value = Arithmetic.mod(a, b);
      case Op.POW -> value = Math.pow(a, b);
      case Op.UNM -> value = -a;
      default -> {
        return false;
      }
    }
    if (Double.isNaN(value)) {
      return false;
    }
    left.number = value;
    return true;
  }

  private void compare(int op, boolean condition, Expression left, Expression right, int line) {
    int first = toOperand(left);
    int second = toOperand(right);
    free(right);
    free(left);
    boolean wanted = condition;
    if (!condition && op != Op.EQ) { // a > b is b < a
      int swapped = first;
      first = second;
      second = swapped;
      wanted = true;
    }
    var _ = emit(Op.abc(op, wanted ? 1 : 0, first, second), line);
    left.info = jump();
    left.kind = Kind.JUMP;
  }

  /** Stores so many values, which are in the last registers, in the list of a table. */
  void setList(int table, int stored, int count) {
    int batch = (stored - 1) / Op.FLUSH + 1;
    int values = count == MULTIPLE ? 0 : count;
    if (batch <= 511) {
      var _ = emit(Op.abc(Op.SETLIST, table, values, batch));
    } else {
      var _ = emit(Op.abc(Op.SETLIST, table, values, 0));
      var _ = emit(batch);
    }
    freeRegister = table + 1; // the table only
  }

  void setAllList(int table, int stored) {
    setList(table, stored, MULTIPLE);
  }

  /** Makes the closure of a function that was read. */
  void closure(FunctionCode inner, Expression result) {
    functions.add(inner.finish());
    result.set(Kind.ANYWHERE, emit(Op.abx(Op.CLOSURE, 0, functions.size() - 1)));
    for (Outer each : inner.outers) {
      var _ = emit(Op.abc(each.kind == Kind.LOCAL ? Op.MOVE : Op.GETUPVAL, 0, each.info, 0));
    }
  }
}
