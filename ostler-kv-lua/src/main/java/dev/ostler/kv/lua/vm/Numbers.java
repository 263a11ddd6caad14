package dev.ostler.kv.lua.vm;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Numbers as text, and text as numbers, as C's library does it. Pure functions. */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
public final class Numbers {
  private static final int DIGITS = 14;

  /** Integers below this are written without an exponent. */
  private static final double PLAIN = 1e14;

  private static final int MOST_DIGITS = 1100; // no double has more

  /** How {@link #general} writes. */
  enum Layout {
    SHORT,
    WITH_ZEROS
  }

  private Numbers() {}

  /** As Lua writes a number: {@code %.14g}. */
  public static String text(double value) {
    long whole = (long) value;
    if (whole == value && Math.abs(value) < PLAIN && !(whole == 0 && 1 / value < 0)) {
      return Long.toString(whole);
    }
    return general(value, DIGITS, Layout.SHORT);
  }

  /** The fewest digits that only this number has, as Redis writes numbers. */
  public static String shortest(double value) {
    long whole = (long) value;
    if (whole == value && Math.abs(value) < 0x1p63) {
      return Long.toString(whole);
    }
    String special = special(value);
    if (special != null) {
      return special;
    }
    BigDecimal exact = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
    String digits = exact.unscaledValue().toString();
    int power = -exact.scale(); // of ten, which the digits are multiplied by
    int exponent = power + digits.length() - 1;
    String sign = value < 0 ? "-" : "";
    if (power >= 0 && Math.abs(exponent) < digits.length() + 7) {
      return sign + digits + "0".repeat(power);
    }
    if (power < 0 && (power > -7 || Math.abs(exponent) < 4)) {
      return sign + exact.toPlainString();
    }
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return sign + mantissa + (exponent < 0 ? "e-" : "e+") + Math.abs(exponent);
  }

  /** As {@code printf} with {@code %.<digits>g}. */
  static String general(double value, int digits) {
    return general(value, digits, Layout.SHORT);
  }

  static String general(double value, int digits, Layout layout) {
    String special = special(value);
    if (special != null) {
      return special;
    }
    int precision = digits == 0 ? 1 : Math.min(digits, MOST_DIGITS);
    if (value == 0) {
      String zero =
          layout == Layout.SHORT || precision == 1 ? "0" : "0." + "0".repeat(precision - 1);
      return 1 / value < 0 ? "-" + zero : zero;
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent < -4 || exponent >= precision) {
      return shortened(exponential(value, precision - 1), layout);
    }
    return shortened(fixed(value, Math.max(0, precision - 1 - exponent)), layout);
  }

  private static String shortened(String number, Layout layout) {
    if (layout == Layout.WITH_ZEROS || number.indexOf('.') < 0) {
      return number;
    }
    int exponent = number.indexOf('e');
    int end = exponent < 0 ? number.length() : exponent;
    int last = end;
    while (number.charAt(last - 1) == '0') {
      last--;
    }
    if (number.charAt(last - 1) == '.') {
      last--;
    }
    return number.substring(0, last) + number.substring(end);
  }

  /** As {@code printf} with {@code %.<digits>f}. */
  static String fixed(double value, int digits) {
    String special = special(value);
    if (special != null) {
      return special;
    }
    String text =
        new BigDecimal(Math.abs(value)).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return isNegative(value) ? "-" + text : text;
  }

  /** As {@code printf} with {@code %.<digits>e}. */
  static String exponential(double value, int digits) {
    String special = special(value);
    if (special != null) {
      return special;
    }
    String mantissa;
    int exponent;
    if (value == 0) {
      mantissa = digits == 0 ? "0" : "0." + "0".repeat(digits);
      exponent = 0;
    } else {
      BigDecimal rounded =
          new BigDecimal(Math.abs(value))
              .round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
      exponent = rounded.precision() - rounded.scale() - 1;
      mantissa = rounded.movePointLeft(exponent).setScale(digits).toPlainString();
    }
    int size = Math.abs(exponent);
    return (isNegative(value) ? "-" : "")
        + mantissa
        + (exponent < 0 ? "e-" : "e+")
        + (size < 10 ? "0" : "")
        + size;
  }

  /**
   * As {@code printf} with {@code %.<digits>} and this letter: e, f or g.
   *
   * @param zeros whether {@code g} keeps zeros at the end
   */
  public static String printed(double value, char kind, int digits, boolean zeros) {
    return switch (kind) {
      case 'e' -> exponential(value, digits);
      case 'f' -> fixed(value, digits);
      default -> general(value, digits, zeros ? Layout.WITH_ZEROS : Layout.SHORT);
    };
  }

  private static boolean isNegative(double value) {
    return value < 0 || value == 0 && 1 / value < 0;
  }

  private static @Nullable String special(double value) {
    if (Double.isNaN(value)) {
      return Double.doubleToRawLongBits(value) < 0 ? "-nan" : "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return null;
  }

  /** The number that a text is, as C's {@code strtod} reads it; null if it is none. */
  public static @Nullable Double parse(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    if (from == to) {
      return null;
    }
    int sign = text.charAt(from) == '-' || text.charAt(from) == '+' ? 1 : 0;
    int digits = from + sign;
    if (to - digits > 2 && text.charAt(digits) == '0' && (text.charAt(digits + 1) | 32) == 'x') {
      return hexadecimal(text.substring(digits, to), text.charAt(from) == '-');
    }
    boolean any = false;
    boolean letters = false;
    for (int i = digits; i < to; i++) {
      char c = text.charAt(i);
      any |= c >= '0' && c <= '9';
      letters |=
          !(c >= '0' && c <= '9' || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-');
    }
    if (letters) {
      return named(text.substring(digits, to), text.charAt(from) == '-');
    }
    if (!any) {
      return null;
    }
    try {
      return Double.valueOf(text.substring(from, to));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static @Nullable Double named(String word, boolean negative) {
    if (word.equalsIgnoreCase("inf") || word.equalsIgnoreCase("infinity")) {
      return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    return word.equalsIgnoreCase("nan") ? Double.NaN : null;
  }

  private static @Nullable Double hexadecimal(String word, boolean negative) {
    for (int i = 2; i < word.length(); i++) {
      char c = word.charAt(i);
      if (Character.digit(c, 16) < 0 && "pP.+-".indexOf(c) < 0 || c > 127) {
        return null;
      }
    }
    try {
      boolean hasExponent = word.indexOf('p') >= 0 || word.indexOf('P') >= 0;
      double value = Double.parseDouble(hasExponent ? word : word + "p0");
      return negative ? -value : value;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** The number that a text is in this base; null if it is none. */
  public static @Nullable Double parse(String text, int base) {
    String trimmed = text.strip();
    boolean negative = trimmed.startsWith("-");
    int at = negative || trimmed.startsWith("+") ? 1 : 0;
    if (base == 16 && trimmed.startsWith("0x", at) || base == 16 && trimmed.startsWith("0X", at)) {
      at += 2;
    }
    if (at == trimmed.length()) {
      return null;
    }
    double value = 0;
    for (; at < trimmed.length(); at++) {
      char c = trimmed.charAt(at);
      int digit = c > 127 ? -1 : Character.digit(c, 36);
      if (digit < 0 || digit >= base) {
        return null;
      }
      value = value * base + digit;
    }
    return negative ? -value : value;
  }

  static boolean isSpace(char c) {
    return c == ' ' || c >= '\t' && c <= '\r';
  }
}
