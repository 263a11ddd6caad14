package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.server.line.LineProcesses;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients use a store over the line protocol while its processes are killed at random.
 *
 * <p>Each client has buckets of its own, to which it alone writes. It remembers the values that a
 * read of a key may return: the value it has put last, or, if the connection closed before the
 * reply, that one or the earlier ones; and no value, if the bucket may have been killed. If a
 * client gets neither a reply nor a closed connection, its socket's timeout fails the test.
 */
@ExtendWith(OstlerExtension.class)
class ChaosTest {
  private static final int CLIENTS = 4;
  private static final int STEPS = 300;
  private static final int KILLS = 60;
  private static final int KEYS = 5;

  /** What is killed. */
  private enum Victim {
    BUCKET,
    REGISTRY,
    CONNECTIONS,
    LISTENER,
    BUCKETS
  }

  static LongStream seeds() {
    Long asked = Long.getLong("dev.ostler.seed");
    return asked == null ? new Random().longs(3) : LongStream.of(asked);
  }

  /**
   * Any process may be killed, also all buckets with their supervisor. A read never returns a wrong
   * value.
   */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void no_wrong_value_is_read_and_nobody_hangs(long seed) throws Exception {
    run(seed, List.of(Victim.values()));
  }

  /** Buckets whose names begin with 'mortal' are killed; the others lose nothing. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void every_key_of_an_unharmed_bucket_is_there_at_the_end(long seed) throws Exception {
    run(seed, List.of(Victim.BUCKET, Victim.REGISTRY, Victim.CONNECTIONS, Victim.LISTENER));
  }

  private static void run(long seed, List<Victim> victims) throws Exception {
    boolean allMortal = victims.contains(Victim.BUCKETS);
    var permits = new Semaphore(0); // one permit for each kill, given as the clients progress
    var clients = new ArrayList<Client>();
    try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Pid top = TestKv.supervisor(kv).pid();
      var done = new CountDownLatch(CLIENTS);
      var results = new ArrayList<Future<?>>();
      for (int i = 0; i < CLIENTS; i++) {
        var client = new Client(kv.port("line"), i, new Random(seed + i), permits, allMortal);
        clients.add(client);
        results.add(threads.submit(ended(client, done, permits)));
      }
      var random = new Random(seed);
      for (int kill = 0; kill < KILLS && done.getCount() > 0; kill++) {
        permits.acquire();
        victim(kv, victims.get(random.nextInt(victims.size())), random).exit(ExitReason.KILL);
      }
      for (Future<?> result : results) {
        result.get();
      }

      assertThat(answer(kv.port("line"), "CREATE last")).isEqualTo("OK");
      assertThat(TestKv.supervisor(kv).pid()).isEqualTo(top);
      assertThat(TestKv.supervisor(kv).count().active()).isEqualTo(4);
      for (Client client : clients) {
        client.checkAll(kv);
      }
      assertThat(TestKv.starter(kv).count().active()).isEqualTo(kv.names().size());
      Counts.check(kv);
    }
  }

  /**
   * The reply to a new client. A killed part may not be back yet; then the connection is closed,
   * and a new one is tried.
   */
  private static String answer(int port, String command) throws IOException {
    String answer = LineClient.CLOSED;
    while (answer.equals(LineClient.CLOSED)) {
      try (var client = LineClient.insisting(port)) {
        answer = client.tell(command);
      }
    }
    return answer;
  }

  private static Callable<Boolean> ended(Client client, CountDownLatch done, Semaphore permits) {
    return () -> {
      try {
        client.live();
        return true;
      } finally {
        done.countDown();
        permits.release(KILLS); // who waits for one need not wait for a client that failed
      }
    };
  }

  /** The process to kill; a mortal bucket if there is no such process at the moment. */
  private static Pid victim(Kv kv, Victim victim, Random random) {
    Optional<Pid> part =
        switch (victim) {
          case LISTENER -> LineProcesses.listener(kv);
          case CONNECTIONS -> LineProcesses.connections(kv);
          case REGISTRY -> TestKv.registry(kv);
          case BUCKETS -> TestKv.starterPid(kv);
          case BUCKET -> Optional.empty();
        };
    return part.orElseGet(() -> mortal(kv, random));
  }

