package dev.ostler.kv.server.line;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream of bytes into lines. A line ends with {@code \n} or {@code \r\n}.
 *
 * <p>Used by one thread. An incomplete line at the end of the input is dropped.
 */
public final class LineReader {
  /** The longest line, in bytes, without its line end. The protocol defines it. */
  public static final int LIMIT = 64 * 1024;

  private static final int SMALL = 8 * 1024;

  /*
   * 0 .. start      returned as lines
   * start .. seen   scanned: no line end
   * seen .. end     not scanned yet
   */
  private byte[] buffer = new byte[SMALL];
  private int start;
  private int seen;
  private int end;
  private boolean tooLong;

  /** Reads what the stream has, and blocks if it has nothing; false at its end. */
  boolean fill(InputStream in) throws IOException {
    makeRoom();
    int count = in.read(buffer, end, buffer.length - end);
    end += Math.max(count, 0);
    return count >= 0;
  }

  /** Moves the unread bytes to the front of a buffer that has room for more. */
  private void makeRoom() {
    int left = end - start;
    if (left == 0 && buffer.length > SMALL) {
      buffer = new byte[SMALL];
    } else if (left * 2 > buffer.length) {
      buffer = Arrays.copyOfRange(buffer, start, start + buffer.length * 2);
    } else if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, left);
    }
    seen -= start;
    start = 0;
    end = left;
  }

  /** The next complete line, without its line end; null if there is none yet, or it is too long. */
  byte @Nullable [] next() {
    while (seen < end && buffer[seen] != '\n' && seen - start <= LIMIT + 1) {
      seen++;
    }
    boolean whole = seen < end && buffer[seen] == '\n';
    int length = seen - start;
    if (length > 0 && buffer[seen - 1] == '\r') {
      length--; // the line end, or its first byte
    }
    if (tooLong || length > LIMIT) {
      tooLong = true;
      return null;
    }
    if (!whole) {
      return null;
    }
    byte[] line = Arrays.copyOfRange(buffer, start, start + length);
    seen++;
    start = seen;
    return line;
  }

  /** Whether the current line exceeds the limit. Then no line follows. */
  boolean isTooLong() {
    return tooLong;
  }
}
