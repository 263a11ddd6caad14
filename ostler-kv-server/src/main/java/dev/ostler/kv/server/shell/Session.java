package dev.ostler.kv.server.shell;

import dev.ostler.kv.bytes.Bytes;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * One connection, and what has arrived on it. Any thread may {@link #close} it; else one uses it.
 *
 * <p>A thread of its own reads all the time, so that the end of the connection and pushes are seen
 * while nobody waits for a reply. It stops reading while a thousand replies wait.
 */
final class Session implements AutoCloseable {
  private static final int MOST_WAITING = 1000;

  private final Socket socket;
  private final BlockingQueue<Received> received = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Thread reading;

  /** What arrived. */
  sealed interface Received {
    /** A reply, or a push. */
    record Got(Reply reply) implements Received {}

    /** The end of the connection, which is the last that arrives. */
    record Ended(String why) implements Received {}
  }

  Session(Socket socket) {
    this.socket = socket;
    this.reading = Thread.ofVirtual().name("shell reading").start(this::read);
  }

  private void read() {
    try {
      try {
        var replies = new ReplyReader(new BufferedInputStream(socket.getInputStream()));
        while (true) {
          received.put(new Received.Got(replies.next()));
        }
      } catch (IOException e) {
        received.put(new Received.Ended(String.valueOf(e.getMessage())));
      }
    } catch (InterruptedException e) {
      // The session is closed.
    }
  }

  /** Sends a command. */
  void send(List<String> words) throws IOException {
    var command = new StringBuilder().append('*').append(words.size()).append("\r\n");
    for (String word : words) {
      command.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    socket.getOutputStream().write(Bytes.array(command.toString()));
  }

  /** Waits for what arrives next. */
  Received next() throws InterruptedException {
    return received.take();
  }

  /** What has arrived and not been taken; null if that is nothing. */
  @Nullable Received poll() {
    return received.poll();
  }

  /** Closes the connection; whoever waits in {@link #next} gets its end. */
  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Closes it, and nobody takes anything any more. */
  void discard() {
    reading.interrupt();
    try {
      socket.close();
    } catch (IOException e) {
      // It is not needed any more.
    }
  }
}
