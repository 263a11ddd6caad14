package dev.ostler.kv;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The bytes of one RESP client, in and out, without ever waiting. Used by one thread at a time, but
 * for {@link #close}.
 */
interface Wire {
  /** Takes what there is, as far as there is room; how many bytes, or -1 at the end. */
  int read(ByteBuffer to) throws IOException;

  /** Gives away what can be written now, and leaves the rest in the buffer. */
  void write(ByteBuffer from) throws IOException;

  /** Whether there is more to read though the socket has nothing. */
  boolean hasMore();

  /**
   * Whether something that was taken is not on its way yet, so that the socket is to be watched.
   */
  boolean isBlocked();

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
        channel.write(from);
      }

      @Override
      public boolean hasMore() {
        return false;
      }

      @Override
      public boolean isBlocked() {
        return false;
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
