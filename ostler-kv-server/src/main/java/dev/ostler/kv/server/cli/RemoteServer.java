package dev.ostler.kv.server.cli;

import dev.ostler.kv.bytes.Bytes;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection to a running server, which sends one RESP command at a time. Used by one thread. */
final class RemoteServer implements AutoCloseable {
  /** The longest line of a reply, in bytes. */
  private static final int LONGEST_LINE = 64 * 1024;

  private final Socket socket;
  private final InputStream in;

  /** Uses this connection; {@link #close} closes it. */
  RemoteServer(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  /** The connection, for one who sends commands in another way from now on. */
  Socket socket() {
    return socket;
  }

  /** The server's error reply. */
  static final class Refused extends IOException {
    private final String words;

    Refused(String words) {
      super(words);
      this.words = words;
    }

    /** The reply. */
    String words() {
      return words;
    }
  }

  /**
   * Sends a command, and waits for its reply without a time limit: copying a store may take long.
   *
   * @param words byte strings
   * @return the one line of the reply, or its text
   * @throws Refused if the reply is an error
   * @throws IOException if the reply is neither
   */
  String ask(String... words) throws IOException {
    var command = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      command.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    socket.getOutputStream().write(command.toString().getBytes(StandardCharsets.ISO_8859_1));
    int type = in.read();
    return switch (type) {
      case '+', ':' -> line();
      case '$' -> text();
      case '-' -> throw new Refused(line());
      case -1 -> throw new EOFException("the server closed the connection without a reply");
      default ->
          throw new IOException(
              "expected a reply of RESP, and found a byte " + type + ": is this its RESP port?");
    };
  }

  private String text() throws IOException {
    String length = line();
    if (!length.matches("\\d{1,6}")) {
      throw new IOException("expected a text, and found one of length " + length);
    }
    byte[] bytes = in.readNBytes(Integer.parseInt(length));
    var _ = line();
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || line.length() == LONGEST_LINE) {
        throw new EOFException("the server's reply has no line end");
      }
      line.append((char) c);
    }
    return Bytes.text(line.toString().stripTrailing());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
