package dev.ostler.kv.server.line;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines out of bytes that come in pieces. A line ends with {@code \n} or {@code \r\n}.
 *
 * <p>Used by one thread. A half line at the end of the input is never given out.
 */
public final class LineReader {
  /** How long a line may be, without its end, in bytes: what the protocol says. */
  public static final int LIMIT = 64 * 1024;

  private static final int SMALL = 8 * 1024;

  /*
   * 0 .. start      given out
   * start .. seen   looked at: no line ends there
   * seen .. end     not looked at yet
   */
  private byte[] buffer = new byte[SMALL];
  private int start;
  private int seen;
  private int end;
  private boolean tooLong;

  /** Takes what the stream has, and waits if it has nothing; false at its end. */
  boolean fill(InputStream in) throws IOException {
    makeRoom();
    int count = in.read(buffer, end, buffer.length - end);
    end += Math.max(count, 0);
    return count >= 0;
  }

  /** Moves what is left to the front, in a buffer that has room for more. */
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

  /** The next whole line, without its end; null if there is none yet, or it is too long. */
  byte @Nullable [] next() {
    while (seen < end && buffer[seen] != '\n' && seen - start <= LIMIT + 1) {
      seen++;
    }
    boolean whole = seen < end && buffer[seen] == '\n';
    int length = seen - start;
    if (length > 0 && buffer[seen - 1] == '\r') {
      length--; // the end of the line, or about to be
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

  /** Whether the line that is coming in is longer than it may be. There will be no other. */
  boolean isTooLong() {
    return tooLong;
  }
}
