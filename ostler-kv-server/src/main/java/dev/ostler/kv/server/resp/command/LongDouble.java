package dev.ostler.kv.server.resp.command;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A number of Redis's float commands: C's {@code long double} on x86, with a mantissa of 64 bits.
 *
 * <p>Immutable; any thread may use it. Parsing, adding and formatting agree with Redis in every
 * digit.
 */
final class LongDouble {
  /** The longest text of a number, in bytes, as in Redis. */
  private static final int LONGEST = 5 * 1024;

  private static final int BITS = 64;

  /**
   * The exponent of the lowest bit of the smallest number, and the first exponent that is too
   * large.
   */
  private static final int LEAST_EXPONENT = -16445;

  private static final int MOST_EXPONENT = 16384;

  /** The number of digits after the point, as in Redis. */
  private static final int DIGITS = 17;

  private static final Pattern DECIMAL =
      Pattern.compile("([+-]?)(?=\\.?[0-9])([0-9]*)\\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?");
  private static final Pattern HEXADECIMAL =
      Pattern.compile(
          "([+-]?)0[xX](?=\\.?[0-9a-fA-F])([0-9a-fA-F]*)\\.?([0-9a-fA-F]*)"
              + "(?:[pP]([+-]?[0-9]+))?");
  private static final Pattern INFINITY = Pattern.compile("[+-]?(?i:inf|infinity)");

  private static final LongDouble INFINITE = new LongDouble(BigInteger.ZERO, Integer.MAX_VALUE);

  private final BigInteger mantissa; // with its sign
  private final int exponent; // a power of two

  private LongDouble(BigInteger mantissa, int exponent) {
    this.mantissa = mantissa;
    this.exponent = exponent;
  }

  /**
   * Parses the whole text; null if it is not a number, or its absolute value is too large or too
   * small.
   */
  static @Nullable LongDouble parse(String word) {
    if (word.length() >= LONGEST) {
      return null;
    }
    Matcher decimal = DECIMAL.matcher(word);
    if (decimal.matches()) {
      return decimal(decimal);
    }
    Matcher hexadecimal = HEXADECIMAL.matcher(word);
    if (hexadecimal.matches()) {
      return hexadecimal(hexadecimal);
    }
    return INFINITY.matcher(word).matches() ? INFINITE : null;
  }

  private static @Nullable LongDouble decimal(Matcher word) {
    var digits = new BigInteger("0" + word.group(2) + word.group(3));
    long power = power(word) - word.group(3).length();
    BigInteger signed = word.group(1).equals("-") ? digits.negate() : digits;
    if (digits.signum() == 0) {
      return new LongDouble(BigInteger.ZERO, 0);
    }
    // approximate number of digits before the point
    long magnitude = power + digits.bitLength() * 3L / 10;
    if (magnitude > -LEAST_EXPONENT || magnitude < LEAST_EXPONENT) {
      return null;
    }
    if (power >= 0) {
      return valid(rounded(signed.multiply(BigInteger.TEN.pow((int) power)), false, 0));
    }
    BigInteger divisor = BigInteger.TEN.pow((int) -power);
    int shift = Math.max(0, divisor.bitLength() - digits.bitLength() + BITS + 2);
    BigInteger[] parts = signed.shiftLeft(shift).divideAndRemainder(divisor);
    return valid(rounded(parts[0], parts[1].signum() != 0, -shift));
  }

  private static @Nullable LongDouble hexadecimal(Matcher word) {
    var digits = new BigInteger("0" + word.group(2) + word.group(3), 16);
    BigInteger signed = word.group(1).equals("-") ? digits.negate() : digits;
    if (digits.signum() == 0) {
      return new LongDouble(BigInteger.ZERO, 0);
    }
    long power = power(word) - 4L * word.group(3).length();
    long magnitude = power + digits.bitLength();
    return magnitude > MOST_EXPONENT || magnitude < LEAST_EXPONENT - 1
        ? null
        : valid(rounded(signed, false, (int) power));
  }

  /** The exponent in the text, or one as far out of range. */
  private static long power(Matcher word) {
    String digits = word.group(4);
    if (digits == null) {
      return 0;
    }
    BigInteger power = new BigInteger(digits);
    return power.bitLength() < 32 ? power.longValue() : power.signum() * (1L << 32);
  }

  /** Returns the number; null if it is infinite, or was rounded to zero. */
  private static @Nullable LongDouble valid(LongDouble number) {
    return number.isFinite() && number.mantissa.signum() != 0 ? number : null;
  }

  /**
   * The nearest number to {@code number} times a power of two; of two equally near ones, the even
   * one.
   *
   * @param more whether the exact number is slightly further from zero
   */
  private static LongDouble rounded(BigInteger number, boolean more, int exponent) {
    BigInteger size = number.abs();
    int dropped = Math.max(size.bitLength() - BITS, LEAST_EXPONENT - exponent);
    if (dropped > 0) {
      boolean half = size.testBit(dropped - 1);
      boolean beyond = more || size.getLowestSetBit() < dropped - 1;
      size = size.shiftRight(dropped);
      if (half && (beyond || size.testBit(0))) {
        size = size.add(BigInteger.ONE);
      }
    }
    int newExponent = exponent + Math.max(dropped, 0);
    if (size.bitLength() + newExponent > MOST_EXPONENT) {
      return INFINITE;
    }
    return new LongDouble(number.signum() < 0 ? size.negate() : size, newExponent);
  }

  boolean isFinite() {
    return exponent != INFINITE.exponent;
  }

  /** The sum, rounded. It is not finite if an operand is not, or if it is too large. */
  LongDouble plus(LongDouble other) {
    if (!isFinite() || !other.isFinite()) {
      return INFINITE;
    }
    int common = Math.min(exponent, other.exponent);
    BigInteger sum =
        mantissa
            .shiftLeft(exponent - common)
            .add(other.mantissa.shiftLeft(other.exponent - common));
    return rounded(sum, false, common);
  }

  /**
   * The number as text: with as many digits as needed, at most 17 of them after the point, and
   * without an exponent.
   */
  String text() {
    if (exponent >= 0) {
      return mantissa.shiftLeft(exponent).toString();
    }
    return new BigDecimal(mantissa)
        .divide(new BigDecimal(BigInteger.ONE.shiftLeft(-exponent)), DIGITS, RoundingMode.HALF_EVEN)
        .stripTrailingZeros()
        .toPlainString();
  }

  @Override
  public String toString() {
    return isFinite() ? text() : "inf";
  }
}
