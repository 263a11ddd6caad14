package dev.ostler.kv.server;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hostile clients of a server with a small heap, beside one regular client. That one must be
 * served, no bucket may be lost, and SIGTERM must end the server.
 *
 * <p>{@code bench/siege} runs it for longer, with other heaps and with durable stores.
 */
final class Siege {
  private static final int ATTACKERS = 8;
  private static final int PRECIOUS = 20;
  private static final int FIELDS = 100;
  private static final int MEGABYTE = 1 << 20;

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
  private final AtomicLong refusals = new AtomicLong();
  private volatile boolean over;
  private long longest; // nanoseconds, of the regular client

  private Siege(Process server, int port) {
    this.server = server;
    this.port = port;
  }

  /** Starts a server with these options, and attacks it for this long. */
  static Outcome of(List<String> options, String heap, Duration time) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx" + heap, "-XX:+UseCompactObjectHeaders"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
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

  private Outcome run(Duration time) throws Exception {
    var wrong = new ArrayList<String>();
    long rounds = 0;
    long postponed = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var worker = new RespPeer(port)) {
      for (int i = 0; i < PRECIOUS; i++) {
        for (int field = 0; field < FIELDS; field++) {
          worker.send("HSET", "precious" + i, "f" + field, "v" + field);
        }
        worker.replies(FIELDS);
      }
      for (int i = 0; i < ATTACKERS; i++) {
        int number = i;
        var _ = threads.submit(() -> attack(number));
      }
      long end = System.nanoTime() + time.toNanos();
      try {
        // On a slow machine the attackers need longer until something is refused.
        while ((System.nanoTime() - end < 0 || refusals.get() == 0) && wrong.size() < 10) {
          String name = "precious" + rounds % PRECIOUS;
          String value = "" + rounds;
          Object said = timed(worker, "HSET", name, "round", value);
          // The attackers may fill the memory for a moment.
          while (said.toString().contains("OOM ")) {
            postponed++;
            said = timed(worker, "HSET", name, "round", value);
          }
          expect(said, rounds < PRECIOUS ? 1L : 0L, wrong);
          expect(timed(worker, "HGET", name, "round"), value, wrong);
          expect(timed(worker, "HLEN", name), FIELDS + 1L, wrong);
          rounds++;
        }
      } finally {
        over = true;
      }
    }
    check(wrong);
    long told = System.nanoTime();
    server.destroy(); // SIGTERM
    if (!server.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
      wrong.add("the server does not end within " + STOP_TIME);
    } else if (server.exitValue() != 0) {
      wrong.add("the server ended with " + server.exitValue());
    }
    Duration stopped = Duration.ofNanos(System.nanoTime() - told);
    return new Outcome(
        rounds, Duration.ofNanos(longest), wrong, postponed, refusals.get(), stopped);
  }

  private Object timed(RespPeer worker, String... words) throws IOException {
    long begun = System.nanoTime();
    Object said = worker.ask(words);
    longest = Math.max(longest, System.nanoTime() - begun);
    return said;
  }

  private static void expect(Object found, Object expected, List<String> wrong) {
    if (!expected.equals(found)) {
      wrong.add(found + " instead of " + expected);
    }
  }

  private void check(List<String> wrong) throws IOException {
    try (var client = new RespPeer(port)) {
      for (int i = 0; i < PRECIOUS; i++) {
        for (int field = 0; field < FIELDS; field++) {
          expect(client.ask("HGET", "precious" + i, "f" + field), "v" + field, wrong);
        }
      }
    }
  }

  // --- The others

  private void attack(int number) {
    var random = new Random(number);
    var deaf = new ArrayList<RespPeer>();
    for (int round = number; !over; round++) {
      try (var client = new RespPeer(port)) {
        attack(round % ATTACKERS, "attack" + number, client, deaf, random);
      } catch (IOException e) {
        // The server closed the connection, as it should.
      }
      while (deaf.size() > 10) {
        close(deaf.removeFirst());
      }
    }
    deaf.forEach(Siege::close);
  }

  private static void close(RespPeer peer) {
    try {
      peer.close();
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void attack(int kind, String name, RespPeer client, List<RespPeer> deaf, Random random)
      throws IOException {
    String megabyte = "x".repeat(MEGABYTE);
    switch (kind) {
      case 0 -> { // endless replies
        for (int i = 0; i < 20 && !over; i++) {
          ask(client, "HRANDFIELD", "precious" + i, "-100000000");
          ask(client, "HRANDFIELD", "precious" + i, "-1000000", "WITHVALUES");
          ask(client, "KEYS", "*");
        }
      }
      case 1 -> { // large values
        for (int size = 1; size < 60 && !over; size *= 2) {
          ask(client, "SET", name, "x".repeat(size * MEGABYTE + random.nextInt(1000)));
          ask(client, "GET", name);
          ask(client, "APPEND", name, megabyte);
          ask(client, "SETRANGE", name, "536000000", "x");
          ask(client, "DUMP", name);
          ask(client, "COPY", name, name + "copy");
        }
        ask(client, "DEL", name, name + "copy");
      }
      case 2 -> { // an endless transaction
        ask(client, "MULTI");
        for (int i = 0; i < 1000 && !over; i++) {
          ask(client, "SET", name, "x".repeat(100_000));
        }
        for (int i = 0; i < 1000 && !over; i++) {
          client.send("HGETALL", name);
          client.reply();
        }
      }
      case 3 -> { // replies that are never read
        ask(client, "SET", name, megabyte.repeat(4));
        for (int i = 0; i < 5 && !over; i++) {
          var silent = new RespPeer(port);
          deaf.add(silent);
          for (int j = 0; j < 20; j++) {
            silent.send("GET", name);
          }
        }
        ask(client, "DEL", name);
      }
      case 4 -> { // subscriptions
        for (int i = 0; i < 100 && !over; i++) {
          var words = new ArrayList<>(List.of("SUBSCRIBE"));
          for (int j = 0; j < 1000; j++) {
            words.add(name + "-" + i + "-" + j);
          }
          client.send(words.toArray(String[]::new));
          if (client.reply() instanceof RespReader.Failure) {
            refusals.incrementAndGet();
            return;
          }
          client.replies(999);
        }
      }
      case 5 -> { // messages that are never read
        for (int i = 0; i < 5 && !over; i++) {
          var silent = new RespPeer(port);
          deaf.add(silent);
          silent.send("SUBSCRIBE", name);
          silent.reply();
        }
        for (int i = 0; i < 50 && !over; i++) {
          ask(client, "PUBLISH", name, megabyte);
        }
      }
      case 6 -> { // incomplete commands
        var silent = new RespPeer(port);
        deaf.add(silent);
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(Bytes.array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$400000000\r\n"));
        silent.sendRaw(bytes.toByteArray());
        for (int i = 0; i < 30 && !over; i++) {
          silent.sendRaw(Bytes.array(megabyte));
        }
      }
      default -> { // an endless hash
        for (int i = 0; i < 200 && !over; i++) {
          ask(client, "HSET", name + "hash", "f" + i, megabyte);
        }
        ask(client, "HGETALL", name + "hash");
        ask(client, "HVALS", name + "hash");
        ask(client, "DUMP", name + "hash");
        ask(client, "DEL", name + "hash");
      }
    }
  }

  private void ask(RespPeer client, String... words) throws IOException {
    if (client.ask(words) instanceof RespReader.Failure failure
        && failure.toString().contains("OOM")) {
      refusals.incrementAndGet();
    }
  }
}
