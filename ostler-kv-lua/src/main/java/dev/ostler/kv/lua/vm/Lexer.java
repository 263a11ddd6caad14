package dev.ostler.kv.lua.vm;

/**
 * Reads the words of a script. The script is a byte string: each character is a byte. Used by one
 * thread.
 */
@SuppressWarnings("OperatorPrecedence") // bits and ranges are shorter so
final class Lexer {
  private static final int END = -1;

  /** Of a text in an error message. */
  private static final int SHOWN = 80;

  private final String source;
  private final String text;
  private int at;
  private int line = 1;

  private Token token = Token.END_OF_INPUT;
  private Object value = ""; // of a name, a string or a number
  private int start; // of the current word
  private int stop;
  private int lastLine = 1; // of the word before

  private boolean hasNext; // a word was read ahead
  private Token nextToken = Token.END_OF_INPUT;
  private Object nextValue = "";
  private int nextStart;
  private int nextStop;

  /** Reads a chunk whose name errors show. */
  Lexer(String source, String text) {
    this.source = source;
    this.text = text;
    if (text.startsWith("#")) { // as in an executable file
      while (current() != '\n' && current() != END) {
        at++;
      }
    }
    advance();
  }

  Token token() {
    return token;
  }

  String text() {
    return (String) value;
  }

  double number() {
    return (Double) value;
  }

  int line() {
    return line;
  }

  int lastLine() {
    return lastLine;
  }

  String source() {
    return source;
  }

  /** Goes on to the next word. */
  void advance() {
    lastLine = line;
    if (hasNext) {
      hasNext = false;
      token = nextToken;
      value = nextValue;
      start = nextStart;
      stop = nextStop;
      return;
    }
    token = read();
    stop = at;
  }

  /** The word behind the current one. */
  Token peek() {
    Token before = token;
    Object valueBefore = value;
    int startBefore = start;
    int stopBefore = stop;
    nextToken = read();
    nextValue = value;
    nextStart = start;
    nextStop = at;
    hasNext = true;
    token = before;
    value = valueBefore;
    start = startBefore;
    stop = stopBefore;
    return nextToken;
  }

  /** An error at the current word. */
  LuaError error(String message) {
    return error(message, token == Token.END_OF_INPUT ? "<eof>" : text.substring(start, stop));
  }

  private LuaError error(String message, String near) {
    return plain(message + " near '" + shown(near) + "'");
  }

  private static String shown(String word) {
    return word.length() <= SHOWN ? word : word.substring(0, SHOWN) + "...";
  }

  /** An error that does not show a word. */
  LuaError plain(String message) {
    return new LuaError(source + ":" + line + ": " + message);
  }

  private int current() {
    return at < text.length() ? text.charAt(at) : END;
  }

  private int following() {
    return at + 1 < text.length() ? text.charAt(at + 1) : END;
  }

  private boolean take(char expected) {
    if (current() != expected) {
      return false;
    }
    at++;
    return true;
  }

  private Token read() {
    while (true) {
      start = at;
      int c = current();
      switch (c) {
        case END -> {
          return Token.END_OF_INPUT;
        }
        case '\n', '\r' -> newLine();
        case ' ', '\t', '\f', '\u000b' -> at++;
        case '-' -> {
          at++;
          if (!take('-')) {
            return Token.MINUS;
          }
          comment();
        }
        case '[' -> {
          int level = level();
          if (level >= 0) {
            value = longText(level, "string");
            return Token.STRING;
          }
          if (level == -2) {
            at = skipped();
            throw error("invalid long string delimiter", text.substring(start, at));
          }
          at++;
          return Token.OPEN_BRACKET;
        }
        case '"', '\'' -> {
          value = quoted((char) c);
          return Token.STRING;
        }
        case '=' -> {
          return sign(Token.ASSIGN, '=', Token.EQUAL);
        }
        case '<' -> {
          return sign(Token.LESS, '=', Token.NOT_GREATER);
        }
        case '>' -> {
          return sign(Token.GREATER, '=', Token.NOT_LESS);
        }
        case '~' -> {
          return sign(Token.OTHER, '=', Token.NOT_EQUAL);
        }
        case '.' -> {
          if (isDigit(following())) {
            value = number(c);
            return Token.NUMBER;
          }
          at++;
          if (take('.')) {
            return take('.') ? Token.DOTS : Token.CONCAT;
          }
          return Token.DOT;
        }
        default -> {
          return word(c);
        }
      }
    }
  }

  private Token sign(Token alone, char second, Token both) {
    at++;
    return take(second) ? both : alone;
  }

