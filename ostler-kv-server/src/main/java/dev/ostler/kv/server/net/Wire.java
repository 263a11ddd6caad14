package dev.ostler.kv.server.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The transport of one RESP connection: reads and writes bytes, and never blocks. Used by one
 * thread at a time; any thread may {@link #close} it.
 */
public interface Wire {
  /** How many bytes one write passes to a socket, at most. */
  int MOST_WRITE_BYTES = 256 * 1024;

  /** Reads what is available and fits; returns how many bytes, or -1 at the end of input. */
  int read(ByteBuffer to) throws IOException;

  /** Writes what the socket accepts now, and leaves the rest in the buffer. */
  void write(ByteBuffer from) throws IOException;

  /** Whether there is more to read that the socket does not report. */
  default boolean hasMore() {
    return false;
  }

  /** Whether accepted bytes are not written yet, so that the socket must be watched for output. */
  default boolean isBlocked() {
    return false;
  }

  /** Whether the handshake is complete, so that data can be sent. */
  default boolean isOpen() {
    return true;
  }

  /** Whether {@link #work} must run before more can be read. */
  default boolean hasWork() {
    return false;
  }

  /** Runs work that takes long. Called on a thread that serves no other clients. */
  default void work() {}

  /** Tells the client that nothing follows, if that can be sent now. */
  default void finish() throws IOException {
    channel().shutdownOutput();
  }

  /** The channel for the selector. */
  SocketChannel channel();

  /** Closes the wire. May be called more than once. */
  void close();

  /** A wire without encryption. */
  static Wire plain(SocketChannel channel) {
    return new Wire() {
      @Override
      public int read(ByteBuffer to) throws IOException {
        return channel.read(to);
      }

      @Override
      public void write(ByteBuffer from) throws IOException {
        // The JDK copies all bytes it is given, even if the socket accepts only a few of them.
        int end = from.limit();
        try {
          while (from.position() < end) {
            from.limit(Math.min(end, from.position() + MOST_WRITE_BYTES));
            channel.write(from);
            if (from.hasRemaining()) {
              return; // the socket accepts no more
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
          // The socket is unusable, which was the aim.
        }
      }
    };
  }
}
