package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.net.Wire;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a RESP client is yet to get. Belongs to the client's process. */
final class Outgoing {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private @Nullable ByteBuffer waiting;

  boolean isEmpty() {
    return waiting == null;
  }

  /** What waits; null if nothing does. */
  @Nullable ByteBuffer waiting() {
    return waiting;
  }

  /** How many bytes wait. */
  int bytes() {
    return waiting == null ? 0 : waiting.remaining();
  }

  /** How many bytes of memory that takes. */
  long held() {
    return waiting == null ? 0 : waiting.capacity();
  }

  /** It never leaves. */
  void drop() {
    waiting = null;
  }

  /**
   * Has these bytes wait, behind what waits already: moves them elsewhere, but for so many that
   * nobody uses their array again.
   */
  void add(ByteBuffer fresh) {
    waiting =
        waiting == null && fresh.capacity() > RespBuffers.RETAINED
            ? fresh.duplicate()
            : RespBuffers.joined(waiting, fresh);
  }

  /** Writes what the wire takes of what waits, and then of this, of which the rest waits. */
  void write(Wire wire, @Nullable ByteBuffer fresh) throws IOException {
    ByteBuffer first = waiting;
    if (first != null || wire.isBlocked()) {
      wire.write(first == null ? NOTHING : first);
      if (first != null && !first.hasRemaining()) {
        waiting = null;
      }
    }
    if (fresh != null) {
      if (waiting == null) {
        wire.write(fresh);
      }
      if (fresh.hasRemaining()) {
        add(fresh);
      }
    }
  }
}
