package dev.ostler.kv.server;

import dev.ostler.kv.Bucket;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Handled;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client of the line protocol. Used by one thread. */
public final class LineClient implements AutoCloseable {
  public static final String CLOSED = "<closed>";

  private final Socket socket;
  private final BufferedReader in;

  public LineClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000); // a test that gets no reply fails, and does not hang
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  /** A client that retries until the port is open. */
  static LineClient insisting(int port) throws IOException {
    while (true) {
      try {
        return new LineClient(port);
      } catch (SocketException refused) {
        Thread.yield(); // ends with the test, at the latest
      }
    }
  }

  public LineClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  public LineClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /**
   * Sends commands with a SUBSCRIBE, which has no reply, and waits until the bucket has the
   * subscriber.
   */
  public void subscribe(Bucket bucket, String commands) throws IOException {
    Handled.await(bucket.pid(), BucketServer.Subscribe.class, () -> send(commands));
  }

  /** Whether there is nothing to read at the moment. */
  boolean hasHeardNothing() throws IOException {
    return !in.ready();
  }

  /** The next line from the server; {@link #CLOSED} if there is none. */
  public String line() throws IOException {
    try {
      String line = in.readLine();
      return line == null ? CLOSED : line;
    } catch (SocketException reset) {
      return CLOSED;
    }
  }

  public List<String> lines(int count) throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      lines.add(line());
    }
    return lines;
  }

  /** Sends a command, and returns the first line of the reply. */
  public String ask(String command) throws IOException {
    return send(command + "\r\n").line();
  }

  /** Shuts the output down, and returns the rest of the input unchanged. */
  public String rest() throws IOException {
    socket.shutdownOutput();
    var all = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      all.append((char) c);
    }
    return all.toString();
  }

  /** Like {@link #ask}, but {@link #CLOSED} if the command cannot be sent. */
  String tell(String command) throws IOException {
    try {
      return ask(command);
    } catch (SocketException gone) {
      return CLOSED;
    }
  }

  public int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
