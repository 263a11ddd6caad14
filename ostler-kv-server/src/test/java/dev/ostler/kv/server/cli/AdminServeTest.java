package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.HttpPeer;
import dev.ostler.kv.server.RespPeer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The admin endpoint of {@code kv serve}, whose clients are limited. */
class AdminServeTest {
  private Process server;
  private BufferedReader said;
  private final List<String> lines = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    server =
        Ran.start(
            List.of("-Dsun.net.httpserver.maxReqTime=1"), // the default takes longer
            "serve",
            "--memory",
            "--line-port",
            "off",
            "--resp-port",
            "0",
            "--admin-port",
            "0");
    said = server.inputReader();
    do {
      lines.add(said.readLine());
    } while (!lines.getLast().startsWith("ready"));
  }

  @AfterEach
  void end() {
    server.destroyForcibly();
  }

  private int port(String endpoint) {
    return lines.stream()
        .filter(line -> line.startsWith(endpoint))
        .map(line -> line.replaceAll(".*:", ""))
        .mapToInt(Integer::parseInt)
        .findFirst()
        .orElseThrow();
  }

  private void works() throws IOException {
    assertThat(HttpPeer.get(port("metrics and health on http"), "/health/ready").body())
        .isEqualTo("ready\n");
    try (var peer = new RespPeer(port("RESP on"))) {
      assertThat(peer.ask("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void is_announced_after_the_others() throws IOException {
    assertThat(lines).hasSize(3);
    assertThat(lines.getFirst()).startsWith("RESP on 127.0.0.1:");
    assertThat(lines.get(1)).startsWith("metrics and health on http://127.0.0.1:");
    works();
  }

  @Test
  void refuses_huge_headers() throws IOException {
    String huge = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(100_000) + "\r\n";
    assertThat(status(huge)).isNotEqualTo(200);
    String many = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + "X: y\r\n".repeat(1000);
    assertThat(status(many)).isNotEqualTo(200);
    works();
  }

  /** The status; 0 if the connection is closed while the request is still being sent. */
  private int status(String headers) throws IOException {
    try {
      return HttpPeer.ask(port("metrics"), headers).status();
    } catch (SocketException e) {
      return 0;
    }
  }

  @Test
  void disconnects_clients_that_do_not_finish_their_request() throws IOException {
    try (var slow = new Socket(InetAddress.getLoopbackAddress(), port("metrics"))) {
      slow.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: loc".getBytes("US-ASCII"));

      assertThat(isClosed(slow)).isTrue();
    }
    works();
  }

  @Test
  void disconnects_clients_above_a_limit() throws IOException {
    var clients = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 200; i++) {
        var client = new Socket(InetAddress.getLoopbackAddress(), port("metrics"));
        client.getOutputStream().write("GET ".getBytes("US-ASCII"));
        clients.add(client);
      }
      assertThat(isClosed(clients.getLast())).isTrue();
      try (var peer = new RespPeer(port("RESP on"))) {
        assertThat(peer.ask("PING")).isEqualTo("PONG");
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static boolean isClosed(Socket client) throws IOException {
    client.setSoTimeout(60_000); // a test that is not disconnected fails, and does not hang
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }
}
