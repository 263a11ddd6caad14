package dev.ostler.kv.server.resp.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A server of Redis 8, started for a test and ended with it. The system property {@code
 * redis8.server} is its command line; the default is {@code redis-server} on the path. Used by one
 * thread.
 */
final class Redis8Server implements AutoCloseable {
  private final Process process;
  private final int port;

  private Redis8Server(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** The command line; empty if there is no Redis 8 on this machine. */
  static Optional<List<String>> command() {
    List<String> words = List.of(System.getProperty("redis8.server", "redis-server").split(" "));
    return version(words).contains(" v=8.") ? Optional.of(words) : Optional.empty();
  }

  private static String version(List<String> command) {
    var asking = new ArrayList<>(command);
    asking.add("--version");
    try {
      Process asked = new ProcessBuilder(asking).redirectErrorStream(true).start();
      return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Starts a server that stores nothing, and waits until it is ready. */
  static Redis8Server start(List<String> command) throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var words = new ArrayList<>(command);
    Collections.addAll(words, "--port", String.valueOf(port), "--bind", "127.0.0.1", "--save", "");
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    var said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.contains("Ready to accept connections")) {
        // its output is not read any further: there is little of it
        return new Redis8Server(process, port);
      }
    }
    throw new IOException("Redis did not start: " + words);
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
