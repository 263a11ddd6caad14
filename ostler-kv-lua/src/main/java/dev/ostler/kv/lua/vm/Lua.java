package dev.ostler.kv.lua.vm;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A machine that runs scripts in Lua 5.1. Used by one thread at a time.
 *
 * <p>The values of Lua are objects of Java: nil is null, a boolean a {@link Boolean}, a number a
 * {@link Double}, a string a {@link String} whose characters are bytes; the others are {@link
 * LuaTable}, {@link LuaFunction} and {@link Coroutine}, and any other object is opaque to scripts.
 */
public final class Lua {
  /*
   * Overview. A call of a script's function is a Frame, with registers of its own. One call of
   * "run" executes all frames above the one that it began with: a call of a script's function from
   * a script does not call a method of Java. Functions in Java that call functions (pcall, sort,
   * metamethods) call "run" again, at most DEEPEST times within each other.
   *
   * A coroutine is a chain of frames. To resume it is such a call of "run", which returns when the
   * coroutine yields. So it can yield only where no other call of "run" is in between, as in
   * PUC-Rio's Lua 5.1.
   *
   * Each instruction is counted (Meter), and so is what functions in Java do in their loops.
   */

  /** No values. */
  public static final @Nullable Object[] NONE = {};

  /** The function that a coroutine calls to yield. Where it cannot, it is called as any other. */
  public static final Builtin YIELD =
      new Builtin(
          "yield",
          (lua, args) -> {
            throw new LuaError("attempt to yield across metamethod/C-call boundary");
          });

  private static final int DEEPEST = 200; // calls from Java
  private static final int MOST_CALLS = 20_000;
  private static final int MOST_LINKS = 100; // of metatables
  private static final int FRAME_BYTES = 240;

  private final Meter meter;
  private LuaTable globals;
  private @Nullable LuaTable stringMetatable;
  private @Nullable Frame frame; // the running one
  private @Nullable Coroutine coroutine; // the running one; null for the main program
  private int depth; // of frames
  private int deepest; // of what was counted as memory
  private int javaDepth; // of calls from Java
  private boolean calledByJava; // the running function of Java was
  private boolean yielded;
  private @Nullable Object pinned; // what a run counts as reachable besides

  /** A machine without libraries. */
  public Lua(Meter meter) {
    this.meter = meter;
    this.globals = new LuaTable(meter);
    meter.roots(this::mark);
  }

  public Meter meter() {
    return meter;
  }

  public LuaTable globals() {
    return globals;
  }

  /** Sets the table of global variables. */
  public void globals(LuaTable table) {
    globals = table;
  }

  public LuaTable table() {
    return new LuaTable(meter);
  }

  /** Sets the metatable of all strings. */
  public void stringMetatable(LuaTable metatable) {
    stringMetatable = metatable;
  }

  /** Counts a value as reachable until the next one is set. */
  public void pin(@Nullable Object value) {
    pinned = value;
  }

  private void mark(Marking marking) {
    marking.reached(globals); // mostly all libraries
    marking.reached(pinned);
    marking.reached(stringMetatable);
    marking.reached(frame);
    marking.reached(coroutine);
  }

  /**
   * Compiles a chunk to a function.
   *
   * @param source its name in errors
   * @param text the chunk, a byte string
   * @throws LuaError if it is not valid
   */
  public LuaClosure load(String source, String text) {
    meter.allocate(4L * text.length());
    meter.work(text.length());
    return new LuaClosure(Parser.parse(source, text));
  }

  /** A function of a chunk that was compiled before, maybe for another machine. */
  public LuaClosure load(Chunk chunk) {
    return new LuaClosure(chunk.prototype());
  }

  // --- What values are

  public static boolean isTrue(@Nullable Object value) {
    return value != null && value != Boolean.FALSE;
  }

