package dev.ostler.kv.server.tls;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * What a TLS connection reads into, writes from, and decrypts into while it is active: lent to it,
 * so that one that is idle has none. Used by one thread at a time.
 *
 * <p>On the heap, for that is where the JDK's ciphers are fastest.
 */
final class TlsBuffers {
  /** The longest record there may be in TLS 1.3, and what the JDK's engine asks for. */
  static final int RECORD = 5 + 16 * 1024 + 256 + 64;

  private static final int RECORDS = 4;

  /** Never more than threads that worked at once. */
  private static final ConcurrentLinkedQueue<TlsBuffers> POOL = new ConcurrentLinkedQueue<>();

  /** Encrypted, from the client. */
  final ByteBuffer in = ByteBuffer.allocate(RECORDS * RECORD);

  /** Encrypted, to the client. */
  final ByteBuffer out = ByteBuffer.allocate(RECORDS * RECORD);

  /** Decrypted, if it does not fit where it is to go. */
  final ByteBuffer open = ByteBuffer.allocate(RECORD);

  /** Some that nobody uses, all empty; to be {@linkplain #release given back}. */
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

  /** A copy of what a buffer still has; null if that is nothing. */
  static @Nullable ByteBuffer rest(ByteBuffer buffer) {
    if (!buffer.hasRemaining()) {
      return null;
    }
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return ByteBuffer.wrap(copy);
  }
}
