package dev.ostler.kv.server.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/**
 * Reads past replies of RESP2 and RESP3, and tells only what kind each is. Used by one thread.
 *
 * <p>It notes the time whenever bytes arrive: the replies that are in them have arrived then.
 */
final class ReplyScanner {
  /** What a reply is. */
  enum Reply {
    VALUE,
    NIL,
    ERROR
  }

  private static final int LONGEST_LINE = 64 * 1024;
  private static final int DEEPEST = 32;

  private final InputStream in;
  private final LongSupplier nanoTime;
  private final byte[] buffer = new byte[LONGEST_LINE];
  private int from; // what was read and not used yet
  private int to;
  private long arrived;
  private String error = "";

  ReplyScanner(InputStream in, LongSupplier nanoTime) {
    this.in = in;
    this.nanoTime = nanoTime;
  }

  /**
   * Waits for a reply, and reads past it.
   *
   * @throws IOException if there is none; the message says what was found
   */
  Reply next() throws IOException {
    return next(0);
  }

  /** When the last byte of the reply arrived. */
  long arrived() {
    return arrived;
  }

  /** The text of the last error. */
  String error() {
    return error;
  }

  private Reply next(int depth) throws IOException {
    int type = read();
    return switch (type) {
      case '+', ':', ',', '#', '(' -> {
        line();
        yield Reply.VALUE;
      }
      case '_' -> {
        line();
        yield Reply.NIL;
      }
      case '-' -> {
        error = text(line());
        yield Reply.ERROR;
      }
      case '$', '=' -> {
        long size = number(line());
        if (size >= 0) {
          skip(size + 2);
        }
        yield size < 0 ? Reply.NIL : Reply.VALUE;
      }
      case '!' -> {
        skip(number(line()) + 2);
        error = "an error";
        yield Reply.ERROR;
      }
      case '*', '~', '>' -> elements(number(line()), depth);
      case '%' -> elements(2 * number(line()), depth);
      default ->
          throw new IOException(
              "expected a reply of RESP, and found the byte " + type + ": is this its RESP port?");
    };
  }

  private Reply elements(long count, int depth) throws IOException {
    if (depth == DEEPEST) {
      throw new IOException("expected at most " + DEEPEST + " arrays in each other");
    }
    for (long i = 0; i < count; i++) {
      next(depth + 1);
    }
    return count < 0 ? Reply.NIL : Reply.VALUE;
  }

  private int read() throws IOException {
    if (from == to) {
      fill();
    }
    return buffer[from++] & 0xFF;
  }

  /** Reads more, behind what is there. */
  private void fill() throws IOException {
    if (from == to) {
      from = 0;
      to = 0;
    } else if (to == buffer.length) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    if (to == buffer.length) {
      throw new IOException("expected the end of a line, and found none in " + to + " bytes");
    }
    int count = in.read(buffer, to, buffer.length - to);
    if (count < 0) {
      throw new EOFException("the server closed the connection");
    }
    arrived = nanoTime.getAsLong();
    to += count;
  }

  /** Reads a line, and returns where it begins; it ends two bytes before what comes next. */
  private int line() throws IOException {
    int at = from;
    while (true) {
      while (at < to) {
        if (buffer[at++] == '\n') {
          int start = from;
          from = at;
          return start;
        }
      }
      int looked = at - from;
      fill();
      at = from + looked;
    }
  }

  private String text(int start) {
    return new String(buffer, start, from - start, StandardCharsets.UTF_8).stripTrailing();
  }

  private long number(int start) throws IOException {
    boolean negative = buffer[start] == '-';
    long number = 0;
    int digits = 0;
    for (int i = negative ? start + 1 : start; i < from - 2; i++, digits++) {
      int digit = buffer[i] - '0';
      if (digit < 0 || digit > 9 || digits > 17) {
        throw new IOException("expected a number, and found '" + text(start) + "'");
      }
      number = number * 10 + digit;
    }
    if (digits == 0) {
      throw new IOException("expected a number, and found '" + text(start) + "'");
    }
    return negative ? -number : number;
  }

  private void skip(long count) throws IOException {
    long left = count;
    while (left > to - from) {
      left -= to - from;
      from = to;
      fill();
    }
    from += (int) left;
  }
}
