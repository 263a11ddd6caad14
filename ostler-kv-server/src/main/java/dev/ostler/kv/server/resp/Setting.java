package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One setting of CONFIG: its name, its valid values, and the effect of a new value. Any thread may
 * read it. To change it, a thread must hold the lock of {@link Settings}.
 */
public final class Setting {
  private static final BigInteger UNSIGNED_MOST =
      BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);

  /** The valid values of a setting. */
  interface Form {
    /**
     * The value as it is stored and shown.
     *
     * @throws IllegalArgumentException if it is not valid, with Redis's text
     */
    String of(String given);
  }

  private static final String NOT_SHOWN = "(not shown)";

  private final String name;
  private final Form form;
  private final Consumer<String> effect;
  private volatile String value;
  private boolean fixed;
  private boolean hidden;
  private boolean secret;
  private UnaryOperator<String> shown = UnaryOperator.identity();

  /** A setting with this initial value, which is in effect already. */
  Setting(String name, String value, Form form, Consumer<String> effect) {
    this.name = name;
    this.value = value;
    this.form = form;
    this.effect = effect;
  }

  /** A setting that is checked and stored, and has no effect. */
  static Setting inert(String name, String value, Form form) {
    return new Setting(name, value, form, changed -> {});
  }

  /** A setting that CONFIG SET cannot change. */
  static Setting fixed(String name, String value) {
    var setting = inert(name, value, given -> given);
    setting.fixed = true;
    return setting;
  }

  /** A setting that accepts only the value it has; otherwise this is the error. */
  static Setting constant(String name, String value, String otherwise) {
    return inert(
        name,
        value,
        given -> {
          if (!given.equals(value)) {
            throw new IllegalArgumentException(otherwise);
          }
          return given;
        });
  }

  /**
   * A setting whose value is not shown. Setting it to the text that is shown instead changes
   * nothing.
   */
  static Setting secret(String name, Consumer<String> effect) {
    var setting = new Setting(name, "", Setting::text, effect);
    setting.secret = true;
    return setting;
  }

  /** Shows the value in another form than it is set in. */
  Setting shownAs(UnaryOperator<String> words) {
    shown = words;
    return this;
  }

  /** Hides it from CONFIG GET with a pattern. */
  Setting hidden() {
    hidden = true;
    return this;
  }

  String name() {
    return name;
  }

  String value() {
    return value;
  }

  boolean isFixed() {
    return fixed;
  }

  boolean isHidden() {
    return hidden;
  }

  /** The value as it would be stored. */
  String checked(String given) {
    return form.of(given);
  }

  /** Sets a value that was checked. */
  void take(String checked) {
    if (secret && checked.equals(NOT_SHOWN)) {
      return;
    }
    effect.accept(checked);
    value = secret && !checked.isEmpty() ? NOT_SHOWN : shown.apply(checked);
  }

  // --- Forms

  static String text(String given) {
    return given;
  }

  static String yesOrNo(String given) {
    String word = Bytes.lower(given);
    if (!word.equals("yes") && !word.equals("no")) {
      throw new IllegalArgumentException("argument must be 'yes' or 'no'");
    }
    return word;
  }

  static Form oneOf(String... words) {
    return given -> {
      String word = Bytes.lower(given);
      if (!Arrays.asList(words).contains(word)) {
        throw new IllegalArgumentException(
            "argument(s) must be one of the following: " + String.join(", ", words));
      }
      return word;
    };
  }

  static Form number(long least, long most) {
    return given -> {
      Long number = Bytes.number(given);
      if (number == null) {
        throw new IllegalArgumentException("argument couldn't be parsed into an integer");
      }
      return within(number, least, most);
    };
  }

  /** A number of bytes, with an optional unit. */
  static Form size(long least, long most) {
    return given -> {
      Long bytes = bytes(given);
      if (bytes == null && given.matches("\\d+")) {
        bytes = Objects.requireNonNullElse(Bytes.number(given), -1L); // too large, so not within
      }
      if (bytes == null) {
        throw new IllegalArgumentException("argument must be a memory value");
      }
      return within(bytes, least, most);
    };
  }

  /**
   * A number of bytes as Redis reads it: an unsigned 64-bit number, or the largest one if it is
   * larger.
   */
  static String unsignedSize(String given) {
    return bytes(given) == null && given.matches("\\d+")
        ? new BigInteger(given).min(UNSIGNED_MOST).toString()
        : size(0, Long.MAX_VALUE).of(given);
  }

  /** A number of bytes, or a percentage with a percent sign. */
  static String sizeOrPercent(String given) {
    if (!given.endsWith("%")) {
      return size(0, Long.MAX_VALUE).of(given);
    }
    Long percent = Bytes.number(given.substring(0, given.length() - 1));
    if (percent == null || percent < 0) {
      throw new IllegalArgumentException("argument must be a memory or percent value");
    }
    if (percent > 100) {
      throw new IllegalArgumentException("percentage argument must be less or equal to 100");
    }
    return given;
  }

  /** The value of that form in bytes; a percentage is one of the heap. */
  static long bytesOf(String sizeOrPercent) {
    int last = sizeOrPercent.length() - 1;
    return sizeOrPercent.endsWith("%")
        ? Runtime.getRuntime().maxMemory() / 100 * Long.parseLong(sizeOrPercent, 0, last, 10)
        : Long.parseLong(sizeOrPercent);
  }

  private static String within(long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "argument must be between " + least + " and " + most + " inclusive");
    }
    return Long.toString(value);
  }

  private enum Unit {
    B(1),
    K(1000),
    KB(1 << 10),
    M(1_000_000),
    MB(1 << 20),
    G(1_000_000_000),
    GB(1 << 30);

    private final long bytes;

    Unit(long bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * The number of bytes in {@code 1kb}, {@code 2gb} or {@code 512}; null if it is not such a
   * number. As in Redis, no digits are 0.
   */
  public static @Nullable Long bytes(String given) {
    int digits = 0;
    while (digits < given.length() && given.charAt(digits) >= '0' && given.charAt(digits) <= '9') {
      digits++;
    }
    String unit = given.substring(digits).toUpperCase(Locale.ROOT);
    if (digits > 18) {
      return null;
    }
    long number = digits == 0 ? 0 : Long.parseLong(given, 0, digits, 10);
    if (unit.isEmpty()) {
      return number;
    }
    return List.of(Unit.values()).stream()
        .filter(known -> known.name().equals(unit))
        .filter(known -> number <= Long.MAX_VALUE / known.bytes)
        .map(known -> number * known.bytes)
        .findAny()
        .orElse(null);
  }
}
