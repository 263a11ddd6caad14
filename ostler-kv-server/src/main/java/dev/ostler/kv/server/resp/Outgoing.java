package dev.ostler.kv.server.resp;

import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.server.net.Wire;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Replies and messages queued for one client. Belongs to the client's process. */
final class Outgoing {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private @Nullable ByteBuffer waiting;

  boolean isEmpty() {
    return waiting == null;
  }

  /** The queued bytes; null if there are none. */
  @Nullable ByteBuffer waiting() {
    return waiting;
  }

  /** The number of queued bytes. */
  int bytes() {
    return waiting == null ? 0 : waiting.remaining();
  }

  /** The memory that the queue takes, in bytes. */
  long retained() {
    return waiting == null ? 0 : Footprint.array(waiting.capacity());
  }

  /** Drops the queued bytes. */
  void drop() {
    waiting = null;
  }

  /**
   * Appends these bytes. Copies them, unless they are so many that the caller gives up their array.
   */
  void add(ByteBuffer fresh) {
    waiting =
        waiting == null && fresh.capacity() > RespBuffers.RETAINED
            ? fresh.duplicate()
            : RespBuffers.joined(waiting, fresh);
  }

  /** Writes queued bytes, then these, as far as the wire accepts them. Queues the rest. */
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
