package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.HttpPeer;
import dev.ostler.kv.server.RespPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin endpoint of {@code kv serve}, whose clients are limited. */
class AdminServeTest {
  /**
   * A server in a JVM of its own.
   *
   * @param said what it said until it was ready
   */
  private record Served(Process process, List<String> said) implements AutoCloseable {
    /** Starts one with another time for requests than the default. */
    static Served start(int seconds, String... options) throws IOException {
      var words =
          new ArrayList<String>(
              List.of("serve", "--memory", "--line-port", "off", "--resp-port", "0"));
      words.addAll(List.of("--admin-port", "0"));
      words.addAll(List.of(options));
      Process server =
          Ran.start(
              List.of("-Dsun.net.httpserver.maxReqTime=" + seconds), words.toArray(String[]::new));
      var said = new ArrayList<String>();
      do {
        said.add(server.inputReader().readLine());
      } while (!said.getLast().startsWith("ready"));
      return new Served(server, said);
    }

    private int port(String endpoint) {
      return said.stream()
          .filter(line -> line.startsWith(endpoint))
          .map(line -> line.replaceAll(".*:", ""))
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElseThrow();
    }

    int admin() {
      return port("page, metrics and health on http://127.0.0.1:");
    }

    int resp() {
      return port("RESP on");
    }

    /** A new client of the admin endpoint, which has sent this. */
    Socket client(String begun) throws IOException {
      var client = new Socket(InetAddress.getLoopbackAddress(), admin());
      client.setSoTimeout(60_000); // a test that is not disconnected fails, and does not hang
      client.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
      return client;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private static boolean isClosed(Socket client) throws IOException {
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  @Nested
  class Its_clients {
    /** One server for all of it: each takes a while to start. */
    @Test
    void are_limited() throws IOException {
      try (Served server = Served.start(1)) {
        String huge = "X: " + "x".repeat(100_000) + "\r\n";
        assertThat(status(server, huge)).isNotEqualTo(200);
        assertThat(status(server, "X: y\r\n".repeat(1000))).isNotEqualTo(200);
        assertThat(status(server, "X: y\r\n")).isEqualTo(200);

        try (Socket slow = server.client("GET /metrics HTTP/1.1\r\nHost: loc")) {
          assertThat(isClosed(slow)).isTrue();
        }
        assertThat(status(server, "")).isEqualTo(200);
      }
    }

    /** The status; 0 if the connection is closed while the request is still being sent. */
    private static int status(Served server, String headers) throws IOException {
      try {
        return HttpPeer.ask(
                server.admin(), "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n" + headers)
            .status();
      } catch (SocketException e) {
        return 0;
      }
    }

    @Test
    void above_a_limit_are_disconnected() throws IOException {
      var clients = new ArrayList<Socket>();
      try (Served server = Served.start(1000);
          var peer = new RespPeer(server.resp())) {
        for (int i = 0; i < 400; i++) {
          clients.add(server.client("GET "));
        }
        assertThat(isClosed(clients.getLast())).isTrue();
        assertThat(peer.ask("PING")).isEqualTo("PONG");
      } finally {
        for (Socket client : clients) {
          client.close();
        }
      }
    }
  }

  @Test
  void acts_only_for_the_token_of_a_file(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "the-token-of-tests\n");
    String kill =
        "POST /api/v1/processes/1/kill HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n";
    String token = "Authorization: Bearer the-token-of-tests\r\n";
    try (Served server = Served.start(1000, "--admin-token-file", file.toString())) {
      assertThat(HttpPeer.ask(server.admin(), kill).status()).isEqualTo(401);
      assertThat(HttpPeer.ask(server.admin(), kill + token).status()).isIn(200, 404);
    }
    try (Served server = Served.start(1000)) {
      assertThat(HttpPeer.ask(server.admin(), kill + token).status()).isEqualTo(403);
      assertThat(HttpPeer.get(server.admin(), "/api/v1/overview").body())
          .contains("\"actions\":false");
    }
  }

  /** A client that does not read its reply keeps the server from ending for two seconds. */
  @Test
  void is_announced_last_and_ends_last() throws IOException {
    try (Served server = Served.start(1000);
        var peer = new RespPeer(server.resp())) {
      assertThat(server.said()).hasSize(3);
      assertThat(server.said().get(1)).startsWith("page, metrics and health on http://127.0.0.1:");

      // more than a socket buffers
      assertThat(peer.ask("SET", "k", "x".repeat(32 * 1024 * 1024))).isEqualTo("OK");
      assertThat(peer.send("GET", "k").readByte()).isEqualTo('$');
      server.process().destroy();
      HttpPeer health;
      do {
        health = HttpPeer.get(server.admin(), "/health/ready");
      } while (health.status() == 200);

      assertThat(health.body()).isEqualTo("the store is closing\n");
    }
  }
}
