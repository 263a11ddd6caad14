package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Arguments;
import dev.ostler.kv.lua.vm.Lua;
import org.jspecify.annotations.Nullable;

/** What a script may choose of JSON. Used by the thread that runs the script. */
final class JsonSettings {
  /** Null of JSON, as scripts see it: opaque. */
  static final Object NULL = new Object();

  private static final int DEEPEST = 1000;

  /** Whether numbers that JSON does not have are refused, written as they are, or as null. */
  enum InvalidNumbers {
    REFUSED,
    ALLOWED,
    NULL
  }

  private boolean convertsSparse;
  private int sparseRatio;
  private int sparseSafe;
  private int encodeMaxDepth;
  private int decodeMaxDepth;
  private int precision;
  private boolean keepsBuffer;
  private InvalidNumbers encodesInvalid = InvalidNumbers.REFUSED;
  private boolean decodesInvalid;

  JsonSettings() {
    reset();
  }

  void reset() {
    convertsSparse = false;
    sparseRatio = 2;
    sparseSafe = 10;
    encodeMaxDepth = DEEPEST;
    decodeMaxDepth = DEEPEST;
    precision = 14;
    keepsBuffer = true;
    encodesInvalid = InvalidNumbers.REFUSED;
    decodesInvalid = true;
  }

  // --- Asked by the encoder and the decoder

  /** Whether so few items with such a highest index are no list. */
  boolean isSparse(int items, int last) {
    return sparseRatio > 0 && last > (long) items * sparseRatio && last > sparseSafe;
  }

  boolean convertsSparse() {
    return convertsSparse;
  }

  int encodeMaxDepth() {
    return encodeMaxDepth;
  }

  int decodeMaxDepth() {
    return decodeMaxDepth;
  }

  int precision() {
    return precision;
  }

  InvalidNumbers encodesInvalid() {
    return encodesInvalid;
  }

  boolean decodesInvalid() {
    return decodesInvalid;
  }

  // --- The functions that set them

  private static void expectAtMost(Arguments args, int most) {
    if (args.count() > most) {
      throw args.wrong(most + 1, "found too many arguments");
    }
  }

  private static int number(Arguments args, int place, int now, int least, int most) {
    if (args.isMissing(place)) {
      return now;
    }
    int value = args.integer(place);
    if (value < least || value > most) {
      throw args.wrong(place, "expected integer between " + least + " and " + most);
    }
    return value;
  }

  private static boolean flag(Arguments args, int place, boolean now) {
    if (args.isMissing(place)) {
      return now;
    }
    if (args.get(place) instanceof Boolean chosen) {
      return chosen;
    }
    return switch (args.text(place)) {
      case "on" -> true;
      case "off" -> false;
      default -> throw args.wrong(place, "invalid option '" + args.text(place) + "'");
    };
  }

  @Nullable Object[] sparseArray(Lua lua, Arguments args) {
    expectAtMost(args, 3);
    convertsSparse = flag(args, 1, convertsSparse);
    sparseRatio = number(args, 2, sparseRatio, 0, Integer.MAX_VALUE);
    sparseSafe = number(args, 3, sparseSafe, 0, Integer.MAX_VALUE);
    return new Object[] {convertsSparse, (double) sparseRatio, (double) sparseSafe};
  }

  @Nullable Object[] encodeMaxDepth(Lua lua, Arguments args) {
    expectAtMost(args, 1);
    encodeMaxDepth = number(args, 1, encodeMaxDepth, 1, Integer.MAX_VALUE);
    return BaseLibrary.one((double) encodeMaxDepth);
  }

  @Nullable Object[] decodeMaxDepth(Lua lua, Arguments args) {
    expectAtMost(args, 1);
    decodeMaxDepth = number(args, 1, decodeMaxDepth, 1, Integer.MAX_VALUE);
    return BaseLibrary.one((double) decodeMaxDepth);
  }

  @Nullable Object[] numberPrecision(Lua lua, Arguments args) {
    expectAtMost(args, 1);
    precision = number(args, 1, precision, 1, 14);
    return BaseLibrary.one((double) precision);
  }

  /** It changes nothing here: no buffer is kept. */
  @Nullable Object[] keepBuffer(Lua lua, Arguments args) {
    expectAtMost(args, 1);
    keepsBuffer = flag(args, 1, keepsBuffer);
    return BaseLibrary.one(keepsBuffer);
  }

  @Nullable Object[] encodeInvalidNumbers(Lua lua, Arguments args) {
    expectAtMost(args, 1);
    if ("null".equals(args.get(1))) {
      encodesInvalid = InvalidNumbers.NULL;
    } else if (!args.isMissing(1)) {
      encodesInvalid = flag(args, 1, false) ? InvalidNumbers.ALLOWED : InvalidNumbers.REFUSED;
    }
    return BaseLibrary.one(
        encodesInvalid == InvalidNumbers.NULL
            ? "null"
            : (Object) (encodesInvalid == InvalidNumbers.ALLOWED));
  }

  @Nullable Object[] decodeInvalidNumbers(Lua lua, Arguments args) {
    expectAtMost(args, 1);
    decodesInvalid = flag(args, 1, decodesInvalid);
    return BaseLibrary.one(decodesInvalid);
  }
}
