package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The library {@code bit}, of operations on 32 bits, as LuaJIT's. */
final class BitLibrary {
  private static final int DIGITS = 8;

  /** Added to a double, it moves its lowest 32 bits of integer to the end of the mantissa. */
  private static final double TO_BITS = 6755399441055744.0;

  private BitLibrary() {}

  static void addTo(Lua lua) {
    Library library = Library.of(lua, "bit");
    one(library, "tobit", bits -> bits);
    one(library, "bnot", bits -> ~bits);
    one(library, "bswap", Integer::reverseBytes);
    many(library, "band", (a, b) -> a & b);
    many(library, "bor", (a, b) -> a | b);
    many(library, "bxor", (a, b) -> a ^ b);
    two(library, "lshift", (bits, count) -> bits << count);
    two(library, "rshift", (bits, count) -> bits >>> count);
    two(library, "arshift", (bits, count) -> bits >> count);
    two(library, "rol", Integer::rotateLeft);
    two(library, "ror", Integer::rotateRight);
    library.add("tohex", BitLibrary::toHex);
  }

  private static int bits(Arguments args, int place) {
    return (int) Double.doubleToRawLongBits(args.number(place) + TO_BITS);
  }

  private static @Nullable Object[] result(int bits) {
    return BaseLibrary.one((double) bits);
  }

  private static void one(Library library, String name, IntUnaryOperator operator) {
    library.add(name, (lua, args) -> result(operator.applyAsInt(bits(args, 1))));
  }

  private static void two(Library library, String name, IntBinaryOperator operator) {
    library.add(
        name, (lua, args) -> result(operator.applyAsInt(bits(args, 1), bits(args, 2) & 31)));
  }

  private static void many(Library library, String name, IntBinaryOperator operator) {
    library.add(
        name,
        (lua, args) -> {
          int all = bits(args, 1);
          for (int i = 2; i <= args.count(); i++) {
            all = operator.applyAsInt(all, bits(args, i));
          }
          return result(all);
        });
  }

  private static @Nullable Object[] toHex(Lua lua, Arguments args) {
    int bits = bits(args, 1);
    int wanted = args.isMissing(2) ? DIGITS : bits(args, 2);
    int count = Math.min(DIGITS, Math.abs(Math.max(wanted, -DIGITS)));
    String digits = (wanted < 0 ? "%08X" : "%08x").formatted(bits);
    return BaseLibrary.one(digits.substring(DIGITS - count));
  }
}