  private Token word(int c) {
    if (isDigit(c)) {
      value = number(c);
      return Token.NUMBER;
    }
    if (isLetter(c)) {
      while (isLetter(current()) || isDigit(current())) {
        at++;
      }
      String name = text.substring(start, at);
      Token keyword = Token.keyword(name);
      value = name;
      return keyword == null ? Token.NAME : keyword;
    }
    at++;
    return switch (c) {
      case '+' -> Token.PLUS;
      case '*' -> Token.TIMES;
      case '/' -> Token.SLASH;
      case '%' -> Token.PERCENT;
      case '^' -> Token.POWER;
      case '#' -> Token.LENGTH;
      case '(' -> Token.OPEN;
      case ')' -> Token.CLOSE;
      case '{' -> Token.OPEN_BRACE;
      case '}' -> Token.CLOSE_BRACE;
      case ']' -> Token.CLOSE_BRACKET;
      case ';' -> Token.SEMICOLON;
      case ':' -> Token.COLON;
      case ',' -> Token.COMMA;
      default -> Token.OTHER;
    };
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
  }

  private void newLine() {
    int first = current();
    at++;
    int second = current();
    if ((second == '\n' || second == '\r') && second != first) {
      at++;
    }
    line++;
  }

  private void comment() {
    if (current() == '[') {
      int level = level();
      if (level >= 0) {
        var _ = longText(level, "comment");
        return;
      }
    }
    while (current() != '\n' && current() != '\r' && current() != END) {
      at++;
    }
  }

  /**
   * How many = are in the opening brackets here; -1 if there is one bracket, -2 if they are wrong.
   */
  private int level() {
    int end = skipped();
    if (end < text.length() && text.charAt(end) == '[') {
      return end - at - 1;
    }
    return end == at + 1 ? -1 : -2;
  }

  private int skipped() {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) == '=') {
      end++;
    }
    return end;
  }

  private String longText(int level, String what) {
    at += level + 2;
    if (current() == '\n' || current() == '\r') {
      newLine();
    }
    var result = new StringBuilder();
    while (true) {
      int c = current();
      switch (c) {
        case END -> throw error("unfinished long " + what, "<eof>");
        case ']' -> {
          int end = skipped();
          if (end - at - 1 == level && end < text.length() && text.charAt(end) == ']') {
            at = end + 1;
            return result.toString();
          }
          result.append(']');
          at++;
        }
        case '\n', '\r' -> {
          newLine();
          result.append('\n');
        }
        default -> {
          result.append((char) c);
          at++;
        }
      }
    }
  }

  private String quoted(char quote) {
    at++;
    var result = new StringBuilder();
    while (current() != quote) {
      int c = current();
      switch (c) {
        case END -> throw error("unfinished string", "<eof>");
        case '\n', '\r' -> throw error("unfinished string", text.substring(start, at));
        case '\\' -> {
          at++;
          escape(result);
        }
        default -> {
          result.append((char) c);
          at++;
        }
      }
    }
    at++;
    return result.toString();
  }

  private void escape(StringBuilder result) {
    int c = current();
    switch (c) {
      case 'a' -> result.append('\u0007');
      case 'b' -> result.append('\b');
      case 'f' -> result.append('\f');
      case 'n' -> result.append('\n');
      case 'r' -> result.append('\r');
      case 't' -> result.append('\t');
      case 'v' -> result.append('\u000b');
      case '\n', '\r' -> {
        result.append('\n');
        newLine();
        return;
      }
      case END -> {
        return; // reported by the loop
      }
      default -> {
        if (isDigit(c)) {
          decimal(result);
          return;
        }
        result.append((char) c);
      }
    }
    at++;
  }

  private void decimal(StringBuilder result) {
    int code = 0;
    for (int i = 0; i < 3 && isDigit(current()); i++) {
      code = code * 10 + (current() - '0');
      at++;
    }
    if (code > 255) {
      throw error("escape sequence too large", text.substring(start, at));
    }
    result.append((char) code);
  }

  private Double number(int first) {
    int c = first;
    do {
      at++;
      c = current();
    } while (isDigit(c) || c == '.');
    if (c == 'e' || c == 'E') {
      at++;
      if (current() == '+' || current() == '-') {
        at++;
      }
    }
    while (isLetter(current()) || isDigit(current())) {
      at++;
    }
    String digits = text.substring(start, at);
    Double parsed = Numbers.parse(digits);
    if (parsed == null) {
      throw error("malformed number", digits);
    }
    return parsed;
  }
}