  /** The name of a value's type. */
  public static String typeOf(@Nullable Object value) {
    return switch (value) {
      case null -> "nil";
      case Boolean _ -> "boolean";
      case Double _ -> "number";
      case String _ -> "string";
      case LuaTable _ -> "table";
      case LuaFunction _ -> "function";
      case Coroutine _ -> "thread";
      default -> "userdata";
    };
  }

  /** The metatable of a value; null if it has none. */
  public @Nullable LuaTable metatable(@Nullable Object value) {
    return switch (value) {
      case LuaTable table -> table.metatable();
      case String _ -> stringMetatable;
      case null, default -> null;
    };
  }

  public @Nullable Object metamethod(@Nullable Object value, String event) {
    LuaTable metatable = metatable(value);
    return metatable == null ? null : metatable.get(event);
  }

  /** Whether two values are the same, without metamethods. */
  public static boolean rawEquals(@Nullable Object a, @Nullable Object b) {
    if (a == b) {
      return !(a instanceof Double number) || !number.isNaN();
    }
    if (a instanceof Double x && b instanceof Double y) {
      return x.doubleValue() == y.doubleValue();
    }
    return (a instanceof String || a instanceof Boolean) && a.equals(b);
  }

  /** The value as a number; null if it is none. */
  public static @Nullable Double toNumber(@Nullable Object value) {
    return switch (value) {
      case Double number -> number;
      case String text -> Numbers.parse(text);
      case null, default -> null;
    };
  }

  // --- Errors

  /** An error with this text, behind the place of the call of the running function of Java. */
  public LuaError error(String text) {
    return new LuaError(where(1) + text);
  }

  /** How an error names the running function of Java. */
  String nameOf(String function) {
    return calledByJava ? "?" : function;
  }

  /** The place of a call, for the text of an error; empty if that is not in a script. */
  public String where(int level) {
    if (calledByJava && level == 1) {
      return "";
    }
    Frame each = frame;
    for (int i = 1; i < level && each != null; i++) {
      if (each.fromJava) {
        return "";
      }
      each = each.caller;
    }
    return each == null ? "" : place(each);
  }

  static String place(Frame frame) {
    return frame.closure.prototype.source() + ":" + frame.line() + ": ";
  }

  /** The error that an operation is not possible with a value. */
  private LuaError typeError(String operation, @Nullable Object value) {
    Frame at = frame;
    String name = at == null || calledByJava ? "" : nameOf(at, value);
    return LuaError.unplaced(
        "attempt to %s %s%s"
            .formatted(
                operation,
                name.isEmpty() ? "a " : name,
                name.isEmpty() ? typeOf(value) + " value" : "(a " + typeOf(value) + " value)"));
  }

  /** How the running instruction names this operand. */
  private static String nameOf(Frame at, @Nullable Object value) {
    Prototype function = at.closure.prototype;
    int pc = Math.max(0, at.pc - 1);
    int i = function.code()[pc];
    int[] operands =
        switch (Op.op(i)) {
          case Op.GETTABLE, Op.SELF, Op.LEN, Op.UNM -> new int[] {Op.b(i)};
          case Op.SETTABLE, Op.CALL, Op.TAILCALL -> new int[] {Op.a(i)};
          case Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MOD, Op.POW -> new int[] {Op.c(i), Op.b(i)};
          case Op.CONCAT -> {
            var all = new int[Op.c(i) - Op.b(i) + 1];
            Arrays.setAll(all, n -> Op.b(i) + n);
            yield all;
          }
          default -> new int[0];
        };
    for (int each : operands) {
      if (each < Op.CONSTANT && at.registers[each] == value) {
        return VariableNames.describe(function, pc, each);
      }
    }
    return "";
  }

  // --- Tables, with metamethods

