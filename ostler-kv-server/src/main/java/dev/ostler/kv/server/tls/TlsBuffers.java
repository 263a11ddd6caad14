package dev.ostler.kv.server.tls;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The buffers that a TLS connection uses while it is active. An idle connection has none. Used by
 * one thread at a time.
 *
 * <p>They are on the heap, where the JDK's ciphers are fastest.
 */
final class TlsBuffers {
  /** The longest record of TLS 1.3, and the size that the JDK's engine asks for. */
  static final int RECORD = 5 + 16 * 1024 + 256 + 64;

  private static final int RECORDS = 4;

  /** At most as many as threads that were active at the same time. */
  private static final ConcurrentLinkedQueue<TlsBuffers> POOL = new ConcurrentLinkedQueue<>();

  /** Encrypted input. */
  final ByteBuffer in = ByteBuffer.allocate(RECORDS * RECORD);

  /** Encrypted output. */
  final ByteBuffer out = ByteBuffer.allocate(RECORDS * RECORD);

  /** Decrypted input that does not fit into the caller's buffer. */
  final ByteBuffer open = ByteBuffer.allocate(RECORD);

  /** Free buffers, all empty; to be {@linkplain #release given back}. */
  static TlsBuffers acquire() {
    @Nullable TlsBuffers pooled = POOL.poll();
    return pooled == null ? new TlsBuffers() : pooled;
  }

  void release() {
    in.clear();
    out.clear();
    open.clear();
    POOL.add(this);
  }

  /** A copy of what remains in a buffer; null if nothing does. */
  static @Nullable ByteBuffer rest(ByteBuffer buffer) {
    if (!buffer.hasRemaining()) {
      return null;
    }
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return ByteBuffer.wrap(copy);
  }
}
