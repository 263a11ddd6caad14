package dev.ostler.bench;

import java.util.Arrays;
import java.util.Locale;

/** One line a figure, {@code name value unit}, for people and for scripts. */
final class Figure {
  private Figure() {}

  static void print(String name, double value, String unit) {
    System.out.printf(Locale.ROOT, "%s %.1f %s%n", name, value, unit);
  }

  static double median(double[] values) {
    return quantile(values, 0.5);
  }

  /** The least of the values that a share of {@code q} of them does not exceed. */
  static double quantile(double[] values, double q) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(q * sorted.length) - 1)];
  }
}
