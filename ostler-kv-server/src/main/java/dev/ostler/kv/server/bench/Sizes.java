package dev.ostler.kv.server.bench;

import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long values are: each size in this range is equally likely. Immutable; any thread may use it.
 */
public record Sizes(int least, int most) {
  /** The longest value, in bytes. */
  static final int LIMIT = 16 * 1024 * 1024;

  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

  /**
   * Understands a number of bytes, as {@code 100}, and a range, as {@code 10-1000}.
   *
   * @throws IllegalArgumentException if that is neither; the message says what it expects
   */
  public static Sizes parse(String text) {
    Matcher match = FORM.matcher(text);
    if (match.matches()) {
      int least = Integer.parseInt(match.group(1));
      int most = match.group(2) == null ? least : Integer.parseInt(match.group(2));
      if (least <= most && most <= LIMIT) {
        return new Sizes(least, most);
      }
    }
    throw new IllegalArgumentException(
        "expects a number of bytes, as 100, or a range, as 10-1000, up to "
            + LIMIT
            + ", and found '"
            + text
            + "'");
  }

  int next(RandomGenerator random) {
    return least == most ? least : random.nextInt(least, most + 1);
  }

  @Override
  public String toString() {
    return least == most ? String.valueOf(least) : least + "-" + most;
  }
}
