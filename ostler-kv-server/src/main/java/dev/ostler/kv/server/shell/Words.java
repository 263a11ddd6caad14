package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The words of a line, split and quoted as redis-cli does. Pure functions; any thread. */
final class Words {
  private static final String BLANKS = " \t\n\r\f\u000b";

  private final String line;
  private int at;

  private Words(String line) {
    this.line = line;
  }

  /** A line that cannot be split. */
  static final class Malformed extends Exception {
    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Splits a line at its blanks. In double quotes, {@code \n}, {@code \r}, {@code \t}, {@code \b},
   * {@code \a} and {@code \x41} are one byte; in single quotes, only {@code \'} is special.
   *
   * @param line a byte string
   * @return byte strings
   * @throws Malformed if a quote is not closed, or something follows it
   */
  static List<String> split(String line) throws Malformed {
    return new Words(line).all();
  }

  private List<String> all() throws Malformed {
    var words = new ArrayList<String>();
    while (true) {
      while (at < line.length() && isBlank(line.charAt(at))) {
        at++;
      }
      if (at == line.length()) {
        return words;
      }
      words.add(word());
    }
  }

  private static boolean isBlank(char c) {
    return BLANKS.indexOf(c) >= 0;
  }

  private String word() throws Malformed {
    var word = new StringBuilder();
    while (at < line.length() && !isBlank(line.charAt(at))) {
      char c = line.charAt(at++);
      if (c == '"' || c == '\'') {
        quoted(c, word);
        if (at < line.length() && !isBlank(line.charAt(at))) {
          throw new Malformed("expected a blank after a closing quote, in column " + (at + 1));
        }
        return word.toString();
      }
      word.append(c);
    }
    return word.toString();
  }

  private void quoted(char quote, StringBuilder word) throws Malformed {
    int opened = at;
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == quote) {
        return;
      }
      if (c == '\\' && at < line.length() && (quote == '"' || line.charAt(at) == '\'')) {
        word.append(quote == '"' ? escaped() : line.charAt(at++));
      } else {
        word.append(c);
      }
    }
    throw new Malformed("the quote in column " + opened + " is not closed");
  }

  private char escaped() {
    char c = line.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> '\u0007';
      case 'x' -> {
        int high = digit(at);
        int low = digit(at + 1);
        if (high < 0 || low < 0) {
          yield 'x';
        }
        at += 2;
        yield (char) (high << 4 | low);
      }
      default -> c;
    };
  }

  private int digit(int index) {
    return index < line.length() ? Character.digit(line.charAt(index), 16) : -1;
  }

  /** A byte string in double quotes, so that {@link #split} gives it back. */
  static String quote(String bytes) {
    var quoted = new StringBuilder(bytes.length() + 2).append('"');
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      switch (c) {
        case '\\', '"' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '\b' -> quoted.append("\\b");
        case '\u0007' -> quoted.append("\\a");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            quoted.append(c);
          } else {
            quoted.append("\\x%02x".formatted((int) c));
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** Whether the first words are these, in upper or lower case. */
  static boolean begin(List<String> words, String... first) {
    if (words.size() < first.length) {
      return false;
    }
    for (int i = 0; i < first.length; i++) {
      if (!Bytes.lower(words.get(i)).equals(first[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether the command has a password or something of the kind among its words. */
  static boolean areSecret(List<String> words) {
    List<String> lower = words.stream().map(Bytes::lower).toList();
    return begin(words, "auth")
        || begin(words, "acl", "setuser")
        || (begin(words, "hello") && lower.contains("auth"))
        || (begin(words, "migrate") && (lower.contains("auth") || lower.contains("auth2")))
        || (begin(words, "config", "set")
            && lower.stream().anyMatch(word -> word.contains("pass") || word.contains("auth")));
  }
}
