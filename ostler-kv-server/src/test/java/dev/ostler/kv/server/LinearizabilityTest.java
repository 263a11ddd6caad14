package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.MonitorRef;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.bytes.Seeds;
import dev.ostler.kv.server.Linearizability.Operation;
import dev.ostler.kv.server.RandomActions.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients use the same two buckets at the same time, over sockets. One order of all operations must
 * explain their replies, with each operation at one moment between request and reply.
 *
 * <p>A client that gets an error, or no reply, does not know whether its operation was done. A
 * killed bucket is empty from some moment before its death is known.
 */
@ExtendWith(OstlerExtension.class)
class LinearizabilityTest {
  private static final int ROUNDS = Integer.getInteger("dev.ostler.rounds", 30);
  private static final int CLIENTS = 4;
  private static final int STEPS = 24;
  private static final int KILLS = 8;

  private static final List<Kind> READS_AND_WRITES = List.of(Kind.GET, Kind.SET, Kind.SET);
  private static final List<Kind> ONE_BUCKET = List.of(Kind.GET, Kind.SET, Kind.DELETE, Kind.ADD);
  private static final List<Kind> ALL = List.of(Kind.values());

  static LongStream seeds() {
    return Seeds.some(3);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void of_reads_and_writes(long seed) throws Exception {
    play(seed, READS_AND_WRITES, false);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void of_reads_and_writes_while_buckets_are_killed(long seed) throws Exception {
    play(seed, READS_AND_WRITES, true);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void of_commands_on_one_bucket(long seed) throws Exception {
    play(seed, ONE_BUCKET, false);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void of_commands_on_one_bucket_while_buckets_are_killed(long seed) throws Exception {
    play(seed, ONE_BUCKET, true);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void of_transactions_across_buckets(long seed) throws Exception {
    play(seed, ALL, false);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void of_transactions_across_buckets_while_buckets_are_killed(long seed) throws Exception {
    play(seed, ALL, true);
  }

  private static void play(long seed, List<Kind> kinds, boolean killing) throws Exception {
    try (Kv kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try (var peer = RespPeer.of(kv)) {
        for (Kind kind : kinds) {
          assumeTrue(isKnown(peer, kind), "this server does not know it yet: " + kind);
        }
      }
      for (int round = 0; round < ROUNDS; round++) {
        List<String> buckets = List.of("a" + round, "b" + round);
        var history = new ConcurrentLinkedQueue<Operation<KvModel.Action>>();
        var permits = new Semaphore(0);
        var start = new CountDownLatch(CLIENTS);
        var clients = new ArrayList<Future<?>>();
        for (int i = 0; i < CLIENTS; i++) {
          var actions = new RandomActions(new Random(seed + 31L * round + i), buckets, kinds);
          var client = new RecordingClient(kv.port("resp"), actions, history);
          clients.add(
              threads.submit(
                  () -> {
                    start.countDown();
                    start.await();
                    client.play(STEPS, permits);
                    return null;
                  }));
        }
        if (killing) {
          var random = new Random(seed - round);
          for (int kill = 0; kill < KILLS; kill++) {
            permits.acquire(CLIENTS * STEPS / KILLS);
            kill(kv, buckets.get(random.nextInt(2))).ifPresent(history::add);
          }
        }
        for (Future<?> client : clients) {
          client.get();
        }
        check(seed, round, List.copyOf(history));
      }
      Counts.check(kv);
    }
  }

  private static boolean isKnown(RespPeer peer, Kind kind) throws IOException {
    String[] words =
        switch (kind) {
          case SET, GET -> new String[] {"HGET", "b", "f"};
          case DELETE -> new String[] {"HDEL", "b", "f"};
          case ADD -> new String[] {"HINCRBY", "b", "f"};
          case SWAP -> new String[] {"KV.CAS", "b"};
          case TRANSACTION -> new String[] {"EXEC"};
        };
    return !String.valueOf(peer.ask(words)).contains("unknown command");
  }

  private static void check(long seed, int round, List<Operation<KvModel.Action>> history) {
    assertThat(Linearizability.holds(new KvModel(), history))
        .as(
            () ->
                "an order that explains round %d of -Ddev.ostler.seed=%d:%n%s"
                    .formatted(
                        round,
                        seed,
                        history.stream()
                            .sorted(Comparator.comparingLong(Operation::called))
                            .map(Operation::toString)
                            .collect(Collectors.joining("\n"))))
        .isTrue();
  }

  /**
   * Kills the bucket's process, if it has one, and waits for its death. The content is lost at one
   * moment between the two: before the kill it was complete, and after the death another process
   * serves the bucket.
   */
  private static Optional<Operation<KvModel.Action>> kill(Kv kv, String name) {
    Optional<Bucket> bucket = kv.lookup(name);
    if (bucket.isEmpty()) {
      return Optional.empty();
    }
    MonitorRef monitor = Self.monitor(bucket.get().pid());
    long called = System.nanoTime();
    bucket.get().pid().exit(ExitReason.KILL);
    Down down = Self.receive(Down.class);
    assertThat(down.ref()).isEqualTo(monitor);
    // Otherwise it had ended before, because it was empty; there may be another process by now.
    return down.reason().equals(ExitReason.KILLED)
        ? Optional.of(
            new Operation<>(
                new KvModel.Action.Loss(name), Optional.of("null"), called, System.nanoTime()))
        : Optional.empty();
  }
}
