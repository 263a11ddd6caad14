package dev.ostler.kv.server;

import dev.ostler.kv.Kv;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.resp.RespClient;
import dev.ostler.kv.server.resp.RespEndpoint;
import dev.ostler.kv.server.resp.RespServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A RESP client. Used by one thread. */
public final class RespPeer implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final RespReader reader;

  public RespPeer(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000); // a test that gets no reply fails, and does not hang
    in = new BufferedInputStream(socket.getInputStream());
    reader = new RespReader(in);
  }

  /** A client of this store. */
  public static RespPeer of(Kv kv) throws IOException {
    return new RespPeer(kv.port("resp"));
  }

  /** The bytes of a command. */
  public static byte[] encoded(String... words) {
    var bytes = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      String raw = Bytes.of(word);
      bytes.append('$').append(raw.length()).append("\r\n").append(raw).append("\r\n");
    }
    return bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Sends a command with arguments in UTF-8. */
  public RespPeer send(String... words) throws IOException {
    return sendRaw(encoded(words));
  }

  /** Sends these bytes unchanged. */
  public RespPeer sendRaw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** The next reply, as {@link RespReader} returns it. */
  public @Nullable Object reply() throws IOException {
    return reader.next();
  }

  public List<@Nullable Object> replies(int count) throws IOException {
    var replies = new ArrayList<@Nullable Object>();
    for (int i = 0; i < count; i++) {
      replies.add(reply());
    }
    return replies;
  }

  /** Sends a command, and returns its reply. */
  public @Nullable Object ask(String... words) throws IOException {
    return send(words).reply();
  }

  /** The first byte of a reply; the rest is not read. */
  public int readByte() throws IOException {
    return in.read();
  }

  /** Whether there is nothing to read at the moment. */
  public boolean hasHeardNothing() throws IOException {
    return in.available() == 0;
  }

  /** Waits until the server closes the connection; false if it sends something instead. */
  public boolean isClosed() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  /** Shuts the output down. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** What all RESP clients of this store share. */
  public static RespServer server(Kv kv) {
    return ((RespEndpoint) TestKv.endpoint(kv, "resp")).server();
  }

  /** The server's side of this client. */
  public RespClient served(Kv kv) {
    return server(kv).clients().values().stream()
        .filter(each -> each.info().address().endsWith(":" + localPort()))
        .findFirst()
        .orElseThrow();
  }

  public int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
