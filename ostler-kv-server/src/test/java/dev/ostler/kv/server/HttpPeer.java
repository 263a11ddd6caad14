package dev.ostler.kv.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What an HTTP server has answered to one request, over a socket. Immutable; any thread may use it.
 */
public record HttpPeer(int status, String head, String body) {
  /** Gets a path, as any client on this machine does. */
  public static HttpPeer get(int port, String path) throws IOException {
    return ask(port, "GET", path, "localhost:" + port);
  }

  /** Asks with a method and for a host of the test's own. */
  public static HttpPeer ask(int port, String method, String path, String host) throws IOException {
    return ask(port, method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n");
  }

  /** Sends this, and the end of the headers; empty if the connection is closed. */
  public static HttpPeer ask(int port, String headers) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000); // a test that gets no answer fails, and does not hang
      socket
          .getOutputStream()
          .write((headers + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
      var answer = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(answer);
      return of(answer.toString(StandardCharsets.UTF_8));
    }
  }

  private static HttpPeer of(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    return end < 0
        ? new HttpPeer(0, answer, "")
        : new HttpPeer(
            Integer.parseInt(answer.split(" ", 3)[1]),
            answer.substring(0, end).toLowerCase(Locale.ROOT),
            answer.substring(end + 4));
  }

  /** The value of a metric with its labels, as written. */
  public double value(String metric) {
    return body.lines()
        .filter(line -> line.startsWith(metric + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + metric + " in\n" + body));
  }
}
