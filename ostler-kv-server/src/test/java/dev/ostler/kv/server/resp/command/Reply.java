package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A reply with its type. Its text is one line, for comparisons and for people. Immutable; any
 * thread may use it.
 *
 * @param type the letter of the protocol
 * @param text the content, if it has no elements; of a string its bytes, quoted
 * @param parts the elements of an array, a set, a map or a push
 */
public record Reply(char type, String text, List<Reply> parts) {
  private static final String WITH_PARTS = "*>~%";

  /** A reply of one line. */
  static Reply of(char type, String text) {
    return new Reply(type, text, List.of());
  }

  /**
   * Reads the next reply.
   *
   * @throws EOFException if the input ends before or within it
   */
  public static Reply read(InputStream in) throws IOException {
    int type = in.read();
    if (type < 0) {
      throw new EOFException("the end, and no reply");
    }
    String line = line(in);
    return switch (type) {
      case '$', '=' -> bulk((char) type, Integer.parseInt(line), in);
      case '*', '>', '~' -> elements((char) type, Integer.parseInt(line), in);
      case '%' -> elements('%', 2 * Integer.parseInt(line), in);
      default -> of((char) type, line);
    };
  }

  private static String line(InputStream in) throws IOException {
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

  private static Reply bulk(char type, int length, InputStream in) throws IOException {
    if (length < 0) {
      return of(type, "-1");
    }
    byte[] bytes = in.readNBytes(length);
    in.skipNBytes(2);
    return of(type, quoted(Bytes.of(bytes, 0, length)));
  }

  /** The bytes, with an escape for everything that is not a printable ASCII character. */
  static String quoted(String bytes) {
    var text = new StringBuilder("\"");
    for (char c : bytes.toCharArray()) {
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        default ->
            text.append(c >= ' ' && c <= '~' ? String.valueOf(c) : "\\x%02x".formatted((int) c));
      }
    }
    return text.append('"').toString();
  }

  private static Reply elements(char type, int count, InputStream in) throws IOException {
    if (count < 0) {
      return of(type, "-1");
    }
    var parts = new ArrayList<Reply>();
    for (int i = 0; i < count; i++) {
      parts.add(read(in));
    }
    return new Reply(type, "", List.copyOf(parts));
  }

  boolean isError() {
    return type == '-';
  }

  /** Whether it is nil in protocol 2. */
  boolean isNothing() {
    return text.equals("-1");
  }

  /** Whether it is not a step of a scan, or the only step. */
  boolean isWholeScan() {
    return parts.size() != 2 || parts.getFirst().text().equals("\"0\"");
  }

  /** Groups the elements in pairs. */
  Reply pairs() {
    var pairs = new ArrayList<Reply>();
    for (int i = 0; i + 1 < parts.size(); i += 2) {
      pairs.add(new Reply('*', "", parts.subList(i, i + 2)));
    }
    return with(pairs);
  }

  /** The same reply with other elements. */
  Reply with(List<Reply> others) {
    return new Reply(type, text, List.copyOf(others));
  }

  @Override
  public String toString() {
    if (WITH_PARTS.indexOf(type) >= 0 && text.isEmpty()) {
      return type + parts.stream().map(Reply::toString).collect(Collectors.joining(", ", "[", "]"));
    }
    return type == '$' && text.startsWith("\"") ? text : type + text;
  }
}
