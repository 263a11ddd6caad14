package dev.ostler.kv.bytes;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/**
 * The lines of a file, one after the other; each is a stream that ends with its line. One thread.
 */
public final class Lines extends InputStream {
  private final InputStream in;
  private final byte[] buffer = new byte[64 * 1024];
  private int from;
  private int to; // negative at the end of the file
  private long number;
  private long bytes;
  private boolean ended = true; // the line was read, with its line break
  private final CRC32C checksum = new CRC32C();

  /** Reads from a stream, and does not close it. */
  public Lines(InputStream in) {
    this.in = in;
  }

  /** Moves to the next line, and skips the rest of this one; false if there is none. */
  public boolean next() throws IOException {
    while (read() >= 0) {
      // Skips the rest of the line.
    }
    if (!fill()) {
      return false;
    }
    number++;
    ended = false;
    return true;
  }

  /** The number of the line; the first is 1. */
  public long number() {
    return number;
  }

  /** The number of bytes read so far. */
  public long bytes() {
    return bytes;
  }

  /** Whether the line was read to its end, and ends with a line break. */
  public boolean isWhole() {
    return ended;
  }

  /** The CRC-32C of all bytes read so far, with line breaks. */
  public long checksum() {
    return checksum.getValue();
  }

  private boolean fill() throws IOException {
    if (from == to) {
      from = 0;
      to = in.read(buffer);
    }
    return to > 0;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (ended || !fill()) {
      return -1;
    }
    int most = Math.min(length, to - from);
    int count = 0;
    while (count < most && buffer[from + count] != '\n') {
      count++;
    }
    if (count == 0) {
      took(1);
      ended = true;
      return -1;
    }
    System.arraycopy(buffer, from, target, offset, count);
    took(count);
    return count;
  }

  private void took(int count) {
    checksum.update(buffer, from, count);
    from += count;
    bytes += count;
  }

  /** Does nothing: the next line comes from the same file. */
  @Override
  public void close() {}
}
