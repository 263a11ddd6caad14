package dev.ostler.kv.lua.lib;

import dev.ostler.kv.lua.vm.Lua;
import dev.ostler.kv.lua.vm.LuaError;
import dev.ostler.kv.lua.vm.LuaTable;
import dev.ostler.kv.lua.vm.Numbers;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as a value of Lua. Used once, by the thread that runs the script. It is not recursive:
 * a script chooses how deep its JSON is.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class JsonDecoder {
  /** The kinds of words of JSON, with the names that errors use. */
  private enum Token {
    T_OBJ_BEGIN,
    T_OBJ_END,
    T_ARR_BEGIN,
    T_ARR_END,
    T_STRING,
    T_NUMBER,
    T_BOOLEAN,
    T_NULL,
    T_COLON,
    T_COMMA,
    T_END,
    T_ERROR
  }

  /** A list or object whose values are being read. */
  private static final class Level {
    private final LuaTable table;
    private final boolean isObject;
    private String key = "";
    private int count;

    private Level(LuaTable table, boolean isObject) {
      this.table = table;
      this.isObject = isObject;
    }
  }

  private final Lua lua;
  private final JsonSettings settings;
  private final String text;
  private int at;
  private int start; // of the current word
  private Token token = Token.T_END;
  private Object value = ""; // of the word, or what is wrong with it
  private final ArrayDeque<Level> levels = new ArrayDeque<>();

  JsonDecoder(Lua lua, JsonSettings settings, String text) {
    this.lua = lua;
    this.settings = settings;
    this.text = text;
  }

  @Nullable Object decode() {
    if (text.length() >= 2 && (text.charAt(0) == 0 || text.charAt(1) == 0)) {
      throw lua.error("JSON parser does not support UTF-16 or UTF-32");
    }
    advance();
    Object result = begin();
    while (!levels.isEmpty()) {
      Object done = next(levels.peek());
      if (done != null) {
        result = done;
      }
    }
    advance();
    if (token != Token.T_END) {
      throw expected("the end");
    }
    return result;
  }

  /** Reads on in a list or object; returns it at its end. */
  private @Nullable Object next(Level level) {
    advance();
    Token end = level.isObject ? Token.T_OBJ_END : Token.T_ARR_END;
    if (level.count > 0) {
      if (token == end) {
        return end();
      }
      if (token != Token.T_COMMA) {
        throw expected(level.isObject ? "comma or object end" : "comma or array end");
      }
      advance();
    } else if (token == end) {
      return end();
    }
    if (level.isObject) {
      if (token != Token.T_STRING) {
        throw expected("object key string");
      }
      level.key = (String) value;
      advance();
      if (token != Token.T_COLON) {
        throw expected("colon");
      }
      advance();
    }
    level.count++;
    Object item = begin();
    if (item != null) {
      put(level, item);
    }
    return null;
  }

  private Object end() {
    LuaTable done = levels.pop().table;
    Level outer = levels.peek();
    if (outer != null) {
      put(outer, done);
    }
    return done;
  }

  private static void put(Level level, Object item) {
    if (level.isObject) {
      level.table.put(level.key, item);
    } else {
      level.table.put(level.count, item);
    }
  }

  /** The value of the current word; null if it begins a list or object. */
  private @Nullable Object begin() {
    return switch (token) {
      case T_STRING, T_NUMBER, T_BOOLEAN -> value;
      case T_NULL -> JsonSettings.NULL;
      case T_OBJ_BEGIN -> enter(true);
      case T_ARR_BEGIN -> enter(false);
      default -> throw expected("value");
    };
  }

  private @Nullable Object enter(boolean isObject) {
    if (levels.size() >= settings.decodeMaxDepth()) {
      throw lua.error(
          "Found too many nested data structures (%d) at character %d"
              .formatted(levels.size() + 1, start + 1));
    }
    levels.push(new Level(lua.table(), isObject));
    return null;
  }

  private LuaError expected(String what) {
    String found = token == Token.T_ERROR ? (String) value : token.name();
    return lua.error("Expected %s but found %s at character %d".formatted(what, found, start + 1));
  }

  // --- Words

  private char current() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void advance() {
    lua.meter().work(1);
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    start = at;
    if (at == text.length()) {
      token = Token.T_END;
      return;
    }
    switch (text.charAt(at)) {
      case '{' -> sign(Token.T_OBJ_BEGIN);
      case '}' -> sign(Token.T_OBJ_END);
      case '[' -> sign(Token.T_ARR_BEGIN);
      case ']' -> sign(Token.T_ARR_END);
      case ',' -> sign(Token.T_COMMA);
      case ':' -> sign(Token.T_COLON);
      case '"' -> string();
      default -> {
        if (!number()
            && !word("true", true)
            && !word("false", false)
            && !word("null", JsonSettings.NULL)) {
          wrong("invalid token", at);
        }
      }
    }
  }

  private void sign(Token which) {
    token = which;
    at++;
  }

  private void wrong(String why, int where) {
    token = Token.T_ERROR;
    value = why;
    start = where;
  }

  private boolean word(String word, Object meaning) {
    if (!text.startsWith(word, at)) {
      return false;
    }
    at += word.length();
    token = meaning == JsonSettings.NULL ? Token.T_NULL : Token.T_BOOLEAN;
    value = meaning;
    return true;
  }

  private boolean number() {
    int end = at;
    while (end < text.length() && isOfNumber(text.charAt(end))) {
      end++;
    }
    char first = text.charAt(at) == '-' && at + 1 < end ? text.charAt(at + 1) : text.charAt(at);
    boolean digits = first >= '0' && first <= '9';
    if (!digits && !settings.decodesInvalid()) {
      return false;
    }
    // the longest beginning that is a number
    for (int to = end; to > at; to--) {
      Double parsed = Numbers.parse(text.substring(at, to));
      if (parsed != null) {
        if (!settings.decodesInvalid() && !isJson(text.substring(at, to))) {
          wrong("invalid number", at);
          return true;
        }
        token = Token.T_NUMBER;
        value = parsed;
        at = to;
        return true;
      }
      if (end - to > 8) {
        break;
      }
    }
    if (digits || text.charAt(at) == '-') {
      wrong("invalid number", at);
      return true;
    }
    return false;
  }

  private static boolean isOfNumber(char c) {
    return c >= '0' && c <= '9'
        || c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c == '+'
        || c == '-'
        || c == '.';
  }

  private static boolean isJson(String number) {
    int at = number.startsWith("-") ? 1 : 0;
    boolean leadingZero =
        number.length() > at + 1
            && number.charAt(at) == '0'
            && Character.isLetterOrDigit(number.charAt(at + 1))
            && (number.charAt(at + 1) | 32) != 'e';
    return !leadingZero && Character.isDigit(number.charAt(at));
  }

  private void string() {
    var result = new Text(lua);
    int plain = ++at;
    while (true) {
      if (at == text.length()) {
        wrong("unexpected end of string", at);
        return;
      }
      char c = text.charAt(at);
      if (c == '"') {
        result.add(text.substring(plain, at));
        at++;
        token = Token.T_STRING;
        value = result.toString();
        return;
      }
      if (c != '\\') {
        at++;
        continue;
      }
      result.add(text.substring(plain, at));
      int escape = at++;
      if (!escape(result)) {
        wrong(
            escape + 1 < text.length() && text.charAt(escape + 1) == 'u'
                ? "invalid unicode escape code"
                : "invalid escape code",
            escape);
        return;
      }
      plain = at;
    }
  }

  private boolean escape(Text result) {
    char c = current();
    switch (c) {
      case '"', '\\', '/' -> result.add(c);
      case 'b' -> result.add('\b');
      case 'f' -> result.add('\f');
      case 'n' -> result.add('\n');
      case 'r' -> result.add('\r');
      case 't' -> result.add('\t');
      case 'u' -> {
        return unicode(result);
      }
      default -> {
        return false;
      }
    }
    at++;
    return true;
  }

  private boolean unicode(Text result) {
    int code = hex(at + 1);
    if (code < 0) {
      return false;
    }
    at += 5;
    if ((code & 0xF800) == 0xD800) { // one half of a pair
      if ((code & 0x400) != 0 || !text.startsWith("\\u", at)) {
        return false;
      }
      int low = hex(at + 2);
      if (low < 0 || (low & 0xFC00) != 0xDC00) {
        return false;
      }
      at += 6;
      code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
    }
    utf8(result, code);
    return true;
  }

  private int hex(int from) {
    if (from + 4 > text.length()) {
      return -1;
    }
    int code = 0;
    for (int i = from; i < from + 4; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit < 0 || text.charAt(i) > 127) {
        return -1;
      }
      code = code << 4 | digit;
    }
    return code;
  }

  private static void utf8(Text result, int code) {
    if (code < 0x80) {
      result.add((char) code);
    } else if (code < 0x800) {
      result.add((char) (0xC0 | code >> 6)).add((char) (0x80 | code & 63));
    } else if (code < 0x10000) {
      result
          .add((char) (0xE0 | code >> 12))
          .add((char) (0x80 | code >> 6 & 63))
          .add((char) (0x80 | code & 63));
    } else {
      result
          .add((char) (0xF0 | code >> 18))
          .add((char) (0x80 | code >> 12 & 63))
          .add((char) (0x80 | code >> 6 & 63))
          .add((char) (0x80 | code & 63));
    }
  }
}