  public @Nullable Object index(@Nullable Object value, @Nullable Object key) {
    @Nullable Object from = value;
    for (int i = 0; i < MOST_LINKS; i++) {
      Object handler;
      if (from instanceof LuaTable table) {
        Object found = table.get(key);
        if (found != null) {
          return found;
        }
        LuaTable metatable = table.metatable();
        handler = metatable == null ? null : metatable.get("__index");
        if (handler == null) {
          return null;
        }
      } else {
        handler = metamethod(from, "__index");
        if (handler == null) {
          throw typeError("index", from);
        }
      }
      if (handler instanceof LuaFunction function) {
        return first(invoke(false, function, from, key));
      }
      from = handler;
    }
    throw LuaError.unplaced("loop in gettable");
  }

  public void setIndex(@Nullable Object value, @Nullable Object key, @Nullable Object item) {
    @Nullable Object to = value;
    for (int i = 0; i < MOST_LINKS; i++) {
      Object handler;
      if (to instanceof LuaTable table) {
        LuaTable metatable = table.metatable();
        handler = metatable == null || table.get(key) != null ? null : metatable.get("__newindex");
        if (handler == null) {
          table.put(key, item);
          return;
        }
      } else {
        handler = metamethod(to, "__newindex");
        if (handler == null) {
          throw typeError("index", to);
        }
      }
      if (handler instanceof LuaFunction function) {
        var _ = invoke(false, function, to, key, item);
        return;
      }
      to = handler;
    }
    throw LuaError.unplaced("loop in settable");
  }

  // --- Operators

  /** What an operand of an instruction names: a constant, or a register. */
  private static @Nullable Object operand(
      int operand, @Nullable Object[] constants, @Nullable Object[] registers) {
    return (operand & Op.CONSTANT) != 0 ? constants[operand & 255] : registers[operand];
  }

  private @Nullable Object arithmetic(int op, @Nullable Object a, @Nullable Object b) {
    Double x = toNumber(a);
    Double y = toNumber(b);
    if (x != null && y != null) {
      return Arithmetic.compute(op, x, y);
    }
    Object handler = metamethod(a, Arithmetic.event(op));
    if (handler == null) {
      handler = metamethod(b, Arithmetic.event(op));
    }
    if (handler == null) {
      throw typeError("perform arithmetic on", x == null ? a : b);
    }
    return first(invoke(false, handler, a, b));
  }

  public boolean equal(@Nullable Object a, @Nullable Object b) {
    if (rawEquals(a, b)) {
      return true;
    }
    if (!(a instanceof LuaTable) || !(b instanceof LuaTable)) {
      return false;
    }
    Object handler = commonHandler(a, b, "__eq");
    return handler != null && isTrue(first(invoke(false, handler, a, b)));
  }

  private @Nullable Object commonHandler(Object a, Object b, String event) {
    Object one = metamethod(a, event);
    return one != null && rawEquals(one, metamethod(b, event)) ? one : null;
  }

