package dev.ostler.kv.server.bench;

import java.util.random.RandomGenerator;

/** Which key a request uses. Immutable; any thread may use it. */
public sealed interface KeyChoice {
  /** The exponent if none is given: that of YCSB. */
  double USUAL_EXPONENT = 0.99;

  /** The number of a key, from 0; the smaller ones are the more popular ones, if any are. */
  long next(RandomGenerator random);

  /**
   * Understands {@code uniform}, {@code zipf} and {@code zipf:1.2}.
   *
   * @throws IllegalArgumentException if that is none of them; the message says what it expects
   */
  static KeyChoice parse(String text, long keys) {
    if (text.equals("uniform")) {
      return new Uniform(keys);
    }
    if (text.equals("zipf")) {
      return new Zipf(keys, USUAL_EXPONENT);
    }
    if (text.startsWith("zipf:")) {
      try {
        double exponent = Double.parseDouble(text.substring("zipf:".length()));
        if (exponent > 0 && exponent <= 10) {
          return new Zipf(keys, exponent);
        }
      } catch (NumberFormatException e) {
        // said below
      }
    }
    throw new IllegalArgumentException(
        "expects uniform, zipf, or zipf:EXPONENT with an exponent above 0 and up to 10, and found '"
            + text
            + "'");
  }

  /** Each key is equally likely. */
  record Uniform(long keys) implements KeyChoice {
    @Override
    public long next(RandomGenerator random) {
      return random.nextLong(keys);
    }

    @Override
    public String toString() {
      return "uniform";
    }
  }

  /**
   * The key of number n is as likely as 1 / (n + 1)^exponent.
   *
   * <p>By rejection inversion, which needs no table: W. Hörmann and G. Derflinger, "Rejection-
   * inversion to generate variates from monotone discrete distributions", ACM Transactions on
   * Modeling and Computer Simulation 6.3 (1996).
   */
  record Zipf(long keys, double exponent, double first, double last, double accept)
      implements KeyChoice {
    Zipf(long keys, double exponent) {
      this(
          keys,
          exponent,
          area(exponent, 1.5) - 1,
          area(exponent, keys + 0.5),
          2 - areaInverse(exponent, area(exponent, 2.5) - height(exponent, 2)));
    }

    @Override
    public long next(RandomGenerator random) {
      while (true) {
        double u = last + random.nextDouble() * (first - last);
        double x = areaInverse(exponent, u);
        long rank = Math.clamp((long) (x + 0.5), 1, keys);
        if (rank - x <= accept
            || u >= area(exponent, rank + 0.5) - height(exponent, (double) rank)) {
          return rank - 1;
        }
      }
    }

    /** The height of the curve 1 / x^exponent. */
    private static double height(double exponent, double x) {
      return Math.exp(-exponent * Math.log(x));
    }

    /** The area under that curve, from 1. */
    private static double area(double exponent, double x) {
      double log = Math.log(x);
      double y = (1 - exponent) * log;
      double slope = Math.abs(y) > 1e-8 ? Math.expm1(y) / y : 1 + y / 2 * (1 + y / 3);
      return slope * log;
    }

    private static double areaInverse(double exponent, double area) {
      double y = Math.max(-1, area * (1 - exponent)); // less than -1 is a rounding error
      double slope = Math.abs(y) > 1e-8 ? Math.log1p(y) / y : 1 - y * (0.5 - y / 3);
      return Math.exp(slope * area);
    }

    @Override
    public String toString() {
      return "zipf:" + exponent;
    }
  }
}
