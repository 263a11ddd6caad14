package dev.ostler.kv.server;

import dev.ostler.kv.server.resp.command.Reply;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A client that sends byte strings and reads each {@link Reply}. Used by one thread. */
public final class RawPeer implements AutoCloseable {
  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;

  public RawPeer(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000); // a test that gets no reply fails, and does not hang
    out = socket.getOutputStream();
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a command, given as byte strings. */
  public void send(List<String> words) throws IOException {
    var bytes = new StringBuilder("*" + words.size() + "\r\n");
    for (String word : words) {
      bytes.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    out.write(bytes.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  public Reply next() throws IOException {
    return Reply.read(in);
  }

  public String reply() throws IOException {
    return next().toString();
  }

  public String ask(String... words) throws IOException {
    send(List.of(words));
    return reply();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
