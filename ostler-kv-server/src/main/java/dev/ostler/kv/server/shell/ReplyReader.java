package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Reads replies of RESP2 and RESP3. Used by one thread. */
final class ReplyReader {
  private static final int LONGEST_LINE = 64 * 1024;
  private static final int DEEPEST = 64;
  private static final int LONGEST_BULK = 1 << 30;

  private final InputStream in;

  ReplyReader(InputStream in) {
    this.in = in;
  }

  /**
   * Waits for a reply, and reads it.
   *
   * @throws IOException if there is none; the message says what was found
   */
  Reply next() throws IOException {
    return next(0);
  }

  private Reply next(int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new IOException("a reply with more than " + DEEPEST + " arrays in each other");
    }
    int type = read();
    String line = line();
    return switch (type) {
      case '+' -> new Reply.Status(line);
      case '-' -> new Reply.Failure(line);
      case ':', '(' -> new Reply.Whole(line);
      case ',' -> new Reply.Real(line);
      case '#' -> new Reply.Bool(line.equals("t"));
      case '_' -> new Reply.Nil();
      case '$' -> line.equals("-1") ? new Reply.Nil() : new Reply.Bulk(bulk(count(line)));
      case '!' -> new Reply.Failure(bulk(count(line)));
      case '=' -> verbatim(bulk(count(line)));
      case '*' ->
          line.equals("-1") ? new Reply.Nil() : new Reply.Many(elements(count(line), depth));
      case '~' -> new Reply.Unordered(elements(count(line), depth));
      case '>' -> new Reply.Push(elements(count(line), depth));
      case '%' -> new Reply.Mapping(pairs(count(line), depth));
      case '|' -> {
        var _ = pairs(count(line), depth); // attributes are about the reply that follows
        yield next(depth);
      }
      default ->
          throw new IOException(
              "expected a reply of RESP, and found a byte " + type + ": is this its RESP port?");
    };
  }

  private static Reply verbatim(String all) throws IOException {
    if (all.length() < 4 || all.charAt(3) != ':') {
      throw new IOException("expected a text with its format, and found " + Words.quote(all));
    }
    return new Reply.Verbatim(all.substring(0, 3), all.substring(4));
  }

  private List<Reply> elements(int count, int depth) throws IOException {
    var elements = new ArrayList<Reply>();
    for (int i = 0; i < count; i++) {
      elements.add(next(depth + 1));
    }
    return elements;
  }

  private List<Reply.Pair> pairs(int count, int depth) throws IOException {
    var pairs = new ArrayList<Reply.Pair>();
    for (int i = 0; i < count; i++) {
      Reply key = next(depth + 1);
      pairs.add(new Reply.Pair(key, next(depth + 1)));
    }
    return pairs;
  }

  private static int count(String line) throws IOException {
    Long count = Bytes.number(line);
    if (count == null || count < 0 || count > LONGEST_BULK) {
      throw new IOException("expected a length, and found " + Words.quote(line));
    }
    return count.intValue();
  }

  private String bulk(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count || read() != '\r' || read() != '\n') {
      throw new EOFException("a reply that does not end where it said");
    }
    return Bytes.of(bytes);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = read(); c != '\n'; c = read()) {
      if (line.length() == LONGEST_LINE) {
        throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
      }
      line.append((char) c);
    }
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    return line.toString();
  }

  private int read() throws IOException {
    int c = in.read();
    if (c < 0) {
      throw new EOFException("the server closed the connection");
    }
    return c;
  }
}
