package dev.ostler.kv.server;

import dev.ostler.kv.server.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Hostile clients of a server with a small heap, beside one regular client. That one must be
 * served, no bucket may be lost, and SIGTERM must end the server.
 *
 * <p>{@code bench/siege} runs it for longer, with other heaps and with durable stores.
 */
final class Siege {
  private static final int PRECIOUS = 20;
  private static final int FIELDS = 100;

  /**
   * What a server may take to stop: 2 seconds until its clients have their replies, 1 to close
   * their connections, 5 for its buckets, and the rest for a JVM with a full heap.
   */
  private static final Duration STOP_TIME = Duration.ofSeconds(30);

  /**
   * The result.
   *
   * @param rounds how often the regular client got correct replies
   * @param longest the longest time that it waited for a reply
   * @param wrong what went wrong; empty if nothing did
   * @param postponed how often it was refused for lack of memory, and had to ask again
   * @param refusals how often the other clients were refused for lack of memory
   * @param stopped how long the server took to end after SIGTERM
   */
  record Outcome(
      long rounds,
      Duration longest,
      List<String> wrong,
      long postponed,
      long refusals,
      Duration stopped) {}

  private final int port;
  private final Process server;
  private volatile boolean refused; // whether an attacker was

  // Of the regular client.
  private final List<String> wrong = new ArrayList<>();
  private long longest; // nanoseconds
  private long rounds;
  private long postponed;

  private Siege(Process server, int port) {
    this.server = server;
    this.port = port;
  }

  /** Starts a server with these options, and attacks it for this long. */
  static Outcome of(List<String> options, String heap, Duration time) throws Exception {
    var jvm = new ArrayList<String>(ServerJvm.OPTIONS);
    jvm.add("-Xmx" + heap);
    List<String> command = java(Main.class, jvm);
    command.addAll(List.of("serve", "--line-port", "off", "--resp-port", "0"));
    command.addAll(options);
    Process server = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      int port = 0;
      String line = server.inputReader().readLine();
      while (line != null && !line.startsWith("ready")) {
        port = line.startsWith("RESP on") ? Integer.parseInt(line.replaceAll(".*:", "")) : port;
        line = server.inputReader().readLine();
      }
      var _ =
          Thread.startVirtualThread(
              () -> server.inputReader().lines().forEach(System.err::println));
      return new Siege(server, port).run(time);
    } finally {
      server.destroyForcibly();
    }
  }

  /** The command that starts a program of this class path. */
  private static List<String> java(Class<?> program, List<String> options) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    return command;
  }

  private Outcome run(Duration time) throws Exception {
    prepare();
    List<String> command = java(SiegeAttackers.class, List.of());
    command.add("" + port);
    Process attackers = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    long refusals;
    try {
      var said = new FutureTask<>(() -> refusals(attackers));
      Thread.startVirtualThread(said);
      work(time);
      attackers.outputWriter().close();
      refusals = said.get();
    } finally {
      attackers.destroyForcibly();
    }
    check();
    long told = System.nanoTime();
    server.destroy(); // SIGTERM
    if (!server.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
      wrong.add("the server does not end within " + STOP_TIME);
    } else if (server.exitValue() != 0) {
      wrong.add("the server ended with " + server.exitValue());
    }
    Duration stopped = Duration.ofNanos(System.nanoTime() - told);
    return new Outcome(rounds, Duration.ofNanos(longest), wrong, postponed, refusals, stopped);
  }

  private void prepare() throws IOException {
    try (var client = new RespPeer(port)) {
      for (int i = 0; i < PRECIOUS; i++) {
        for (int field = 0; field < FIELDS; field++) {
          client.send("HSET", "precious" + i, "f" + field, "v" + field);
        }
        client.replies(FIELDS);
      }
    }
  }

  /** Reads what the attackers print, until they end. */
  private long refusals(Process attackers) throws IOException {
    BufferedReader said = attackers.inputReader();
    long refusals = 0;
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.equals(SiegeAttackers.REFUSED)) {
        refused = true;
      } else {
        refusals = Long.parseLong(line);
      }
    }
    return refusals;
  }

  /** What the regular client does. On a slow machine it takes longer until anyone is refused. */
  private void work(Duration time) throws IOException {
    long begun = System.nanoTime();
    try (var worker = new RespPeer(port)) {
      while ((System.nanoTime() - begun < time.toNanos() || !refused) && wrong.size() < 10) {
        String name = "precious" + rounds % PRECIOUS;
        String value = "" + rounds;
        Object said = timed(worker, "HSET", name, "round", value);
        while (said.toString().contains("OOM ")) { // the attackers may fill the memory
          postponed++;
          said = timed(worker, "HSET", name, "round", value);
        }
        expect(said, rounds < PRECIOUS ? 1L : 0L);
        expect(timed(worker, "HGET", name, "round"), value);
        expect(timed(worker, "HLEN", name), FIELDS + 1L);
        rounds++;
      }
    }
  }

  private Object timed(RespPeer worker, String... words) throws IOException {
    long begun = System.nanoTime();
    Object said = worker.ask(words);
    longest = Math.max(longest, System.nanoTime() - begun);
    return said;
  }

  private void expect(Object found, Object expected) {
    if (!expected.equals(found)) {
      wrong.add(found + " instead of " + expected);
    }
  }

  private void check() throws IOException {
    try (var client = new RespPeer(port)) {
      for (int i = 0; i < PRECIOUS; i++) {
        for (int field = 0; field < FIELDS; field++) {
          expect(client.ask("HGET", "precious" + i, "f" + field), "v" + field);
        }
      }
    }
  }
}
