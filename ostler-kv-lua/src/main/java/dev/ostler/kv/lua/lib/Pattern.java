package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import org.jspecify.annotations.Nullable;

/**
 * One attempt after the other to match a pattern of Lua with a text. Used by the thread that runs
 * the script.
 *
 * <p>It is recursive to a fixed depth: a pattern needs one level for each of its quantifiers and
 * captures.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class Pattern {
  private static final int DEEPEST = 200;
  private static final int MOST_CAPTURES = 32;
  private static final int UNFINISHED = -1;
  private static final int POSITION = -2;
  private static final int FAILED = -1;
  private static final char ESCAPE = '%';

  private final Lua lua;
  private final String text;
  private final String pattern;
  private int level; // so many captures
  private int depth;
  private final int[] starts = new int[MOST_CAPTURES];
  private final int[] lengths = new int[MOST_CAPTURES];

  Pattern(Lua lua, String text, String pattern) {
    this.lua = lua;
    this.text = text;
    this.pattern = pattern;
  }

  /** Whether a pattern has no special characters. */
  static boolean isPlain(String pattern) {
    for (int i = 0; i < pattern.length(); i++) {
      if ("^$*+?.([%-".indexOf(pattern.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** Matches from here on; returns where the match ends, or a negative number. */
  int match(int from, int patternFrom) {
    level = 0;
    depth = 0;
    return attempt(from, patternFrom);
  }

  /** How many values a match has. */
  int captures() {
    return level;
  }

  /** A value of the match; the whole match if the pattern has no captures. */
  Object capture(int index, int from, int to) {
    if (index >= level) {
      if (index == 0) {
        return part(from, to);
      }
      throw lua.error("invalid capture index");
    }
    int length = lengths[index];
    if (length == UNFINISHED) {
      throw lua.error("unfinished capture");
    }
    return length == POSITION
        ? (Object) (double) (starts[index] + 1)
        : part(starts[index], starts[index] + length);
  }

  /** The text of a whole match. */
  String whole(int from, int to) {
    return part(from, to);
  }

  private String part(int from, int to) {
    lua.meter().allocateString(to - from);
    return text.substring(from, to);
  }

  /** All values of the match. */
  @Nullable Object[] values(int from, int to, boolean whole) {
    int count = level == 0 && whole ? 1 : level;
    var values = new Object[count];
    for (int i = 0; i < count; i++) {
      values[i] = capture(i, from, to);
    }
    return values;
  }

  private LuaError malformed(String why) {
    return lua.error("malformed pattern (" + why + ")");
  }

  private int attempt(int from, int patternFrom) {
    if (++depth > DEEPEST) {
      throw lua.error("pattern too complex");
    }
    try {
      return attemptFlat(from, patternFrom);
    } finally {
      depth--;
    }
  }

  private int attemptFlat(int from, int patternFrom) {
    int s = from;
    int p = patternFrom;
    while (p < pattern.length()) {
      lua.meter().work(1);
      char c = pattern.charAt(p);
      if (c == '(') {
        return p + 1 < pattern.length() && pattern.charAt(p + 1) == ')'
            ? open(s, p + 2, POSITION)
            : open(s, p + 1, UNFINISHED);
      }
      if (c == ')') {
        return close(s, p + 1);
      }
      if (c == '$' && p + 1 == pattern.length()) {
        return s == text.length() ? s : FAILED;
      }
      if (c == ESCAPE && p + 1 < pattern.length()) {
        char next = pattern.charAt(p + 1);
        if (next == 'b') {
          s = balanced(s, p + 2);
          if (s == FAILED) {
            return FAILED;
          }
          p += 4;
          continue;
        }
        if (next == 'f') {
          int end = frontier(s, p + 2);
          if (end == FAILED) {
            return FAILED;
          }
          p = end;
          continue;
        }
        if (next >= '0' && next <= '9') {
          s = back(s, next);
          if (s == FAILED) {
            return FAILED;
          }
          p += 2;
          continue;
        }
      }
      int end = endOfClass(p);
      char quantifier = end < pattern.length() ? pattern.charAt(end) : 0;
      switch (quantifier) {
        case '?' -> {
          if (matchesOne(s, p, end)) {
            int result = attempt(s + 1, end + 1);
            if (result != FAILED) {
              return result;
            }
          }
          p = end + 1;
        }
        case '*' -> {
          return expand(s, p, end, 0);
        }
        case '+' -> {
          return expand(s, p, end, 1);
        }
        case '-' -> {
          return expandLittle(s, p, end);
        }
        default -> {
          if (!matchesOne(s, p, end)) {
            return FAILED;
          }
          s++;
          p = end;
        }
      }
    }
    return s;
  }

  private int expand(int s, int p, int end, int least) {
    int count = 0;
    while (matchesOne(s + count, p, end)) {
      count++;
      lua.meter().work(1);
    }
    for (; count >= least; count--) {
      int result = attempt(s + count, end + 1);
      if (result != FAILED) {
        return result;
      }
    }
    return FAILED;
  }

  private int expandLittle(int from, int p, int end) {
    int s = from;
    while (true) {
      int result = attempt(s, end + 1);
      if (result != FAILED) {
        return result;
      }
      if (!matchesOne(s, p, end)) {
        return FAILED;
      }
      s++;
    }
  }

  private int open(int s, int p, int what) {
    if (level >= MOST_CAPTURES) {
      throw lua.error("too many captures");
    }
    starts[level] = s;
    lengths[level] = what;
    level++;
    int result = attempt(s, p);
    if (result == FAILED) {
      level--;
    }
    return result;
  }

  private int close(int s, int p) {
    int index = level - 1;
    while (index >= 0 && lengths[index] != UNFINISHED) {
      index--;
    }
    if (index < 0) {
      throw lua.error("invalid pattern capture");
    }
    lengths[index] = s - starts[index];
    int result = attempt(s, p);
    if (result == FAILED) {
      lengths[index] = UNFINISHED;
    }
    return result;
  }

  private int balanced(int s, int p) {
    if (p + 1 >= pattern.length()) {
      throw lua.error("unbalanced pattern");
    }
    char opening = pattern.charAt(p);
    char closing = pattern.charAt(p + 1);
    if (s >= text.length() || text.charAt(s) != opening) {
      return FAILED;
    }
    int open = 1;
    for (int i = s + 1; i < text.length(); i++) {
      lua.meter().work(1);
      char c = text.charAt(i);
      if (c == closing) {
        if (--open == 0) {
          return i + 1;
        }
      } else if (c == opening) {
        open++;
      }
    }
    return FAILED;
  }

  private int frontier(int s, int p) {
    if (p >= pattern.length() || pattern.charAt(p) != '[') {
      throw lua.error("missing '[' after '%f' in pattern");
    }
    int end = endOfClass(p);
    char before = s == 0 ? 0 : text.charAt(s - 1);
    char here = s < text.length() ? text.charAt(s) : 0;
    return !matchesSet(before, p, end - 1) && matchesSet(here, p, end - 1) ? end : FAILED;
  }

  private int back(int s, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= level || lengths[index] == UNFINISHED) {
      throw lua.error("invalid capture index");
    }
    int length = lengths[index];
    lua.meter().work(Math.max(length, 0));
    return length >= 0
            && text.length() - s >= length
            && text.regionMatches(starts[index], text, s, length)
        ? s + length
        : FAILED;
  }

  private int endOfClass(int from) {
    int p = from;
    char c = pattern.charAt(p++);
    if (c == ESCAPE) {
      if (p == pattern.length()) {
        throw malformed("ends with '%'");
      }
      return p + 1;
    }
    if (c != '[') {
      return p;
    }
    if (p < pattern.length() && pattern.charAt(p) == '^') {
      p++;
    }
    do { // the first ] is an ordinary character
      if (p == pattern.length()) {
        throw malformed("missing ']'");
      }
      if (pattern.charAt(p++) == ESCAPE && p < pattern.length()) {
        p++;
      }
    } while (p == pattern.length() || pattern.charAt(p) != ']');
    return p + 1;
  }

  private boolean matchesOne(int s, int p, int end) {
    if (s >= text.length()) {
      return false;
    }
    char c = text.charAt(s);
    return switch (pattern.charAt(p)) {
      case '.' -> true;
      case ESCAPE -> matchesClass(c, pattern.charAt(p + 1));
      case '[' -> matchesSet(c, p, end - 1);
      default -> pattern.charAt(p) == c;
    };
  }

  private boolean matchesSet(char c, int from, int end) {
    int p = from + 1;
    boolean expected = true;
    if (pattern.charAt(p) == '^') {
      expected = false;
      p++;
    }
    int first = p;
    while (p < end || p == first) {
      if (pattern.charAt(p) == ESCAPE && p + 1 < end + 1) {
        p++;
        if (matchesClass(c, pattern.charAt(p))) {
          return expected;
        }
        p++;
      } else if (p + 2 < end && pattern.charAt(p + 1) == '-') {
        if (pattern.charAt(p) <= c && c <= pattern.charAt(p + 2)) {
          return expected;
        }
        p += 3;
      } else {
        if (pattern.charAt(p) == c) {
          return expected;
        }
        p++;
      }
    }
    return !expected;
  }

  private static boolean matchesClass(char c, char letter) {
    boolean matches;
    switch (letter | 0x20) {
      case 'a' -> matches = isLetter(c);
      case 'c' -> matches = c < 32 || c == 127;
      case 'd' -> matches = isDigit(c);
      case 'l' -> matches = c >= 'a' && c <= 'z';
      case 'p' -> matches = c > 32 && c < 127 && !isLetter(c) && !isDigit(c);
      case 's' -> matches = c == ' ' || c >= '\t' && c <= '\r';
      case 'u' -> matches = c >= 'A' && c <= 'Z';
      case 'w' -> matches = isLetter(c) || isDigit(c);
      case 'x' -> matches = isDigit(c) || (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
      case 'z' -> matches = c == 0;
      default -> {
        return letter == c;
      }
    }
    if (!isLetter(letter)) {
      return letter == c;
    }
    return (letter >= 'A' && letter <= 'Z') != matches;
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
