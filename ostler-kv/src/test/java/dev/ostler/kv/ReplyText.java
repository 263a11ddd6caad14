package dev.ostler.kv;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.StringJoiner;

/**
 * Replies as one line of text each, with the types they came in: to be compared, and to be read by
 * people. Used by one thread.
 */
final class ReplyText {
  private final InputStream in;

  ReplyText(InputStream in) {
    this.in = in;
  }

  /**
   * The next reply.
   *
   * @throws EOFException if there is none, or no end of it
   */
  String next() throws IOException {
    int type = in.read();
    if (type < 0) {
      throw new EOFException("the end, and no reply");
    }
    String line = line();
    return switch (type) {
      case '$', '=' -> bulk((char) type, Integer.parseInt(line));
      case '*' -> elements("*", Integer.parseInt(line), 1);
      case '>' -> elements(">", Integer.parseInt(line), 1);
      case '~' -> elements("~", Integer.parseInt(line), 1);
      case '%' -> elements("%", Integer.parseInt(line), 2);
      default -> (char) type + line;
    };
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("a line without an end: " + line);
      }
      line.append((char) c);
    }
    var _ = in.read();
    return line.toString();
  }

  private String bulk(char type, int length) throws IOException {
    if (length < 0) {
      return "$-1";
    }
    byte[] bytes = in.readNBytes(length);
    in.skipNBytes(2);
    return (type == '$' ? "" : "=") + quoted(Bytes.of(bytes, 0, length));
  }

  /** With all that is no printable letter of ASCII as an escape. */
  static String quoted(String bytes) {
    var text = new StringBuilder("\"");
    for (char c : bytes.toCharArray()) {
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        default -> text.append(c >= ' ' && c <= '~' ? String.valueOf(c) : escape(c));
      }
    }
    return text.append('"').toString();
  }

  private static String escape(char c) {
    return "\\x%02x".formatted((int) c);
  }

  private String elements(String type, int count, int each) throws IOException {
    if (count < 0) {
      return "*-1";
    }
    var text = new StringJoiner(", ", type + "[", "]");
    for (int i = 0; i < count * each; i++) {
      text.add(next());
    }
    return text.toString();
  }
}
