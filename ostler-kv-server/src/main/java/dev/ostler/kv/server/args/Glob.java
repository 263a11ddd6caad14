package dev.ostler.kv.server.args;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A pattern with {@code *}, {@code ?}, {@code [a-c]}, {@code [^x]} and {@code \}, with Redis's
 * rules.
 *
 * <p>Immutable; any thread may use it. Patterns and the texts they match are {@linkplain Bytes byte
 * strings}. A match takes at most time proportional to the product of the two lengths, whatever the
 * pattern.
 */
public final class Glob {
  /*
   * A pattern is compiled to a list of codes: a byte stands for itself, ANY for one byte, MANY for
   * any number of bytes, and SETS plus an index for a set of bytes. Only the last MANY that was met
   * is ever retried with more bytes: what an earlier one could take in addition, the last one can
   * take as well.
   *
   * Malformed patterns mean what they mean to Redis: a set that is not closed ends with the
   * pattern, nothing matches an empty set, and a \ at the very end stands for itself. Redis's limit
   * holds, too: nothing matches a pattern with more than 1000 * before other codes.
   */
  private static final int ANY = 256;
  private static final int MANY = 257;
  private static final int SETS = 258;

  private static final int MOST_MANY = 1000;

  private final String pattern;
  private final boolean ignoreCase;
  private final int[] codes;
  private final boolean isHopeless;
  private final List<long[]> sets = new ArrayList<>();

  private Glob(String pattern, boolean ignoreCase) {
    this.pattern = pattern;
    this.ignoreCase = ignoreCase;
    this.codes = compile();
    this.isHopeless =
        Arrays.stream(codes)
                .limit(Math.max(0, codes.length - 1))
                .filter(code -> code == MANY)
                .count()
            > MOST_MANY;
  }

  /** A pattern that is case-sensitive. */
  public static Glob of(String pattern) {
    return new Glob(pattern, false);
  }

  /** A pattern that ignores the case of ASCII letters. */
  public static Glob ignoringCase(String pattern) {
    return new Glob(pattern, true);
  }

  public String pattern() {
    return pattern;
  }

  /** Whether it matches everything. */
  public boolean isAll() {
    return codes.length == 1 && codes[0] == MANY;
  }

  // --- Made

  private int[] compile() {
    var made = new int[pattern.length()];
    int count = 0;
    for (int at = 0; at < pattern.length(); at++) {
      char c = pattern.charAt(at);
      switch (c) {
        case '*' -> {
          if (count == 0 || made[count - 1] != MANY) {
            made[count++] = MANY;
          }
        }
        case '?' -> made[count++] = ANY;
        case '[' -> {
          made[count++] = SETS + sets.size();
          at = set(at + 1);
        }
        case '\\' -> {
          at += at + 1 < pattern.length() ? 1 : 0;
          made[count++] = folded(pattern.charAt(at));
        }
        default -> made[count++] = folded(c);
      }
    }
    return Arrays.copyOf(made, count);
  }

  /** Adds the set whose content starts at this index; returns the index of its end. */
  private int set(int begin) {
    int at = begin;
    int length = pattern.length();
    boolean negated = at < length && pattern.charAt(at) == '^';
    at += negated ? 1 : 0;
    var set = new long[4];
    for (; at < length && pattern.charAt(at) != ']'; at++) {
      char c = pattern.charAt(at);
      if (c == '\\' && at + 1 < length) {
        at++;
        add(set, pattern.charAt(at), pattern.charAt(at));
      } else if (at + 2 < length && pattern.charAt(at + 1) == '-') {
        add(set, c, pattern.charAt(at + 2));
        at += 2;
      } else {
        add(set, c, c);
      }
    }
    if (negated) {
      for (int i = 0; i < set.length; i++) {
        set[i] = ~set[i];
      }
    }
    sets.add(set);
    return at;
  }

  private void add(long[] set, char one, char other) {
    int low = folded((char) Math.min(one, other));
    int high = folded((char) Math.max(one, other));
    for (int c = low; c <= high; c++) {
      set[c >> 6] |= 1L << c;
    }
  }

  private int folded(char c) {
    return ignoreCase && c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  // --- Used

  /** Whether the pattern matches all of the bytes. */
  public boolean matches(String bytes) {
    int length = bytes.length();
    if (isHopeless) {
      return false;
    }
    int code = 0;
    int at = 0;
    int many = -1; // the last MANY that was met; the bytes it has taken end before retry
    int retry = 0;
    while (at < length) {
      if (code < codes.length && codes[code] == MANY) {
        many = code++;
        retry = at;
      } else if (code < codes.length && accepts(codes[code], bytes.charAt(at))) {
        code++;
        at++;
      } else if (many >= 0) {
        code = many + 1;
        at = ++retry;
      } else {
        return false;
      }
    }
    while (code < codes.length && codes[code] == MANY) {
      code++;
    }
    return code == codes.length;
  }

  private boolean accepts(int code, char found) {
    int c = folded(found);
    if (code < ANY) {
      return code == c;
    }
    return code == ANY || (sets.get(code - SETS)[c >> 6] & 1L << c) != 0;
  }

  @Override
  public String toString() {
    return Bytes.text(pattern);
  }
}