  public boolean less(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return x < y;
    }
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y) < 0;
    }
    if (a != null && b != null) {
      Object handler = commonHandler(a, b, "__lt");
      if (handler != null) {
        return isTrue(first(invoke(false, handler, a, b)));
      }
    }
    throw notComparable(a, b);
  }

  private boolean notGreater(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return x <= y;
    }
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y) <= 0;
    }
    if (a != null && b != null) {
      Object handler = commonHandler(a, b, "__le");
      if (handler != null) {
        return isTrue(first(invoke(false, handler, a, b)));
      }
      handler = commonHandler(a, b, "__lt");
      if (handler != null) {
        return !isTrue(first(invoke(false, handler, b, a)));
      }
    }
    throw notComparable(a, b);
  }

  private static LuaError notComparable(@Nullable Object a, @Nullable Object b) {
    String one = typeOf(a);
    String other = typeOf(b);
    return LuaError.unplaced(
        one.equals(other)
            ? "attempt to compare two " + one + " values"
            : "attempt to compare " + one + " with " + other);
  }

  private @Nullable Object length(@Nullable Object value) {
    return switch (value) {
      case LuaTable table -> (double) table.length();
      case String text -> (double) text.length();
      case null, default -> throw typeError("get length of", value);
    };
  }

  private @Nullable Object concat(@Nullable Object[] registers, int from, int to) {
    long length = 0;
    for (int i = from; i <= to; i++) {
      if (registers[i] instanceof Double number) {
        registers[i] = Numbers.text(number);
      }
      if (!(registers[i] instanceof String text)) {
        return concatSlowly(registers, from, to);
      }
      length += text.length();
    }
    meter.allocateString(length);
    if (to == from + 1) {
      return ((String) Objects.requireNonNull(registers[from]))
          .concat((String) Objects.requireNonNull(registers[to]));
    }
    var all = new StringBuilder((int) length);
    for (int i = from; i <= to; i++) {
      all.append((String) registers[i]);
    }
    return all.toString();
  }

  private @Nullable Object concatSlowly(@Nullable Object[] registers, int from, int to) {
    @Nullable Object result = registers[to];
    for (int i = to - 1; i >= from; i--) {
      @Nullable Object left = registers[i];
      if (isText(left) && isText(result)) {
        String one = textOf(left);
        String other = textOf(result);
        meter.allocateString((long) one.length() + other.length());
        result = one.concat(other);
        continue;
      }
      Object handler = metamethod(left, "__concat");
      if (handler == null) {
        handler = metamethod(result, "__concat");
      }
      if (handler == null) {
        throw typeError("concatenate", isText(left) ? result : left);
      }
      result = first(invoke(false, handler, left, result));
    }
    return result;
  }

  private static boolean isText(@Nullable Object value) {
    return value instanceof String || value instanceof Double;
  }

  private static String textOf(@Nullable Object value) {
    return value instanceof Double number
        ? Numbers.text(number)
        : (String) Objects.requireNonNull(value);
  }

  /** The value as {@code tostring} shows it. */
  public String toText(@Nullable Object value) {
    Object handler = metamethod(value, "__tostring");
    if (handler != null && !(value instanceof String)) {
      if (first(call(handler, value)) instanceof String text) {
        return text;
      }
      throw error("'tostring' must return a string to 'print'");
    }
    return switch (value) {
      case null -> "nil";
      case String text -> text;
      case Double number -> Numbers.text(number);
      case Boolean truth -> truth.toString();
      default -> addressed(value);
    };
  }

  /** Shows no address of the memory: replies are the same in each run. */
  private static String addressed(Object value) {
    String type = typeOf(value);
    return value instanceof Builtin builtin
        ? "function: builtin: " + builtin.name()
        : type + ": 0x%08x".formatted(System.identityHashCode(value));
  }

  // --- Calls

  /** The first of these values. */
  public static @Nullable Object first(@Nullable Object[] values) {
    return values.length == 0 ? null : values[0];
  }

  /**
   * Calls a value, and returns its results.
   *
   * @throws LuaError if it fails
   * @throws Stopped if the script must stop
   */
  public @Nullable Object[] call(@Nullable Object function, @Nullable Object... args) {
    return invoke(true, function, args);
  }

  private @Nullable Object[] invoke(
      boolean byJava, @Nullable Object function, @Nullable Object... args) {
    if (javaDepth >= DEEPEST) {
      throw error("C stack overflow");
    }
    Frame before = frame;
    int depthBefore = depth;
    boolean calledBefore = calledByJava;
    javaDepth++;
    try {
      return switch (function) {
        case Builtin builtin -> {
          calledByJava = byJava;
          yield builtin.call(this, args);
        }
        case LuaClosure closure -> run(enter(closure, args, 0, args.length, before, true, 0, -1));
        case null, default -> invoke(byJava, handlerOf(function), shifted(function, args));
      };
    } finally {
      javaDepth--;
      calledByJava = calledBefore;
      depth = depthBefore;
      frame = before;
    }
  }

  private Object handlerOf(@Nullable Object value) {
    if (metamethod(value, "__call") instanceof LuaFunction handler) {
      return handler;
    }
    throw typeError("call", value);
  }

  private static @Nullable Object[] shifted(@Nullable Object value, @Nullable Object[] args) {
    @Nullable Object[] all = new Object[args.length + 1];
    all[0] = value;
    System.arraycopy(args, 0, all, 1, args.length);
    return all;
  }

  private Frame enter(
      LuaClosure closure,
      @Nullable Object[] from,
      int first,
      int count,
      @Nullable Frame caller,
      boolean fromJava,
      int returnTo,
      int wanted) {
    if (++depth > deepest) {
      if (depth > MOST_CALLS) {
        depth--;
        throw LuaError.unplaced("stack overflow");
      }
      deepest = depth;
      meter.allocate(FRAME_BYTES);
    }
    Prototype function = closure.prototype;
    var registers = new Object[function.registers()];
    int named = Math.min(count, function.parameters());
    System.arraycopy(from, first, registers, 0, named);
    @Nullable Object[] varargs =
        function.vararg() && count > named
            ? Arrays.copyOfRange(from, first + named, first + count)
            : NONE;
    return new Frame(closure, registers, varargs, caller, fromJava, returnTo, wanted);
  }

  // --- Coroutines

  public Coroutine coroutine(LuaFunction body) {
    meter.allocate(LuaTable.BYTES);
    return new Coroutine(body);
  }

  /** The coroutine that runs; null in the main program. */
  public @Nullable Coroutine running() {
    return coroutine;
  }

  /**
   * Runs a coroutine until it yields or ends, and returns what it passes.
   *
   * @throws LuaError if it cannot be resumed, or fails
   */
  public @Nullable Object[] resume(Coroutine resumed, @Nullable Object... args) {
    if (resumed.status != Coroutine.Status.SUSPENDED) {
      throw new LuaError(
          resumed.status == Coroutine.Status.DEAD
              ? "cannot resume dead coroutine"
              : "cannot resume non-suspended coroutine");
    }
    if (javaDepth >= DEEPEST) {
      throw new LuaError("C stack overflow");
    }
    Coroutine resumer = coroutine;
    Frame before = frame;
    int depthBefore = depth;
    boolean calledBefore = calledByJava;
    resumed.resumer = resumer;
    resumed.resumersFrame = before;
    resumed.status = Coroutine.Status.RUNNING;
    if (resumer != null) {
      resumer.status = Coroutine.Status.NORMAL;
    }
    coroutine = resumed;
    resumed.javaDepth = ++javaDepth;
    boolean lives = false;
    try {
      @Nullable Object[] results = run(resumed, args);
      lives = yielded;
      return results;
    } finally {
      resumed.status = lives ? Coroutine.Status.SUSPENDED : Coroutine.Status.DEAD;
      if (!lives) {
        resumed.frame = null;
      }
      yielded = false;
      resumed.resumer = null;
      resumed.resumersFrame = null;
      coroutine = resumer;
      if (resumer != null) {
        resumer.status = Coroutine.Status.RUNNING;
      }
      javaDepth--;
      calledByJava = calledBefore;
      depth = depthBefore;
      frame = before;
    }
  }

  private @Nullable Object[] run(Coroutine resumed, @Nullable Object[] args) {
    LuaFunction body = resumed.body;
    if (body != null) {
      resumed.body = null;
      frame = null;
      if (body instanceof Builtin builtin) {
        calledByJava = true;
        return builtin.call(this, args);
      }
      return run(enter((LuaClosure) body, args, 0, args.length, null, true, 0, -1));
    }
    Frame suspended = Objects.requireNonNull(resumed.frame);
    resumed.frame = null;
    depth += resumed.depth;
    if (depth > MOST_CALLS) {
      throw new LuaError("stack overflow");
    }
    int i = suspended.closure.prototype.code()[suspended.pc - 1];
    store(suspended, Op.a(i), Op.op(i) == Op.TAILCALL ? -1 : Op.c(i) - 1, args);
    return run(suspended);
  }

  /** The running coroutine yields these values, if it can. */
  private boolean yields(Frame from) {
    Coroutine running = coroutine;
    if (running == null || running.javaDepth != javaDepth) {
      return false;
    }
    int frames = 0;
    for (Frame each = from; each != null; each = each.caller) {
      frames++;
    }
    running.depth = frames;
    running.frame = from;
    yielded = true;
    return true;
  }

  // --- Instructions

  /** Stores results in registers. */
  private static void store(Frame to, int first, int wanted, @Nullable Object[] results) {
    if (wanted < 0) {
      @Nullable Object[] registers = to.room(first + results.length);
      System.arraycopy(results, 0, registers, first, results.length);
      to.top = first + results.length;
      return;
    }
    @Nullable Object[] registers = to.registers;
    int given = Math.min(wanted, results.length);
    System.arraycopy(results, 0, registers, first, given);
    for (int i = given; i < wanted; i++) {
      registers[first + i] = null;
    }
  }

  /** Runs a frame, and all that it calls, until it returns. */
  private @Nullable Object[] run(Frame entry) {
    frame = entry;
    calledByJava = false;
    try {
      return execute(entry);
    } catch (LuaError e) {
      Frame failed = frame;
      throw failed == null ? e : e.at(failed);
    }
  }

  private @Nullable Object[] execute(Frame entry) {
    Meter meter = this.meter;
    Frame f = entry;
    while (true) { // a frame begins, or continues
      frame = f;
      LuaClosure closure = f.closure;
      int[] code = closure.prototype.code();
      @Nullable Object[] k = closure.prototype.constants();
      @Nullable Object[] r = f.registers;
      int pc = f.pc;
      boolean same = true;
      while (same) {
        meter.step();
        int i = code[pc++];
        f.pc = pc;
        int a = i >>> 6 & 255;
        switch (i & 63) {
          case Op.MOVE -> r[a] = r[Op.b(i)];
          case Op.LOADK -> r[a] = k[Op.bx(i)];
          case Op.LOADBOOL -> {
            r[a] = Op.b(i) != 0;
            if (Op.c(i) != 0) {
              pc++;
            }
          }
          case Op.LOADNIL -> {
            for (int n = a; n <= Op.b(i); n++) {
              r[n] = null;
            }
          }
          case Op.GETUPVAL -> r[a] = closure.upvalues[Op.b(i)].get();
          case Op.GETGLOBAL -> {
            String name = (String) Objects.requireNonNull(k[Op.bx(i)]);
            Object found = globals.get(name);
            r[a] = found != null ? found : index(globals, name);
          }
          case Op.GETTABLE -> {
            Object key = operand(Op.c(i), k, r);
            Object found = r[Op.b(i)] instanceof LuaTable table ? table.get(key) : null;
            r[a] = found != null ? found : index(r[Op.b(i)], key);
          }
          case Op.SETGLOBAL -> setIndex(globals, k[Op.bx(i)], r[a]);
          case Op.SETUPVAL -> closure.upvalues[Op.b(i)].set(r[a]);
          case Op.SETTABLE -> {
            Object key = operand(Op.b(i), k, r);
            Object value = operand(Op.c(i), k, r);
            if (r[a] instanceof LuaTable table && table.metatable() == null) {
              table.put(key, value);
            } else {
              setIndex(r[a], key, value);
            }
          }
          case Op.NEWTABLE -> r[a] = new LuaTable(meter, Op.b(i));
          case Op.SELF -> {
            Object object = r[Op.b(i)];
            Object method = index(object, operand(Op.c(i), k, r));
            r[a + 1] = object;
            r[a] = method;
          }
          case Op.ADD -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            r[a] =
                x instanceof Double m && y instanceof Double n
                    ? (Object) (m + n)
                    : arithmetic(Op.ADD, x, y);
          }
          case Op.SUB -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            r[a] =
                x instanceof Double m && y instanceof Double n
                    ? (Object) (m - n)
                    : arithmetic(Op.SUB, x, y);
          }
          case Op.MUL -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            r[a] =
                x instanceof Double m && y instanceof Double n
                    ? (Object) (m * n)
                    : arithmetic(Op.MUL, x, y);
          }
          case Op.DIV, Op.MOD, Op.POW -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            r[a] =
                x instanceof Double m && y instanceof Double n
                    ? (Object) Arithmetic.compute(i & 63, m, n)
                    : arithmetic(i & 63, x, y);
          }
          case Op.UNM -> {
            Object x = r[Op.b(i)];
            r[a] = x instanceof Double n ? (Object) (-n) : arithmetic(Op.UNM, x, x);
          }
          case Op.NOT -> r[a] = !isTrue(r[Op.b(i)]);
          case Op.LEN -> r[a] = length(r[Op.b(i)]);
          case Op.CONCAT -> r[a] = concat(r, Op.b(i), Op.c(i));
          case Op.JMP -> pc += Op.jump(i);
          case Op.EQ -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            pc += equal(x, y) == (a != 0) ? 1 + Op.jump(code[pc]) : 1;
          }
          case Op.LT -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            pc += less(x, y) == (a != 0) ? 1 + Op.jump(code[pc]) : 1;
          }
          case Op.LE -> {
            Object x = operand(Op.b(i), k, r);
            Object y = operand(Op.c(i), k, r);
            pc += notGreater(x, y) == (a != 0) ? 1 + Op.jump(code[pc]) : 1;
          }
          case Op.TEST -> pc += isTrue(r[a]) == (Op.c(i) != 0) ? 1 + Op.jump(code[pc]) : 1;
          case Op.TESTSET -> {
            Object value = r[Op.b(i)];
            if (isTrue(value) == (Op.c(i) != 0)) {
              r[a] = value;
              pc += 1 + Op.jump(code[pc]);
            } else {
              pc++;
            }
          }
          case Op.CALL, Op.TAILCALL -> {
            int b = Op.b(i);
            int count = b != 0 ? b - 1 : f.top - a - 1;
            boolean tail = (i & 63) == Op.TAILCALL;
            int wanted = tail ? -1 : Op.c(i) - 1;
            if (r[a] instanceof LuaClosure callee) {
              f = tail ? replace(f, callee, a + 1, count) : push(f, callee, a, count, wanted);
              same = false;
              continue;
            }
            if (r[a] == YIELD && yields(f)) {
              return Arrays.copyOfRange(r, a + 1, a + 1 + count);
            }
            store(f, a, wanted, callOther(r, a, count));
            r = f.registers;
          }
          case Op.RETURN -> {
            int b = Op.b(i);
            int count = b != 0 ? b - 1 : f.top - a;
            if (f.open != null) {
              f.close(0);
            }
            depth--;
            Frame caller = f.caller;
            if (f.fromJava) {
              return count == 0 ? NONE : Arrays.copyOfRange(r, a, a + count);
            }
            give(f, Objects.requireNonNull(caller), a, count);
            f = caller;
            same = false;
          }
          case Op.FORLOOP -> {
            double step = (Double) Objects.requireNonNull(r[a + 2]);
            double next = (Double) Objects.requireNonNull(r[a]) + step;
            double limit = (Double) Objects.requireNonNull(r[a + 1]);
            if (step > 0 ? next <= limit : limit <= next) {
              pc += Op.jump(i);
              Double boxed = next;
              r[a] = boxed;
              r[a + 3] = boxed;
            }
          }
          case Op.FORPREP -> {
            prepareLoop(r, a);
            pc += Op.jump(i);
          }
          case Op.TFORLOOP -> {
            store(f, a + 3, Op.c(i), iterate(r[a], r[a + 1], r[a + 2]));
            r = f.registers;
            if (r[a + 3] != null) {
              r[a + 2] = r[a + 3];
              pc += 1 + Op.jump(code[pc]);
            } else {
              pc++;
            }
          }
          case Op.SETLIST -> {
            int b = Op.b(i);
            int count = b != 0 ? b : f.top - a - 1;
            int batch = Op.c(i) != 0 ? Op.c(i) : code[pc++];
            var table = (LuaTable) Objects.requireNonNull(r[a]);
            table.putAll((batch - 1) * Op.FLUSH + 1, r, a + 1, count);
            meter.work(count);
          }
          case Op.CLOSE -> f.close(a);
          case Op.CLOSURE -> {
            r[a] = closure(f, closure.prototype.functions()[Op.bx(i)], pc);
            pc += ((LuaClosure) Objects.requireNonNull(r[a])).upvalues.length;
          }
          default -> { // VARARG
            store(f, a, Op.b(i) - 1, f.varargs);
            r = f.registers;
          }
        }
      }
    }
  }

  private Frame push(Frame caller, LuaClosure callee, int a, int count, int wanted) {
    return enter(callee, caller.registers, a + 1, count, caller, false, a, wanted);
  }

  private Frame replace(Frame f, LuaClosure callee, int first, int count) {
    if (f.open != null) {
      f.close(0);
    }
    depth--;
    return enter(callee, f.registers, first, count, f.caller, f.fromJava, f.returnTo, f.wanted);
  }

  /** Calls what is no function of a script. */
  private @Nullable Object[] callOther(@Nullable Object[] r, int a, int count) {
    @Nullable Object[] args = count == 0 ? NONE : Arrays.copyOfRange(r, a + 1, a + 1 + count);
    if (r[a] instanceof Builtin builtin) {
      return builtin.call(this, args);
    }
    return invoke(false, handlerOf(r[a]), shifted(r[a], args));
  }

  private @Nullable Object[] iterate(
      @Nullable Object function, @Nullable Object state, @Nullable Object control) {
    return function instanceof Builtin builtin
        ? builtin.call(this, new Object[] {state, control})
        : invoke(false, function, state, control);
  }

  /** Gives results to the caller. */
  private static void give(Frame from, Frame to, int first, int count) {
    int returnTo = from.returnTo;
    int wanted = from.wanted;
    @Nullable Object[] results = from.registers;
    if (wanted < 0) {
      System.arraycopy(results, first, to.room(returnTo + count), returnTo, count);
      to.top = returnTo + count;
      return;
    }
    @Nullable Object[] registers = to.registers;
    for (int i = 0; i < wanted; i++) {
      registers[returnTo + i] = i < count ? results[first + i] : null;
    }
  }

  private static void prepareLoop(@Nullable Object[] r, int a) {
    Double initial = toNumber(r[a]);
    Double limit = toNumber(r[a + 1]);
    Double step = toNumber(r[a + 2]);
    if (initial == null) {
      throw LuaError.unplaced("'for' initial value must be a number");
    }
    if (limit == null) {
      throw LuaError.unplaced("'for' limit must be a number");
    }
    if (step == null) {
      throw LuaError.unplaced("'for' step must be a number");
    }
    r[a] = initial - step;
    r[a + 1] = limit;
    r[a + 2] = step;
  }

  /** A function, whose outer variables the next instructions name. */
  private LuaClosure closure(Frame f, Prototype function, int pc) {
    var made = new LuaClosure(function);
    meter.allocate(LuaTable.BYTES);
    int[] code = f.closure.prototype.code();
    for (int n = 0; n < made.upvalues.length; n++) {
      int i = code[pc + n];
      made.upvalues[n] = Op.op(i) == Op.MOVE ? f.upvalue(Op.b(i)) : f.closure.upvalues[Op.b(i)];
    }
    return made;
  }
}
