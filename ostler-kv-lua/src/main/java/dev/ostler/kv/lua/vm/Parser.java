package dev.ostler.kv.lua.vm;

import dev.ostler.kv.lua.vm.Expression.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Compiles a script in one pass: reads it by the grammar of Lua 5.1, and has {@link FunctionCode}
 * make the instructions. Single use, by one thread.
 *
 * <p>It is recursive, to a fixed depth.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class Parser {
  /** As deep as expressions, statements and functions may be in each other. */
  private static final int DEEPEST = 200;

  private static final int PREFIX_PRIORITY = 8;

  private final Lexer lexer;
  private FunctionCode code;
  private int depth;

  private Parser(Lexer lexer) {
    this.lexer = lexer;
    this.code = new FunctionCode(null, lexer, 0);
  }

  /**
   * Compiles a chunk.
   *
   * @param source its name in errors
   * @param text the script, a byte string
   * @throws LuaError if it is not valid
   */
  static Prototype parse(String source, String text) {
    var parser = new Parser(new Lexer(source, text));
    parser.code.vararg = true;
    parser.code.enter(false);
    parser.block();
    parser.expect(Token.END_OF_INPUT);
    parser.code.leave();
    return parser.code.finish();
  }

  // --- Words

  private boolean is(Token token) {
    return lexer.token() == token;
  }

  private boolean take(Token token) {
    if (!is(token)) {
      return false;
    }
    lexer.advance();
    return true;
  }

  private void expect(Token token) {
    if (!is(token)) {
      throw expected(token);
    }
  }

  private LuaError expected(Token token) {
    return lexer.error("'" + token.spelling + "' expected");
  }

  private void takeExpected(Token token) {
    expect(token);
    lexer.advance();
  }

  private void takeMatching(Token what, Token who, int line) {
    if (take(what)) {
      return;
    }
    if (line == lexer.line()) {
      throw expected(what);
    }
    throw lexer.error(
        "'%s' expected (to close '%s' at line %d)".formatted(what.spelling, who.spelling, line));
  }

  private String name() {
    expect(Token.NAME);
    String name = lexer.text();
    lexer.advance();
    return name;
  }

  private void deeper() {
    if (++depth > DEEPEST) {
      throw lexer.plain("chunk has too many syntax levels");
    }
  }

  // --- Statements

  private boolean endsBlock() {
    return switch (lexer.token()) {
      case ELSE, ELSEIF, END, END_OF_INPUT, UNTIL -> true;
      default -> false;
    };
  }

  private void block() {
    deeper();
    boolean last = false;
    while (!last && !endsBlock()) {
      last = statement();
      var _ = take(Token.SEMICOLON);
      code.freeRegister(code.activeCount());
    }
    depth--;
  }

  private void ownBlock() {
    code.enter(false);
    block();
    code.leave();
  }

  /** Reads a statement; true if it must be the last one of its block. */
  private boolean statement() {
    int line = lexer.line();
    switch (lexer.token()) {
      case IF -> ifStatement(line);
      case WHILE -> whileStatement(line);
      case DO -> {
        lexer.advance();
        ownBlock();
        takeMatching(Token.END, Token.DO, line);
      }
      case FOR -> forStatement(line);
      case REPEAT -> repeatStatement(line);
      case FUNCTION -> functionStatement(line);
      case LOCAL -> {
        lexer.advance();
        if (take(Token.FUNCTION)) {
          localFunction();
        } else {
          localStatement();
        }
      }
      case RETURN -> {
        returnStatement();
        return true;
      }
      case BREAK -> {
        lexer.advance();
        breakStatement();
        return true;
      }
      default -> expressionStatement();
    }
    return false;
  }

  private int condition() {
    var e = new Expression();
    expression(e);
    if (e.kind == Kind.NIL) {
      e.kind = Kind.FALSE;
    }
    code.goIfTrue(e);
    return e.ifFalse;
  }

  private int testThenBlock() {
    lexer.advance();
    int otherwise = condition();
    takeExpected(Token.THEN);
    ownBlock();
    return otherwise;
  }

  private void ifStatement(int line) {
    int ends = FunctionCode.NO_JUMP;
    int otherwise = testThenBlock();
    while (is(Token.ELSEIF)) {
      ends = code.concat(ends, code.jump());
      code.patchToHere(otherwise);
      otherwise = testThenBlock();
    }
    if (is(Token.ELSE)) {
      ends = code.concat(ends, code.jump());
      code.patchToHere(otherwise);
      lexer.advance();
      ownBlock();
    } else {
      ends = code.concat(ends, otherwise);
    }
    code.patchToHere(ends);
    takeMatching(Token.END, Token.IF, line);
  }

  private void whileStatement(int line) {
    lexer.advance();
    int begin = code.label();
    int exit = condition();
    code.enter(true);
    takeExpected(Token.DO);
    ownBlock();
    code.patch(code.jump(), begin);
    takeMatching(Token.END, Token.WHILE, line);
    code.leave();
    code.patchToHere(exit);
  }

  private void repeatStatement(int line) {
    int begin = code.label();
    code.enter(true);
    code.enter(false);
    lexer.advance();
    block();
    takeMatching(Token.UNTIL, Token.REPEAT, line);
    int again = condition(); // it sees the variables of the block
    if (!Objects.requireNonNull(code.block).hasUpvalue) {
      code.leave();
      code.patch(again, begin);
    } else {
      breakStatement();
      code.patchToHere(again);
      code.leave();
      code.patch(code.jump(), begin);
    }
    code.leave();
  }

  private void breakStatement() {
    FunctionCode.Block each = code.block;
    boolean hasUpvalue = false;
    while (each != null && !each.breakable) {
      hasUpvalue |= each.hasUpvalue;
      each = each.outer;
    }
    if (each == null) {
      throw lexer.error("no loop to break");
    }
    if (hasUpvalue) {
      var _ = code.emit(Op.abc(Op.CLOSE, each.active, 0, 0));
    }
    each.breaks = code.concat(each.breaks, code.jump());
  }

  private void forStatement(int line) {
    code.enter(true);
    lexer.advance();
    String first = name();
    switch (lexer.token()) {
      case ASSIGN -> numericFor(first, line);
      case COMMA, IN -> genericFor(first);
      default -> throw lexer.error("'=' or 'in' expected");
    }
    takeMatching(Token.END, Token.FOR, line);
    code.leave();
  }

  private void toNextRegister() {
    var e = new Expression();
    expression(e);
    code.toNextRegister(e);
  }

  private void numericFor(String name, int line) {
    int base = code.freeRegister();
    code.declare("(for index)", 0);
    code.declare("(for limit)", 1);
    code.declare("(for step)", 2);
    code.declare(name, 3);
    takeExpected(Token.ASSIGN);
    toNextRegister();
    takeExpected(Token.COMMA);
    toNextRegister();
    if (take(Token.COMMA)) {
      toNextRegister();
    } else {
      var _ = code.emit(Op.abx(Op.LOADK, code.freeRegister(), code.constant(1.0)));
      code.reserve(1);
    }
    forBody(base, line, 1, true);
  }

  private void genericFor(String first) {
    int base = code.freeRegister();
    int count = 0;
    code.declare("(for generator)", count++);
    code.declare("(for state)", count++);
    code.declare("(for control)", count++);
    code.declare(first, count++);
    while (take(Token.COMMA)) {
      code.declare(name(), count++);
    }
    takeExpected(Token.IN);
    int line = lexer.line();
    var e = new Expression();
    adjust(3, expressions(e), e);
    forBody(base, line, count - 3, false);
  }

  private void forBody(int base, int line, int variables, boolean numeric) {
    code.activate(3); // the variables that the loop controls
    takeExpected(Token.DO);
    int prepare =
        numeric
            ? code.emit(Op.abx(Op.FORPREP, base, FunctionCode.NO_JUMP + Op.MOST_JUMP))
            : code.jump();
    code.enter(false);
    code.activate(variables);
    code.reserve(variables);
    block();
    code.leave();
    code.patchToHere(prepare);
    int end =
        numeric
            ? code.emit(Op.abx(Op.FORLOOP, base, FunctionCode.NO_JUMP + Op.MOST_JUMP))
            : code.emit(Op.abc(Op.TFORLOOP, base, 0, variables));
    code.fixLine(line);
    code.patch(numeric ? end : code.jump(), prepare + 1);
  }

  private void functionStatement(int line) {
    lexer.advance();
    var variable = new Expression();
    variable(variable);
    boolean method = false;
    while (is(Token.DOT)) {
      field(variable);
    }
    if (is(Token.COLON)) {
      method = true;
      field(variable);
    }
    var body = new Expression();
    body(body, method, line);
    code.store(variable, body);
    code.fixLine(line);
  }

  private void localFunction() {
    code.declare(name(), 0);
    var variable = new Expression().set(Kind.LOCAL, code.freeRegister());
    code.reserve(1);
    code.activate(1);
    var body = new Expression();
    body(body, false, lexer.line());
    code.store(variable, body);
  }

  private void localStatement() {
    int count = 0;
    do {
      code.declare(name(), count++);
    } while (take(Token.COMMA));
    var e = new Expression();
    int values = 0;
    if (take(Token.ASSIGN)) {
      values = expressions(e);
    }
    adjust(count, values, e);
    code.activate(count);
  }

  private void returnStatement() {
    lexer.advance();
    int first = 0;
    int count = 0;
    if (!endsBlock() && !is(Token.SEMICOLON)) {
      var e = new Expression();
      count = expressions(e);
      if (e.hasManyValues()) {
        code.setAllResults(e);
        if (e.kind == Kind.CALL && count == 1) {
          code.replace(e.info, code.at(e.info) & ~63 | Op.TAILCALL);
        }
        first = code.activeCount();
        count = -1;
      } else if (count == 1) {
        first = code.toAnyRegister(e);
      } else {
        code.toNextRegister(e);
        first = code.activeCount();
      }
    }
    code.makeReturn(first, count);
  }

  private void expressionStatement() {
    var e = new Expression();
    primary(e);
    if (e.kind == Kind.CALL) {
      code.replace(e.info, Op.withC(code.at(e.info), 1)); // no results
      return;
    }
    var targets = new ArrayList<Expression>();
    targets.add(e);
    while (take(Token.COMMA)) {
      var next = new Expression();
      primary(next);
      if (next.kind == Kind.LOCAL) {
        copyIfUsed(targets, next);
      }
      if (targets.size() + depth > DEEPEST) {
        throw lexer.plain("variables in assignment has more than 200 levels");
      }
      targets.add(next);
    }
    for (Expression each : targets) {
      switch (each.kind) {
        case LOCAL, UPVALUE, GLOBAL, INDEXED -> {}
        default -> throw lexer.error("syntax error");
      }
    }
    assign(targets);
  }

  /** If a local variable is assigned that an earlier target uses, that one uses a copy of it. */
  private void copyIfUsed(List<Expression> targets, Expression local) {
    int copy = code.freeRegister();
    boolean used = false;
    for (Expression each : targets) {
      if (each.kind == Kind.INDEXED) {
        if (each.info == local.info) {
          used = true;
          each.info = copy;
        }
        if (each.key == local.info) {
          used = true;
          each.key = copy;
        }
      }
    }
    if (used) {
      var _ = code.emit(Op.abc(Op.MOVE, copy, local.info, 0));
      code.reserve(1);
    }
  }

  private void assign(List<Expression> targets) {
    takeExpected(Token.ASSIGN);
    var e = new Expression();
    int values = expressions(e);
    int last = targets.size() - 1;
    if (values == targets.size()) {
      code.setOneResult(e);
      code.store(targets.get(last--), e);
    } else {
      adjust(targets.size(), values, e);
      if (values > targets.size()) {
        code.freeRegister(code.freeRegister() - (values - targets.size()));
      }
    }
    for (; last >= 0; last--) {
      code.store(targets.get(last), new Expression().set(Kind.FIXED, code.freeRegister() - 1));
    }
  }

  /** Makes as many values as there are variables. */
  private void adjust(int variables, int values, Expression last) {
    int missing = variables - values;
    if (last.hasManyValues()) {
      int wanted = Math.max(missing + 1, 0);
      code.setResults(last, wanted);
      if (wanted > 1) {
        code.reserve(wanted - 1);
      }
    } else {
      if (last.kind != Kind.VOID) {
        code.toNextRegister(last);
      }
      if (missing > 0) {
        int register = code.freeRegister();
        code.reserve(missing);
        code.nil(register, missing);
      }
    }
  }

  // --- Expressions

  /** Reads expressions; the last one is not in a register yet. Returns how many there are. */
  private int expressions(Expression last) {
    int count = 1;
    expression(last);
    while (take(Token.COMMA)) {
      code.toNextRegister(last);
      last.set(Kind.VOID, 0);
      expression(last);
      count++;
    }
    return count;
  }

  private void variable(Expression e) {
    FunctionCode.find(code, name(), e);
  }

  private void field(Expression e) {
    var _ = code.toAnyRegister(e);
    lexer.advance(); // the dot or the colon
    var key = new Expression().set(Kind.CONSTANT, code.constant(name()));
    code.index(e, key);
  }

  private void bracketed(Expression e) {
    lexer.advance();
    expression(e);
    code.toValue(e);
    takeExpected(Token.CLOSE_BRACKET);
  }

  private void primary(Expression e) {
    switch (lexer.token()) {
      case OPEN -> {
        int line = lexer.line();
        lexer.advance();
        expression(e);
        takeMatching(Token.CLOSE, Token.OPEN, line);
        code.discharge(e);
      }
      case NAME -> variable(e);
      default -> throw lexer.error("unexpected symbol");
    }
    while (true) {
      switch (lexer.token()) {
        case DOT -> field(e);
        case OPEN_BRACKET -> {
          var _ = code.toAnyRegister(e);
          var key = new Expression();
          bracketed(key);
          code.index(e, key);
        }
        case COLON -> {
          lexer.advance();
          code.self(e, new Expression().set(Kind.CONSTANT, code.constant(name())));
          arguments(e);
        }
        case OPEN, STRING, OPEN_BRACE -> {
          code.toNextRegister(e);
          arguments(e);
        }
        default -> {
          return;
        }
      }
    }
  }

  private void arguments(Expression function) {
    int line = lexer.line();
    var last = new Expression();
    switch (lexer.token()) {
      case OPEN -> {
        if (line != lexer.lastLine()) {
          throw lexer.error("ambiguous syntax (function call x new statement)");
        }
        lexer.advance();
        if (!is(Token.CLOSE)) {
          var _ = expressions(last);
          code.setAllResults(last);
        }
        takeMatching(Token.CLOSE, Token.OPEN, line);
      }
      case OPEN_BRACE -> table(last);
      case STRING -> {
        last.set(Kind.CONSTANT, code.constant(lexer.text()));
        lexer.advance();
      }
      default -> throw lexer.error("function arguments expected");
    }
    int base = function.info;
    int count;
    if (last.hasManyValues()) {
      count = -1;
    } else {
      if (last.kind != Kind.VOID) {
        code.toNextRegister(last);
      }
      count = code.freeRegister() - (base + 1);
    }
    function.set(Kind.CALL, code.emit(Op.abc(Op.CALL, base, count + 1, 2)));
    code.fixLine(line);
    code.freeRegister(base + 1);
  }

  private void simple(Expression e) {
    switch (lexer.token()) {
      case NUMBER -> {
        e.set(Kind.NUMBER, 0);
        e.number = lexer.number();
      }
      case STRING -> e.set(Kind.CONSTANT, code.constant(lexer.text()));
      case NIL -> e.set(Kind.NIL, 0);
      case TRUE -> e.set(Kind.TRUE, 0);
      case FALSE -> e.set(Kind.FALSE, 0);
      case DOTS -> {
        if (!code.vararg) {
          throw lexer.error("cannot use '...' outside a vararg function");
        }
        e.set(Kind.VARARG, code.emit(Op.abc(Op.VARARG, 0, 1, 0)));
      }
      case OPEN_BRACE -> {
        table(e);
        return;
      }
      case FUNCTION -> {
        int line = lexer.line();
        lexer.advance();
        body(e, false, line);
        return;
      }
      default -> {
        primary(e);
        return;
      }
    }
    lexer.advance();
  }

  private void expression(Expression e) {
    var _ = operators(e, 0);
  }

  /** Reads an expression of operators with a priority above the limit; returns the next one. */
  private Token operators(Expression e, int limit) {
    deeper();
    Token prefix = lexer.token();
    if (prefix == Token.NOT || prefix == Token.MINUS || prefix == Token.LENGTH) {
      int line = lexer.line();
      lexer.advance();
      var _ = operators(e, PREFIX_PRIORITY);
      code.prefix(prefix, e, line);
    } else {
      simple(e);
    }
    Token operator = lexer.token();
    while (left(operator) > limit) {
      int line = lexer.line();
      lexer.advance();
      code.infix(operator, e);
      var right = new Expression();
      Token next = operators(right, right(operator));
      code.postfix(operator, e, right, line);
      operator = next;
    }
    depth--;
    return operator;
  }

  /** The priority of an operator towards what is left of it; 0 if the word is none. */
  private static int left(Token operator) {
    return switch (operator) {
      case OR -> 1;
      case AND -> 2;
      case EQUAL, NOT_EQUAL, LESS, NOT_GREATER, GREATER, NOT_LESS -> 3;
      case CONCAT -> 5;
      case PLUS, MINUS -> 6;
      case TIMES, SLASH, PERCENT -> 7;
      case POWER -> 10;
      default -> 0;
    };
  }

  private static int right(Token operator) {
    return switch (operator) {
      case CONCAT -> 4; // both associate to the right
      case POWER -> 9;
      default -> left(operator);
    };
  }

  // --- Tables and functions

  private void table(Expression result) {
    int line = lexer.line();
    int place = code.emit(Op.abc(Op.NEWTABLE, 0, 0, 0));
    result.set(Kind.ANYWHERE, place);
    code.toNextRegister(result);
    int table = result.info;
    var item = new Expression();
    int stored = 0; // of the list
    int pending = 0; // of it, in registers
    takeExpected(Token.OPEN_BRACE);
    while (!is(Token.CLOSE_BRACE)) {
      if (item.kind != Kind.VOID) {
        code.toNextRegister(item);
        item.set(Kind.VOID, 0);
        if (pending == Op.FLUSH) {
          code.setList(table, stored, pending);
          pending = 0;
        }
      }
      boolean named = is(Token.NAME) && lexer.peek() == Token.ASSIGN;
      if (named || is(Token.OPEN_BRACKET)) {
        entry(table);
      } else {
        expression(item);
        stored++;
        pending++;
      }
      if (!take(Token.COMMA) && !take(Token.SEMICOLON)) {
        break;
      }
    }
    takeMatching(Token.CLOSE_BRACE, Token.OPEN_BRACE, line);
    if (pending > 0) {
      if (item.hasManyValues()) {
        code.setAllResults(item);
        code.setAllList(table, stored);
        stored--;
      } else {
        if (item.kind != Kind.VOID) {
          code.toNextRegister(item);
        }
        code.setList(table, stored, pending);
      }
    }
    // B: room in the array
    code.replace(place, Op.withB(code.at(place), Math.min(stored, 511)));
  }

  private void entry(int table) {
    int register = code.freeRegister();
    var key = new Expression();
    if (is(Token.NAME)) {
      key.set(Kind.CONSTANT, code.constant(name()));
    } else {
      bracketed(key);
    }
    takeExpected(Token.ASSIGN);
    int operand = code.toOperand(key);
    var value = new Expression();
    expression(value);
    var _ = code.emit(Op.abc(Op.SETTABLE, table, operand, code.toOperand(value)));
    code.freeRegister(register);
  }

  private void body(Expression result, boolean method, int line) {
    var inner = new FunctionCode(code, lexer, line);
    code = inner;
    inner.enter(false);
    takeExpected(Token.OPEN);
    if (method) {
      inner.declare("self", 0);
      inner.activate(1);
    }
    int count = 0;
    if (!is(Token.CLOSE)) {
      do {
        if (take(Token.DOTS)) {
          inner.vararg = true;
        } else if (is(Token.NAME)) {
          inner.declare(name(), count++);
        } else {
          throw lexer.error("<name> or '...' expected");
        }
      } while (!inner.vararg && take(Token.COMMA));
    }
    inner.activate(count);
    inner.parameters = inner.activeCount();
    inner.reserve(inner.activeCount());
    takeExpected(Token.CLOSE);
    block();
    takeMatching(Token.END, Token.FUNCTION, line);
    inner.leave();
    code = Objects.requireNonNull(inner.enclosing);
    code.closure(inner, result);
  }
}
