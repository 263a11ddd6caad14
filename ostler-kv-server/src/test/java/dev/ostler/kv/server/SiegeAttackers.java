package dev.ostler.kv.server;

import dev.ostler.kv.bytes.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that do their worst to a server: huge replies and values, endless transactions, messages
 * and replies that nobody reads.
 *
 * <p>A program of its own, so that the pauses of its garbage collector hold up nobody else. It
 * attacks until its standard input ends, and prints {@value #REFUSED} when a client is refused for
 * the first time for lack of memory, and at the end how often that happened.
 */
final class SiegeAttackers {
  static final String REFUSED = "refused";

  private static final int ATTACKERS = 8;
  private static final int MEGABYTE = 1 << 20;

  private final int port;
  private final AtomicLong refusals = new AtomicLong();
  private volatile boolean over;

  private SiegeAttackers(int port) {
    this.port = port;
  }

  /** The argument is the port. */
  public static void main(String[] args) throws IOException {
    new SiegeAttackers(Integer.parseInt(args[0])).run();
  }

  private void run() throws IOException {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < ATTACKERS; i++) {
        int number = i;
        var _ = threads.submit(() -> attack(number));
      }
      while (System.in.read() != -1) {
        // It goes on.
      }
      over = true;
    }
    System.out.println(refusals);
  }

  private void refused() {
    if (refusals.incrementAndGet() == 1) {
      System.out.println(REFUSED);
    }
  }

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
    deaf.forEach(SiegeAttackers::close);
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
            refused();
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
      refused();
    }
  }
}
