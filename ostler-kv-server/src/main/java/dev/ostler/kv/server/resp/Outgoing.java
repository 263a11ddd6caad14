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
  private boolean borrowed; // the array of what waits is the loop's, until the end of its turn

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
    return waiting == null ? 0 : Footprint.array(borrowed ? bytes() : waiting.capacity());
  }

  /** Drops the queued bytes. */
  void drop() {
    waiting = null;
    borrowed = false;
  }

  /** Queues a few bytes until the end of the loop's turn. Nothing else is queued. */
  void defer(ByteBuffer few, RespBuffers buffers) {
    waiting = buffers.copied(few);
    borrowed = true;
  }

  /**
   * Appends these bytes. Copies them, unless they are so many that the caller gives up their array.
   */
  void add(ByteBuffer fresh) {
    waiting =
        waiting == null && fresh.capacity() > RespBuffers.RETAINED
            ? fresh.duplicate()
            : RespBuffers.joined(waiting, fresh);
    borrowed = false;
  }

  /** Writes queued bytes, then these, as far as the wire accepts them. Queues the rest. */
  void write(Wire wire, @Nullable ByteBuffer fresh, RespBuffers buffers) throws IOException {
    ByteBuffer first = waiting;
    if (first != null || wire.isBlocked()) {
      wire.write(first == null ? NOTHING : first);
      if (first != null) {
        wrote(first, buffers);
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

  /** Drops what was written. What is left does not stay in the loop's array. */
  private void wrote(ByteBuffer first, RespBuffers buffers) {
    if (!first.hasRemaining()) {
      waiting = null;
    } else if (borrowed) {
      waiting = RespBuffers.joined(null, first);
    }
    if (borrowed) {
      borrowed = false;
      buffers.putBack(first);
    }
  }
}
