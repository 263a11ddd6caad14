package dev.ostler.kv.server.resp;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The buffers that a connection reads into and writes from while it is active. An idle connection
 * has none. Used by one thread at a time.
 */
final class RespBuffers {
  /** How many bytes one read takes, at most. */
  static final int READ = 16 * 1024;

  /** Larger arrays for replies are not retained. */
  static final int RETAINED = 256 * 1024;

  /**
   * For threads without their own buffers. At most as many as threads that were active at the same
   * time.
   */
  private static final ConcurrentLinkedQueue<RespBuffers> POOL = new ConcurrentLinkedQueue<>();

  private static final int LEAST_COPY = 1024;

  /** As many as wait for the end of a loop's turn, at most. */
  private static final int MOST_SPARE = 64;

  final byte[] in = new byte[READ];
  final RespWriter out;
  final LookAhead ahead = new LookAhead();

  private ByteBuffer readable = ByteBuffer.wrap(in);
  private ByteBuffer writable = ByteBuffer.wrap(in, 0, 0);
  private final ArrayDeque<ByteBuffer> spare = new ArrayDeque<>(); // for copied

  /**
   * Buffers of a thread that may wait, because it serves no other clients, or of one that may not.
   */
  RespBuffers(boolean mayWait) {
    out = new RespWriter(2, mayWait);
  }

  /** Free buffers for a thread that may wait; to be {@linkplain #release given back}. */
  static RespBuffers acquire() {
    @Nullable RespBuffers pooled = POOL.poll();
    return pooled == null ? new RespBuffers(true) : pooled;
  }

  void release() {
    out.clear(RETAINED);
    readable = ByteBuffer.wrap(in);
    writable = ByteBuffer.wrap(in, 0, 0);
    POOL.add(this);
  }

  /** Drops arrays that are too large to retain, and everything that belonged to one client. */
  void tidy() {
    out.clear(RETAINED);
    if (readable.capacity() > READ) {
      readable = ByteBuffer.wrap(in);
    }
    if (writable.capacity() > RETAINED) {
      writable = ByteBuffer.wrap(in, 0, 0);
    }
  }

  /** The array as a buffer for reading, from this index on. */
  ByteBuffer into(byte[] array, int from) {
    if (readable.array() != array) {
      readable = ByteBuffer.wrap(array);
    }
    return readable.limit(array.length).position(from);
  }

  /** The array as a buffer for writing, up to this index. */
  ByteBuffer from(byte[] array, int to) {
    if (writable.array() != array) {
      writable = ByteBuffer.wrap(array);
    }
    return writable.limit(to).position(0);
  }

  /** A copy of a few bytes, in a buffer that is to be {@linkplain #putBack put back}. */
  ByteBuffer copied(ByteBuffer few) {
    @Nullable ByteBuffer free = spare.poll();
    ByteBuffer copy =
        free != null && free.capacity() >= few.remaining()
            ? free.clear()
            : ByteBuffer.allocate(Math.max(LEAST_COPY, Integer.highestOneBit(few.remaining()) * 2));
    return copy.put(few).flip();
  }

  /** Takes back what {@link #copied} has returned; nobody else uses it any more. */
  void putBack(ByteBuffer copy) {
    if (spare.size() < MOST_SPARE) {
      spare.push(copy);
    }
  }

  /** The remaining bytes of both, in a new buffer. */
  static ByteBuffer joined(@Nullable ByteBuffer first, ByteBuffer second) {
    int before = first == null ? 0 : first.remaining();
    byte[] all = new byte[Math.addExact(before, second.remaining())];
    if (first != null) {
      first.get(all, 0, before);
    }
    second.get(all, before, all.length - before);
    return ByteBuffer.wrap(all);
  }
}
