package dev.ostler.kv.rocksdb;

import dev.ostler.kv.server.ServerJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a JVM of its own, on a directory, for tests that end it. Used by one thread. */
final class ServerProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final List<String> said = new ArrayList<>();
  private final int port;

  /**
   * Starts a server on a free port for RESP, and returns when it is ready.
   *
   * @throws IOException if it ends instead; the message has its output
   */
  ServerProcess(Path data, String... options) throws IOException {
    this(List.of(), data, options);
  }

  /**
   * Like the other constructor, but started by another program, which gets the command line as its
   * last arguments.
   */
  ServerProcess(List<String> runner, Path data, String... options) throws IOException {
    List<String> command = new ArrayList<>(runner);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServerJvm.OPTIONS);
    command.addAll(
        List.of(
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.ostler.kv.server.cli.Main",
            "serve",
            "--data",
            data.toString(),
            "--line-port",
            "off",
            "--resp-port",
            "0"));
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    out = process.inputReader(StandardCharsets.UTF_8);
    port = awaitReady();
  }

  private int awaitReady() throws IOException {
    int found = -1;
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      said.add(line);
      if (line.startsWith("RESP on ")) {
        found = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
      } else if (line.startsWith("ready in ")) {
        // reads the output, so that the server never blocks on it
        Thread.ofVirtual().start(this::listen);
        return found;
      }
    }
    throw new IOException("the server ended: " + said);
  }

  private void listen() {
    try {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        System.err.println("server: " + line);
      }
    } catch (IOException e) {
      // It was killed.
    }
  }

  int port() {
    return port;
  }

  /** Kills the server, as {@code kill -9} does, and waits for its end. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Asks the server to end, and returns its exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the server does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
