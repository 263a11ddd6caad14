package dev.ostler.kv.server.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The bytes of one RESP client, in and out, without ever waiting. Used by one thread at a time, but
 * for {@link #close}.
 */
public interface Wire {
  /** How many bytes are given to a socket at once, at most. */
  int MOST = 256 * 1024;

  /** Takes what there is, as far as there is room; how many bytes, or -1 at the end. */
  int read(ByteBuffer to) throws IOException;

  /** Gives away what can be written now, and leaves the rest in the buffer. */
  void write(ByteBuffer from) throws IOException;

  /** Whether there is more to read though the socket has nothing. */
  default boolean hasMore() {
    return false;
  }

  /**
   * Whether something that was taken is not on its way yet, so that the socket is to be watched.
   */
  default boolean isBlocked() {
    return false;
  }

  /** Whether the client can be talked to; else it has yet to come to terms about the wire. */
  default boolean isOpen() {
    return true;
  }

  /** Whether something has to be {@linkplain #work done} before there is more to read. */
  default boolean hasWork() {
    return false;
  }

  /** Does what takes long, on a thread for which that does not matter. */
  default void work() {}

  /** Says that nothing follows, as far as that can be said now. */
  default void finish() throws IOException {
    channel().shutdownOutput();
  }

  /** What the selector watches. */
  SocketChannel channel();

  /** Any thread may close it, more than once. */
  void close();

  /** The socket as it is. */
  static Wire plain(SocketChannel channel) {
    return new Wire() {
      @Override
      public int read(ByteBuffer to) throws IOException {
        return channel.read(to);
      }

      @Override
      public void write(ByteBuffer from) throws IOException {
        // The JDK copies all that it is given, be it ever so much more than the socket takes.
        int end = from.limit();
        try {
          while (from.position() < end) {
            from.limit(Math.min(end, from.position() + MOST));
            channel.write(from);
            if (from.hasRemaining()) {
              return; // it takes no more
            }
          }
        } finally {
          from.limit(end);
        }
      }

      @Override
      public SocketChannel channel() {
        return channel;
      }

      @Override
      public void close() {
        try {
          channel.close();
        } catch (IOException e) {
          // Nobody hears from this socket any more, which is what was wanted.
        }
      }
    };
  }
}
