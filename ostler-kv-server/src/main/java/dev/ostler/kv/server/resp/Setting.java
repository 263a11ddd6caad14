package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One setting of CONFIG: its name, which values it may have, and what comes of a new one. Any
 * thread may read it; who changes it holds the lock of {@link Settings}.
 */
public final class Setting {
  private static final BigInteger UNSIGNED_MOST =
      BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);

  /** Which values a setting may have. */
  interface Form {
    /**
     * The value as it is kept and shown.
     *
     * @throws IllegalArgumentException if it is none, in the words of Redis
     */
    String of(String given);
  }

  private static final String KEPT_SECRET = "(not shown)";

  private final String name;
  private final Form form;
  private final Consumer<String> effect;
  private volatile String value;
  private boolean fixed;
  private boolean hidden;
  private boolean secret;
  private UnaryOperator<String> shown = UnaryOperator.identity();

  /** With this value at first, whose effect is there already. */
  Setting(String name, String value, Form form, Consumer<String> effect) {
    this.name = name;
    this.value = value;
    this.form = form;
    this.effect = effect;
  }

  /** One that is known, checked and kept, and that nothing depends on. */
  static Setting kept(String name, String value, Form form) {
    return new Setting(name, value, form, changed -> {});
  }

  /** One that CONFIG SET refuses to change. */
  static Setting fixed(String name, String value) {
    var setting = kept(name, value, given -> given);
    setting.fixed = true;
    return setting;
  }

  /** One that can be given the value it has, and no other: then this is said. */
  static Setting constant(String name, String value, String otherwise) {
    return kept(
        name,
        value,
        given -> {
          if (!given.equals(value)) {
            throw new IllegalArgumentException(otherwise);
          }
          return given;
        });
  }

  /** One whose value is not shown; to set it to what is shown instead changes nothing. */
  static Setting secret(String name, Consumer<String> effect) {
    var setting = new Setting(name, "", Setting::text, effect);
    setting.secret = true;
    return setting;
  }

  /** Shown in another form than it is given in. */
  Setting shownAs(UnaryOperator<String> words) {
    shown = words;
    return this;
  }

  /** Not shown by patterns. */
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

  /** As it would be kept. */
  String checked(String given) {
    return form.of(given);
  }

  /** Takes a value that was checked. */
  void take(String checked) {
    if (secret && checked.equals(KEPT_SECRET)) {
      return;
    }
    effect.accept(checked);
    value = secret && !checked.isEmpty() ? KEPT_SECRET : shown.apply(checked);
  }

  // --- Forms
  // --------------------------------------------------------------------------------------

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

  /** A number of bytes, perhaps with a unit. */
  static Form size(long least, long most) {
    return given -> {
      Long bytes = bytes(given);
      if (bytes == null) {
        throw new IllegalArgumentException("argument must be a memory value");
      }
      return within(bytes, least, most);
    };
  }

  /**
   * A number of bytes as Redis reads it: one of 64 bits without a sign, the largest if it is more.
   */
  static String unsignedSize(String given) {
    return bytes(given) == null && given.matches("\\d+")
        ? new BigInteger(given).min(UNSIGNED_MOST).toString()
        : size(0, Long.MAX_VALUE).of(given);
  }

  /** A number of bytes, or a percentage with its sign. */
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

  /** What a value of that form is in bytes; a percentage is one of the heap. */
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
   * What {@code 1kb}, {@code 2gb} or {@code 512} are in bytes; null if it is nothing of the kind.
   */
  public static @Nullable Long bytes(String given) {
    int digits = 0;
    while (digits < given.length() && given.charAt(digits) >= '0' && given.charAt(digits) <= '9') {
      digits++;
    }
    String unit = given.substring(digits).toUpperCase(Locale.ROOT);
    if (digits == 0 || digits > 18) {
      return null;
    }
    long number = Long.parseLong(given, 0, digits, 10);
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
