package dev.ostler.kv.server.resp;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * What a connection reads into and writes from while it is active: lent to it, so that one that is
 * idle has none. Used by one thread at a time.
 */
final class RespBuffers {
  /** How much is read at once, at most. */
  static final int READ = 64 * 1024;

  /** Larger arrays for replies are not kept. */
  static final int RETAINED = 256 * 1024;

  /** For threads that have none of their own. Never more than threads that worked at once. */
  private static final ConcurrentLinkedQueue<RespBuffers> POOL = new ConcurrentLinkedQueue<>();

  final byte[] in = new byte[READ];
  final RespWriter out = new RespWriter(2);

  private ByteBuffer readable = ByteBuffer.wrap(in);
  private ByteBuffer writable = ByteBuffer.wrap(in, 0, 0);

  /** Some that nobody uses; to be {@linkplain #release given back}. */
  static RespBuffers acquire() {
    @Nullable RespBuffers pooled = POOL.poll();
    return pooled == null ? new RespBuffers() : pooled;
  }

  void release() {
    out.clear(RETAINED);
    readable = ByteBuffer.wrap(in);
    writable = ByteBuffer.wrap(in, 0, 0);
    POOL.add(this);
  }

  /** Forgets what is too large to be kept, or was for one client. */
  void tidy() {
    out.clear(RETAINED);
    if (readable.capacity() > READ) {
      readable = ByteBuffer.wrap(in);
    }
    if (writable.capacity() > RETAINED) {
      writable = ByteBuffer.wrap(in, 0, 0);
    }
  }

  /** The array as a buffer to read into, from this place on. */
  ByteBuffer into(byte[] array, int from) {
    if (readable.array() != array) {
      readable = ByteBuffer.wrap(array);
    }
    return readable.limit(array.length).position(from);
  }

  /** The array as a buffer to write from, up to this place. */
  ByteBuffer from(byte[] array, int to) {
    if (writable.array() != array) {
      writable = ByteBuffer.wrap(array);
    }
    return writable.limit(to).position(0);
  }

  /** What is left of both, one behind the other, in memory of its own. */
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
