package dev.ostler.kv.server.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ostler.kv.Cluster.Member;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why another node is not reached, by a connection to the port on which it talks to
 * nodes. Any thread may use it; each look takes a few seconds at most.
 */
final class NodeProbe {
  private static final int MILLIS = 2000;

  /** How a client begins that speaks HTTP/2, as nodes do: its words, and no settings. */
  private static final byte[] HELLO =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(US_ASCII);

  /** The first byte of an answer to that: of the length of the server's settings. */
  private static final int SETTINGS = 0;

  private final @Nullable SSLContext tls; // null: this node has no certificate

  NodeProbe(@Nullable SSLContext tls) {
    this.tls = tls;
  }

  /** What is wrong; empty if the node answers as it should. */
  Optional<String> trouble(Member other) {
    String who = "%s at %s port %d ".formatted(other.name(), other.host(), other.nodePort());
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(other.host(), other.nodePort()), MILLIS);
      socket.setSoTimeout(MILLIS);
      if (tls == null) {
        return understands(socket)
            ? Optional.empty()
            : Optional.of(
                who + "talks TLS only, and this node has no certificate: see --cluster-tls-cert");
      }
      try (var encrypted =
          (SSLSocket)
              tls.getSocketFactory().createSocket(socket, other.host(), other.nodePort(), true)) {
        var parameters = encrypted.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // it must name the host
        parameters.setApplicationProtocols(new String[] {"h2"});
        encrypted.setSSLParameters(parameters);
        encrypted.startHandshake();
        int _ = greet(encrypted); // a server refuses a certificate after its own handshake
        return Optional.empty();
      }
    } catch (SSLException e) {
      return Optional.of(who + "and this node do not trust each other: " + words(e));
    } catch (SocketTimeoutException e) {
      return Optional.of(who + "does not answer within " + MILLIS + " ms");
    } catch (IOException e) {
      return Optional.of(who + "is not reached: " + words(e));
    }
  }

  /** Whether the other side answers as a node without TLS. One with TLS closes the connection. */
  private static boolean understands(Socket socket) throws SocketTimeoutException {
    try {
      return greet(socket) == SETTINGS;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  /** Says hello; returns the first byte of the answer, or -1. */
  private static int greet(Socket socket) throws IOException {
    socket.getOutputStream().write(HELLO);
    return socket.getInputStream().read();
  }

  private static String words(IOException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
  }
}
