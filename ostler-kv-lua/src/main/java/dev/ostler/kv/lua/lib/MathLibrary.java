package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The library {@code math}. */
final class MathLibrary {
  private MathLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "math");
    library.put("pi", Math.PI);
    library.put("huge", Double.POSITIVE_INFINITY);
    add(library, "abs", Math::abs);
    add(library, "acos", Math::acos);
    add(library, "asin", Math::asin);
    add(library, "atan", Math::atan);
    add(library, "ceil", Math::ceil);
    add(library, "cos", Math::cos);
    add(library, "cosh", Math::cosh);
    add(library, "deg", Math::toDegrees);
    add(library, "exp", Math::exp);
    add(library, "floor", Math::floor);
    add(library, "log", Math::log);
    add(library, "log10", Math::log10);
    add(library, "rad", Math::toRadians);
    add(library, "sin", Math::sin);
    add(library, "sinh", Math::sinh);
    add(library, "sqrt", Math::sqrt);
    add(library, "tan", Math::tan);
    add(library, "tanh", Math::tanh);
    library.add("atan2", (l, args) -> number(Math.atan2(args.number(1), args.number(2))));
    library.add("fmod", (l, args) -> number(args.number(1) % args.number(2)));
    library.add("mod", (l, args) -> number(args.number(1) % args.number(2)));
    library.add("pow", (l, args) -> number(Math.pow(args.number(1), args.number(2))));
    library.add("ldexp", (l, args) -> number(args.number(1) * Math.pow(2, args.integer(2))));
    library.add("frexp", MathLibrary::frexp);
    library.add("modf", MathLibrary::modf);
    library.add("max", MathLibrary::max);
    library.add("min", MathLibrary::min);
    addRandom(library);
  }

  private static void add(Library library, String name, DoubleUnaryOperator function) {
    library.add(name, (l, args) -> number(function.applyAsDouble(args.number(1))));
  }

  private static @Nullable Object[] number(double value) {
    return BaseLibrary.one(value);
  }

  private static @Nullable Object[] frexp(Lua lua, Arguments args) {
    double value = args.number(1);
    if (value == 0 || !Double.isFinite(value)) {
      return new Object[] {value, 0.0};
    }
    int exponent = Math.getExponent(value) + 1;
    if (exponent <= Double.MIN_EXPONENT) { // subnormal
      exponent = Math.getExponent(value * 0x1p54) + 1 - 54;
    }
    int half = exponent / 2; // twice, because the whole may be too much
    return new Object[] {
      value * Math.pow(2, -half) * Math.pow(2, half - exponent), (double) exponent
    };
  }

  private static @Nullable Object[] modf(Lua lua, Arguments args) {
    double value = args.number(1);
    double whole = value < 0 ? Math.ceil(value) : Math.floor(value);
    return new Object[] {whole, Double.isInfinite(value) ? 0.0 : value - whole};
  }

  private static @Nullable Object[] max(Lua lua, Arguments args) {
    double most = args.number(1);
    for (int i = 2; i <= args.count(); i++) {
      most = args.number(i) > most ? args.number(i) : most;
    }
    return number(most);
  }

  private static @Nullable Object[] min(Lua lua, Arguments args) {
    double least = args.number(1);
    for (int i = 2; i <= args.count(); i++) {
      least = args.number(i) < least ? args.number(i) : least;
    }
    return number(least);
  }

  // --- Random numbers

  private static void addRandom(Library library) {
    var random = new Drand48();
    library.add(
        "random",
        (l, args) -> {
          double value = random.next() / (double) Integer.MAX_VALUE;
          return number(
              switch (args.count()) {
                case 0 -> value;
                case 1 -> upTo(args, value);
                case 2 -> between(args, value);
                default -> throw l.error("wrong number of arguments");
              });
        });
    library.add(
        "randomseed",
        (l, args) -> {
          random.seed(args.integer(1));
          return Lua.NONE;
        });
  }

  private static double upTo(Arguments args, double value) {
    int most = args.integer(1);
    if (most < 1) {
      throw args.wrong(1, "interval is empty");
    }
    return Math.floor(value * most) + 1;
  }

  private static double between(Arguments args, double value) {
    int least = args.integer(1);
    int most = args.integer(2);
    if (least > most) {
      throw args.wrong(2, "interval is empty");
    }
    return Math.floor(value * ((double) most - least + 1)) + least;
  }

  /** C's lrand48, as Redis has it: so a script gets the same numbers from the same seed. */
  private static final class Drand48 {
    private static final long MULTIPLIER = 0x5DEECE66DL;
    private static final long MASK = (1L << 48) - 1;

    private long state = ThreadLocalRandom.current().nextLong() & MASK;

    void seed(int seed) {
      state = (seed & 0xFFFFFFFFL) << 16 | 0x330E;
    }

    int next() {
      state = state * MULTIPLIER + 0xB & MASK;
      return (int) (state >>> 17);
    }
  }
}
