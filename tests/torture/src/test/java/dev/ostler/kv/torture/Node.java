package dev.ostler.kv.torture;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node of the store: {@code kv serve}, in a JVM of its own. The thread of its fault uses it. */
final class Node {
  private static final int LOG_LINES = 12;

  private final int number;
  private final InetSocketAddress address;
  private final Path data;
  private final Path log;
  private final List<String> command;
  private final Map<String, String> environment;
  private @Nullable Process process; // null until its first start
  private long logSize; // at the last start

  /**
   * A node that has not been started.
   *
   * @param number 1 and up
   * @param address where clients reach it
   * @param command starts it
   * @param environment for that, besides that of this program
   */
  Node(
      int number,
      InetSocketAddress address,
      Path data,
      Path log,
      List<String> command,
      Map<String, String> environment) {
    this.number = number;
    this.address = address;
    this.data = data;
    this.log = log;
    this.command = command;
    this.environment = environment;
  }

  int number() {
    return number;
  }

  String name() {
    return "n" + number;
  }

  InetSocketAddress address() {
    return address;
  }

  /** Its directory. */
  Path data() {
    return data;
  }

  private Process process() {
    if (process == null) {
      throw new IllegalStateException(name() + " was never started");
    }
    return process;
  }

  void start() throws IOException {
    logSize = Files.exists(log) ? Files.size(log) : 0;
    var builder =
        new ProcessBuilder(new ArrayList<>(command))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    process = builder.start();
  }

  /** Ends it as {@code kill -9} does, and returns when it has ended. */
  void kill() throws InterruptedException {
    process().destroyForcibly().waitFor();
  }

  /** Ends it as {@code kill} does. */
  void stop() throws InterruptedException {
    process().destroy();
    if (!hasEndedWithin(60)) {
      kill();
    }
  }

  void suspend() throws IOException, InterruptedException {
    Shell.run("kill -STOP " + process().pid());
  }

  void resume() throws IOException, InterruptedException {
    Shell.run("kill -CONT " + process().pid());
  }

  long pid() {
    return process().pid();
  }

  boolean isUp() {
    return process().isAlive();
  }

  /** Waits for its end; false if it has not ended by then. */
  boolean hasEndedWithin(long seconds) throws InterruptedException {
    var patience = new Patience(seconds);
    while (!process().waitFor(1, TimeUnit.SECONDS)) {
      if (patience.isOver()) {
        return false;
      }
    }
    return true;
  }

  /** What it has said since its last start. */
  String said() throws IOException {
    byte[] all = Files.readAllBytes(log);
    int from = (int) Math.min(logSize, all.length);
    return new String(all, from, all.length - from, StandardCharsets.UTF_8);
  }

  /** Its last words. */
  String lastWords() throws IOException {
    List<String> lines = said().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }
}
