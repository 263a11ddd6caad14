package dev.ostler.kv.rocksdb;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A minimal RESP client: sends commands, reads replies. Used by one thread. */
final class RespLine implements AutoCloseable {
  /** An error reply, or an error within a reply. */
  record Refusal(String text) {}

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RespLine(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000); // no test waits for ever
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
  }

  /** Adds a command to the output buffer. */
  void add(String... words) throws IOException {
    out.write(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.write('\r');
      out.write('\n');
    }
  }

  void send() throws IOException {
    out.flush();
  }

  /** Sends a command, and returns the reply. */
  @Nullable Object ask(String... words) throws IOException {
    add(words);
    send();
    return reply();
  }

  /** Reads a reply: a text, a number, a list, a refusal, or null. */
  @Nullable Object reply() throws IOException {
    String line = line();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> rest;
      case '-' -> new Refusal(rest);
      case ':' -> Long.valueOf(rest);
      case '$' -> bulk(Integer.parseInt(rest));
      case '*' -> array(Integer.parseInt(rest));
      default -> throw new IOException("no reply begins so: " + line);
    };
  }

  private @Nullable String bulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(length + 2);
    if (bytes.length < length + 2) {
      throw new EOFException("within a reply");
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private @Nullable List<@Nullable Object> array(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    var all = new ArrayList<@Nullable Object>(length);
    for (int i = 0; i < length; i++) {
      all.add(reply());
    }
    return all;
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("instead of a reply");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** The reply as a text, which it must be. */
  static String text(@Nullable Object reply) {
    return Objects.requireNonNull(reply).toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
