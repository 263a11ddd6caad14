package dev.ostler.kv.server.args;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GlobTest {
  private static boolean matches(String pattern, String bytes) {
    return Glob.of(pattern).matches(bytes);
  }

  @Nested
  class A_pattern {
    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource(
        quoteCharacter = '"',
        value = {
          "abc, abc, true",
          "abc, abd, false",
          "a?c, abc, true",
          "a?c, ac, false",
          "a*c, ac, true",
          "a*c, abbbc, true",
          "a*c, abcb, false",
          "*, x, true",
          "**a**, bab, true",
          "h[ae]llo, hello, true",
          "h[ae]llo, hillo, false",
          "h[^e]llo, hallo, true",
          "h[^e]llo, hello, false",
          "h[a-c]llo, hbllo, true",
          "h[c-a]llo, hbllo, true",
          "h[a-c]llo, hdllo, false",
          "h\\*llo, h*llo, true",
          "h\\*llo, hello, false",
          "[\\]x], ], true",
          "a[, a, false"
        })
    void matches_as_in_redis(String pattern, String bytes, boolean expected) {
      assertThat(matches(pattern, bytes)).isEqualTo(expected);
    }

    @Test
    void that_is_empty_matches_nothing_but_the_empty_string() {
      assertThat(matches("", "")).isTrue();
      assertThat(matches("", "a")).isFalse();
      assertThat(matches("*", "")).isTrue();
      assertThat(matches("?", "")).isFalse();
    }

    @Test
    void with_too_many_stars_matches_nothing_as_in_redis() {
      assertThat(matches("*?".repeat(1000), "a".repeat(1000))).isTrue();
      assertThat(matches("*?".repeat(1001), "a".repeat(1001))).isFalse();
      assertThat(matches("*?".repeat(1000) + "*", "a".repeat(1000))).isTrue();
    }

    @Test
    void may_end_within_a_set_or_with_a_backslash() {
      assertThat(matches("a[bc", "ac")).isTrue();
      assertThat(matches("a[^bc", "ac")).isFalse();
      assertThat(matches("a\\", "a\\")).isTrue();
      assertThat(matches("[a\\", "\\")).isTrue();
      assertThat(matches("[a-", "-")).isTrue();
    }

    @Test
    void may_have_a_set_that_nothing_or_everything_is_in() {
      assertThat(matches("[]", "]")).isFalse();
      assertThat(matches("[^]", "x")).isTrue();
    }

    @Test
    void handles_bytes_that_are_not_ascii() {
      assertThat(matches("?\u00e9[\u0080-\u00ff]", "\u0000\u00e9\u00fe")).isTrue();
    }

    @Test
    void ignores_case_only_if_told_to() {
      assertThat(matches("MaxMem*", "maxmemory")).isFalse();
      assertThat(Glob.ignoringCase("MaxMem*").matches("maxMEMORY")).isTrue();
      assertThat(Glob.ignoringCase("[A-C]x").matches("bX")).isTrue();
      assertThat(Glob.ignoringCase("[a-c]x").matches("DX")).isFalse();
    }

    @Test
    void with_many_stars_takes_no_longer_than_the_product_of_the_lengths() {
      String trap = "a*".repeat(100) + "b";
      assertThat(matches(trap, "a".repeat(10_000))).isFalse();
      assertThat(matches(trap, "a".repeat(10_000) + "b")).isTrue();
    }

    @Test
    void says_whether_everything_matches() {
      assertThat(Glob.of("*").isAll()).isTrue();
      assertThat(Glob.of("***").isAll()).isTrue();
      assertThat(Glob.of("?*").isAll()).isFalse();
      assertThat(Glob.of("").isAll()).isFalse();
    }
  }

  @Nested
  class Any_pattern {
    static LongStream seeds() {
      return LongStream.range(0, 50);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.ostler.kv.server.args.GlobTest$Any_pattern#seeds")
    void matches_what_it_matches_by_definition(long seed) {
      var random = new Random(seed);
      for (int i = 0; i < 2_000; i++) {
        String pattern = word(random, "aabbc**??[]^-\\", 9);
        String bytes = word(random, "aaabbbccd]-\\^[", 7);
        assertThat(matches(pattern, bytes))
            .as("%s on %s", pattern, bytes)
            .isEqualTo(defined(pattern, bytes));
      }
    }

    private static String word(Random random, String letters, int longest) {
      var word = new StringBuilder();
      for (int i = random.nextInt(longest + 1); i > 0; i--) {
        word.append(letters.charAt(random.nextInt(letters.length())));
      }
      return word.toString();
    }
  }

  /** The rules one by one, tried in every possible way. */
  private static boolean defined(String pattern, String bytes) {
    if (pattern.isEmpty()) {
      return bytes.isEmpty();
    }
    char first = pattern.charAt(0);
    String rest = pattern.substring(1);
    if (first == '*') {
      return defined(rest, bytes) || (!bytes.isEmpty() && defined(pattern, bytes.substring(1)));
    }
    if (bytes.isEmpty()) {
      return false;
    }
    char found = bytes.charAt(0);
    String left = bytes.substring(1);
    if (first == '?') {
      return defined(rest, left);
    }
    if (first == '[') {
      boolean negated = rest.startsWith("^");
      return definedSet(negated ? rest.substring(1) : rest, found, left, negated, false);
    }
    if (first == '\\' && !rest.isEmpty()) {
      return rest.charAt(0) == found && defined(rest.substring(1), left);
    }
    return first == found && defined(rest, left);
  }

  private static boolean definedSet(
      String inside, char found, String left, boolean negated, boolean in) {
    if (inside.isEmpty() || inside.startsWith("]")) {
      return in != negated && defined(inside.isEmpty() ? "" : inside.substring(1), left);
    }
    if (inside.startsWith("\\") && inside.length() >= 2) {
      boolean is = inside.charAt(1) == found;
      return definedSet(inside.substring(2), found, left, negated, in || is);
    }
    if (inside.length() >= 3 && inside.charAt(1) == '-') {
      int one = inside.charAt(0);
      int other = inside.charAt(2);
      boolean within = found >= Math.min(one, other) && found <= Math.max(one, other);
      return definedSet(inside.substring(3), found, left, negated, in || within);
    }
    return definedSet(inside.substring(1), found, left, negated, in || inside.charAt(0) == found);
  }
}
