package dev.ostler.kv.server.net;

import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a RESP connection so that the client still receives the replies it is owed. Used by the
 * connection's process on a virtual thread, because it blocks.
 *
 * <p>To close a socket with unread input resets it, and replies on their way would be lost. So the
 * output is shut down first, and input is discarded for a while.
 */
public final class Farewell {
  private static final int LINGER_MILLIS = 500;
  private static final int SILENCE_MILLIS = 100;
  private static final int LINGER_BYTES = 4 * 1024 * 1024;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private Farewell() {}

  /** Waits until the replies may be written, and returns them; null if they must not be written. */
  public static @Nullable ByteBuffer owed(@Nullable ByteBuffer unwritten, Gate gate) {
    if (unwritten != null) {
      try {
        gate.await();
      } catch (KvException.NotKept e) {
        return null;
      }
    }
    return unwritten;
  }

  /**
   * Writes the replies, shuts the output down, and discards input for a while. The caller then
   * closes the wire.
   *
   * @param owed the replies that are not written yet
   * @param time the limit for writing
   */
  public static void say(Wire wire, @Nullable ByteBuffer owed, Duration time) throws IOException {
    SocketChannel channel = wire.channel();
    try {
      channel.configureBlocking(true);
    } catch (IllegalBlockingModeException e) { // a loop's selector still has it
      wire.write(owed == null ? NOTHING : owed);
      wire.finish();
      return;
    }
    write(wire, owed == null ? NOTHING : owed, time);
    wire.finish();
    hearOut(channel);
  }

  private static void write(Wire wire, ByteBuffer owed, Duration time) throws IOException {
    if (!wire.isOpen() || (!owed.hasRemaining() && !wire.isBlocked())) {
      return;
    }
    // If the client does not read, only this ends the wait.
    CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS).execute(wire::close);
    while (owed.hasRemaining() || wire.isBlocked()) {
      wire.write(owed);
    }
  }

  private static void hearOut(SocketChannel channel) throws IOException {
    channel.socket().setSoTimeout(SILENCE_MILLIS);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
    InputStream in = channel.socket().getInputStream();
    byte[] ignored = new byte[8 * 1024];
    try {
      for (int left = LINGER_BYTES; left > 0 && System.nanoTime() - end < 0; ) {
        int count = in.read(ignored);
        if (count < 0) {
          return;
        }
        left -= count;
      }
    } catch (SocketTimeoutException e) {
      // The client has nothing more to send.
    }
  }
}
