package dev.ostler.kv.server.line;

import dev.ostler.kv.KvException;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.journal.Gate;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A stream that writes replies only once what they tell of is durable, if the store promises that.
 * Used by one thread at a time. It has no buffer: write to it in large pieces.
 */
final class GatedOutput extends FilterOutputStream {
  private final Gate seen;
  private final byte[] instead;

  private GatedOutput(OutputStream out, Gate seen, String instead) {
    super(out);
    this.seen = seen;
    this.instead = Bytes.array(instead);
  }

  /**
   * Wraps the stream, if replies must wait for the journal at all.
   *
   * @param seen what the replies depend on
   * @param instead what is written if the replies must never be written
   */
  static OutputStream of(OutputStream out, Gate seen, String instead) {
    return seen.isAlwaysOpen() ? out : new GatedOutput(out, seen, instead);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      seen.await();
    } catch (KvException.NotKept e) {
      out.write(instead);
      out.flush();
      throw new IOException(e);
    }
    out.write(bytes, offset, length);
  }
}