  private static Pid mortal(Kv kv, Random random) {
    return kv.create("mortal-" + random.nextInt(CLIENTS)).pid();
  }

  /** One client, and what it knows. */
  private static final class Client {
    private final int port;
    private final int number;
    private final Random random;
    private final Semaphore permits;
    private final boolean allMortal;
    private final Map<String, List<String>> possible = new HashMap<>(); // "" means no value
    private LineClient line;
    private int serial;

    Client(int port, int number, Random random, Semaphore permits, boolean allMortal)
        throws IOException {
      this.port = port;
      this.number = number;
      this.random = random;
      this.permits = permits;
      this.allMortal = allMortal;
      this.line = LineClient.insisting(port);
    }

    void live() throws IOException {
      for (int step = 0; step < STEPS; step++) {
        String bucket = (random.nextInt(3) == 0 ? "mortal-" : "own-") + number;
        String key = "k" + random.nextInt(KEYS);
        if (random.nextInt(10) == 0 || step < 2) {
          create(step < 2 ? List.of("mortal-", "own-").get(step) + number : bucket);
        } else if (random.nextBoolean()) {
          put(bucket, key, number + "-" + serial++);
        } else {
          get(bucket, key);
        }
        if (step % (STEPS * CLIENTS / KILLS) == 0) {
          permits.release();
        }
      }
      line.close();
    }

    private boolean isMortal(String bucket) {
      return allMortal || bucket.startsWith("mortal-");
    }

    /** Asks on new connections until there is a reply. */
    private void create(String bucket) throws IOException {
      String answer = line.tell("CREATE " + bucket);
      while (answer.equals(LineClient.CLOSED)) {
        reconnect();
        answer = line.tell("CREATE " + bucket);
      }
      assertThat(answer).isEqualTo("OK");
    }

    private void reconnect() throws IOException {
      line.close();
      line = LineClient.insisting(port);
    }

    private List<String> possible(String bucket, String key) {
      return possible.computeIfAbsent(bucket + " " + key, _ -> new ArrayList<>(List.of("")));
    }

    private void put(String bucket, String key, String value) throws IOException {
      String answer = line.tell("PUT " + bucket + " " + key + " " + value);
      List<String> known = possible(bucket, key);
      switch (answer) {
        case "OK" -> {
          known.clear();
          known.add(value);
          if (isMortal(bucket)) {
            known.add("");
          }
        }
        case "NOT FOUND" -> gone(bucket);
        case LineClient.CLOSED -> {
          known.add(value); // perhaps
          reconnect();
        }
        default -> throw new AssertionError("PUT was answered " + answer);
      }
    }

    private void get(String bucket, String key) throws IOException {
      String answer = line.tell("GET " + bucket + " " + key);
      switch (answer) {
        case "NOT FOUND" -> gone(bucket);
        case LineClient.CLOSED -> reconnect();
        default -> {
          check(bucket, key, answer);
          if (!line.line().equals("OK")) {
            reconnect();
          }
        }
      }
    }

    private void gone(String bucket) throws IOException {
      assertThat(isMortal(bucket)).as("%s is not found, and was not harmed", bucket).isTrue();
      create(bucket);
    }

    private void check(String bucket, String key, String value) {
      assertThat(possible(bucket, key)).as("%s %s", bucket, key).contains(value);
    }

    /** Checks that each read returns a possible value. */
    void checkAll(Kv kv) {
      for (String entry : possible.keySet()) {
        String bucket = entry.substring(0, entry.indexOf(' '));
        String key = entry.substring(entry.indexOf(' ') + 1);
        if (!isMortal(bucket) || kv.lookup(bucket).isPresent()) {
          check(bucket, key, kv.lookup(bucket).orElseThrow().get(key).orElse(""));
        }
      }
    }
  }
}
