package dev.ostler.kv.server;

import dev.ostler.kv.bytes.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A simple reader of RESP2 and RESP3 replies. Used by one thread.
 *
 * <p>Strings of either kind become byte strings, numbers {@code Long}, and arrays, maps and sets
 * lists, maps and sets; nil becomes null. There are types below for the rest. Malformed input is a
 * failure.
 */
public final class RespReader {
  private final InputStream in;

  public RespReader(InputStream in) {
    this.in = in;
  }

  /** An error reply. */
  public record Failure(String text) {}

  /** A push. */
  public record Push(List<@Nullable Object> elements) {}

  /** A floating-point number, with its digits as received. */
  public record Real(String digits) {}

  /** Text and its format. */
  public record Verbatim(String format, String text) {}

  /**
   * The next reply.
   *
   * @throws EOFException if the input ends before or within it
   */
  public @Nullable Object next() throws IOException {
    int type = in.read();
    if (type < 0) {
      throw new EOFException("the end, and no reply");
    }
    String line = line();
    return switch (type) {
      case '+' -> line;
      case '-' -> new Failure(line);
      case ':' -> Long.valueOf(line);
      case '$' -> bulk(count(line));
      case '*' -> count(line) < 0 ? null : elements(count(line));
      case '%' -> map(count(line));
      case '~' -> set(count(line));
      case '>' -> new Push(elements(count(line)));
      case ',' -> new Real(line);
      case '_' -> nothing(line);
      case '#' -> bool(line);
      case '=' -> verbatim(count(line));
      default -> throw new IOException("no type of RESP: " + (char) type + ", then " + line);
    };
  }

  private static int count(String line) {
    return Integer.parseInt(line);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("a line without an end: " + line);
      }
      if (c == '\r') {
        expect('\n');
        return line.toString();
      }
      if (c == '\n') {
        throw new IOException("a line that ends with LF alone: " + line);
      }
      line.append((char) c);
    }
  }

  private void expect(char c) throws IOException {
    int found = in.read();
    if (found != c) {
      throw new IOException("%d where %d was to be".formatted(found, (int) c));
    }
  }

  private @Nullable String bulk(int count) throws IOException {
    if (count == -1) {
      return null;
    }
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("%d of %d bytes".formatted(bytes.length, count));
    }
    expect('\r');
    expect('\n');
    return Bytes.of(bytes, 0, count);
  }

  private List<@Nullable Object> elements(int count) throws IOException {
    var elements = new ArrayList<@Nullable Object>();
    for (int i = 0; i < count; i++) {
      elements.add(next());
    }
    return elements;
  }

  private Map<@Nullable Object, @Nullable Object> map(int pairs) throws IOException {
    var map = new LinkedHashMap<@Nullable Object, @Nullable Object>();
    for (int i = 0; i < pairs; i++) {
      Object key = next();
      map.put(key, next());
    }
    return map;
  }

  private Set<@Nullable Object> set(int count) throws IOException {
    return new LinkedHashSet<>(elements(count));
  }

  private static @Nullable Object nothing(String line) throws IOException {
    if (!line.isEmpty()) {
      throw new IOException("a nil with something: " + line);
    }
    return null;
  }

  private static boolean bool(String line) throws IOException {
    return switch (line) {
      case "t" -> true;
      case "f" -> false;
      default -> throw new IOException("neither true nor false: " + line);
    };
  }

  private Verbatim verbatim(int count) throws IOException {
    String all = bulk(count);
    if (all == null || all.length() < 4 || all.charAt(3) != ':') {
      throw new IOException("text without a format: " + all);
    }
    return new Verbatim(all.substring(0, 3), all.substring(4));
  }
}
