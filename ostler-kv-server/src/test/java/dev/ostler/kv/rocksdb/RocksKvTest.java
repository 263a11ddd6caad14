package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import dev.ostler.kv.bucket.Counts;
import dev.ostler.kv.server.Resp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A complete store in a directory, with clients on sockets. */
class RocksKvTest {
  private static final int BUCKETS = 5;

  @TempDir private Path folder;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    threads.close();
  }

  private KvConfig config() {
    return config(0);
  }

  private KvConfig config(int port) {
    return KvConfig.durable(folder.resolve("data"), new RocksEngine()).with(Resp.on(port));
  }

  private static <R> List<R> all(List<Future<R>> futures) throws Exception {
    var results = new ArrayList<R>();
    for (Future<R> each : futures) {
      results.add(each.get(60, TimeUnit.SECONDS));
    }
    return results;
  }

  private <R> List<Future<R>> start(int count, java.util.function.IntFunction<Callable<R>> work) {
    var futures = new ArrayList<Future<R>>();
    for (int i = 0; i < count; i++) {
      futures.add(threads.submit(work.apply(i)));
    }
    return futures;
  }

  /** What one client has counted, by bucket: confirmed, and with unknown outcome. */
  private record Counted(HashMap<String, Integer> sure, HashMap<String, Integer> unknown) {}

  private static Counted count(Kv kv, int seed, int times) throws IOException {
    var counted = new Counted(new HashMap<>(), new HashMap<>());
    var random = new Random(seed);
    try (var client = new RespLine(kv.port("resp"))) {
      for (int i = 0; i < times; i++) {
        String name = "counter" + random.nextInt(BUCKETS);
        boolean sure = client.ask("HINCRBY", name, "n", "1") instanceof Long;
        (sure ? counted.sure() : counted.unknown()).merge(name, 1, Integer::sum);
      }
    }
    return counted;
  }

  private static void expect(Kv kv, List<Counted> counted) {
    for (int i = 0; i < BUCKETS; i++) {
      String name = "counter" + i;
      int sure = counted.stream().mapToInt(each -> each.sure().getOrDefault(name, 0)).sum();
      int unknown = counted.stream().mapToInt(each -> each.unknown().getOrDefault(name, 0)).sum();
      int found = Integer.parseInt(kv.lookup(name).orElseThrow().get("n").orElseThrow());
      assertThat(found).as(name).isBetween(sure, sure + unknown);
    }
  }

  @Nested
  class Buckets_whose_processes_are_killed {
    @Test
    void under_load_come_back_and_are_the_same_when_it_is_opened_again() throws Exception {
      List<Counted> counted;
      try (Kv kv = Kv.open(config().sync(Sync.ALWAYS))) {
        List<Future<Counted>> clients = start(8, seed -> () -> count(kv, seed, 150));
        var random = new Random(1);
        while (clients.stream().anyMatch(each -> !each.isDone())) {
          kv.lookup("counter" + random.nextInt(BUCKETS))
              .ifPresent(bucket -> bucket.pid().exit(ExitReason.KILL));
          Thread.yield();
        }
        counted = all(clients);
        expect(kv, counted);
        Counts.check(kv);
      }
      try (Kv kv = Kv.open(config())) {
        expect(kv, counted);
      }
    }
  }

  @Nested
  class With_little_room_in_memory {
    @Test
    void no_change_is_lost_or_made_twice_when_buckets_leave_and_come_back() throws Exception {
      List<Counted> counted;
      try (Kv kv = Kv.open(config().residentBytes(0))) {
        counted = all(start(8, seed -> () -> count(kv, seed, 2000)));
        expect(kv, counted);
      }
      assertThat(counted).allMatch(each -> each.unknown().isEmpty());
      try (Kv kv = Kv.open(config())) {
        expect(kv, counted);
      }
    }

    @Test
    void many_more_buckets_than_fit_are_written_and_read() throws Exception {
      int count = 20_000;
      try (Kv kv = Kv.open(config().residentBytes(100_000));
          var client = new RespLine(kv.port("resp"))) {
        for (int i = 0; i < count; i++) {
          client.add("HSET", "bucket" + i, "k", "v" + i, "other", "x");
          if (i % 500 == 499) {
            client.send();
            for (int reply = 0; reply < 500; reply++) {
              assertThat(client.reply()).isEqualTo(2L);
            }
          }
        }
        var random = new Random(2);
        for (int i = 0; i < 1000; i++) {
          int n = random.nextInt(count);
          assertThat(client.ask("HGET", "bucket" + n, "k")).isEqualTo("v" + n);
        }
        assertThat(client.ask("DBSIZE")).isEqualTo((long) count);
        assertThat(client.ask("FLUSHALL")).isEqualTo("OK");
        assertThat(client.ask("DBSIZE")).isEqualTo(0L);
        assertThat(client.ask("HLEN", "bucket7")).isEqualTo(0L);
      }
      try (Kv kv = Kv.open(config())) {
        assertThat(kv.names()).isEmpty();
      }
    }
  }

  @Nested
  class Opened_again {
    @Test
    void it_has_all_kinds_of_buckets_and_their_times() throws Exception {
      try (Kv kv = Kv.open(config());
          var client = new RespLine(kv.port("resp"))) {
        client.ask("SET", "text", "t");
        client.ask("PEXPIREAT", "text", "9999999999999");
        client.ask("HSET", "hash", "a", "1", "b", "2");
        client.ask("HPEXPIREAT", "hash", "8888888888888", "FIELDS", "1", "a");
        client.ask("KV.CREATE", "empty");
        client.ask("SET", "soon", "over", "PX", "1");
        client.ask("RENAME", "hash", "renamed");
        client.ask("COPY", "renamed", "copy");
      }
      try (Kv kv = Kv.open(config());
          var client = new RespLine(kv.port("resp"))) {
        assertThat(client.ask("PEXPIRETIME", "text")).isEqualTo(9999999999999L);
        assertThat(client.ask("GET", "soon")).isNull();
        for (String name : List.of("renamed", "copy")) {
          assertThat(client.ask("HGET", name, "b")).isEqualTo("2");
          assertThat(client.ask("HPEXPIRETIME", name, "FIELDS", "2", "a", "b"))
              .isEqualTo(List.of(8888888888888L, -1L));
        }
        assertThat(kv.names()).containsExactly("copy", "empty", "renamed", "text");
      }
    }

    @Test
    void after_its_port_was_taken_its_directory_is_free() throws IOException {
      try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        assertThatThrownBy(() -> Kv.open(config(taken.getLocalPort())))
            .isInstanceOf(KvException.CannotListen.class);
      }
      try (Kv kv = Kv.open(config())) {
        assertThat(kv.names()).isEmpty();
      }
    }

    @Test
    void while_it_is_open_it_is_refused() {
      try (Kv _ = Kv.open(config())) {
        assertThatThrownBy(() -> Kv.open(config())).isInstanceOf(KvException.NotReadable.class);
      }
    }
  }
}
