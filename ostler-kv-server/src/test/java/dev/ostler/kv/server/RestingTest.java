package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Down;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.Sys;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Buckets of a durable store leave memory when they are not used. */
@ExtendWith(OstlerExtension.class)
class RestingTest {
  private static final long LITTLE = 64 * 1024;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private KeptStore store = KeptStore.everySecond();

  @AfterEach
  void close() throws IOException {
    store.close();
    threads.close();
  }

  /** Sets how many bytes buckets may take in memory. */
  private void room(long bytes) throws IOException {
    store.close();
    store = new KeptStore(config -> config.residentBytes(bytes));
  }

  private static <R> R of(Future<R> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private long memory() {
    return Store.of(store.kv()).environment().memory().sum();
  }

  /** Waits until the bucket has left memory by itself. */
  private void awaitRest(String name) {
    BucketRef bucket = Store.of(store.kv()).keyspace().table().living(name);
    if (bucket != null) {
      awaitEnd(bucket);
    }
    assertThat(store.isInMemory(name)).isFalse();
  }

  private static void awaitEnd(BucketRef bucket) {
    var ref = Self.monitor(bucket.pid());
    assertThat(Self.receive(Down.class, down -> down.ref().equals(ref), Duration.ofSeconds(60)))
        .isPresent();
    assertThat(bucket.pid().isAlive()).isFalse(); // so all others have been told, too
  }

  /** Waits until this little is left in memory; the steward works when its timer fires. */
  private void awaitMemory(long most) {
    while (memory() > most) {
      awaitSteward();
      awaitRegistry();
    }
  }

  private static void awaitSteward() {
    Pid steward =
        Processes.list().stream()
            .filter(pid -> pid.isAlive() && pid.label().equals("kv steward"))
            .findFirst()
            .orElseThrow();
    var looked = new CountDownLatch(1);
    Sys.install(
        steward,
        looked,
        looked,
        (latch, event) -> {
          latch.countDown();
          return Optional.of(latch);
        });
    try {
      assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Sys.remove(steward, looked);
  }

  /** Waits until the registry has noticed all ended buckets. */
  private void awaitRegistry() {
    var _ = Sys.getState(TestKv.registry(store.kv()).orElseThrow());
  }

  @Nested
  class A_bucket_that_has_left_memory {
    @Test
    void comes_back_with_all_it_had() throws IOException {
      RespPeer client = store.peer();
      assertThat(client.ask("HSET", "hash", "a", "1", "b", "2")).isEqualTo(2L);
      assertThat(client.ask("HPEXPIREAT", "hash", "9999999999999", "FIELDS", "1", "b").toString())
          .isEqualTo("[1]");
      assertThat(client.ask("SET", "text", "t", "PXAT", "9999999999999")).isEqualTo("OK");
      assertThat(client.ask("KV.CREATE", "empty")).isEqualTo("OK");
      assertThat(client.ask("PEXPIREAT", "hash", "8888888888888")).isEqualTo(1L);
      long seq = Inside.of(Store.of(store.kv()).getOrStart("hash"), Entries::seq);
      for (String name : List.of("hash", "text", "empty")) {
        store.rest(name);
        assertThat(store.isInMemory(name)).isFalse();
      }

      assertThat(client.ask("HGETALL", "hash").toString()).contains("a", "1", "b", "2");
      assertThat(client.ask("HPEXPIRETIME", "hash", "FIELDS", "2", "a", "b").toString())
          .isEqualTo("[-1, 9999999999999]");
      assertThat(client.ask("PEXPIRETIME", "hash")).isEqualTo(8888888888888L);
      assertThat(client.ask("GET", "text")).isEqualTo("t");
      assertThat(client.ask("PEXPIRETIME", "text")).isEqualTo(9999999999999L);
      assertThat(client.ask("EXISTS", "empty")).isEqualTo(1L);
      assertThat(Inside.of(Store.of(store.kv()).getOrStart("hash"), Entries::seq)).isEqualTo(seq);
    }

    @Test
    void comes_back_for_the_holder_of_its_handle() {
      Bucket bucket = store.kv().create("shopping");
      bucket.put("milk", "1");
      store.rest("shopping");
      bucket.put("eggs", "2");
      store.rest("shopping");

      assertThat(bucket.entries()).isEqualTo(java.util.Map.of("milk", "1", "eggs", "2"));
    }

    @Test
    void is_changed_by_a_transaction_with_one_that_has_not() throws IOException {
      RespPeer client = store.peer();
      assertThat(client.ask("MSET", "a", "1", "b", "1", "c", "1")).isEqualTo("OK");
      store.rest("b");
      client.send("MULTI").send("INCR", "a").send("INCR", "b").send("DBSIZE").send("EXEC");
      assertThat(client.replies(4)).hasSize(4);

      assertThat(client.reply().toString()).isEqualTo("[2, 2, 3]");
    }

    @Test
    void is_not_looked_for_twice_when_it_is_in_memory() throws IOException {
      RespPeer client = store.peer();
      assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
      store.rest("a");
      assertThat(client.ask("GET", "a")).isEqualTo("1");
      int loads = store.store().calls(Call.LOAD);
      assertThat(client.ask("GET", "a")).isEqualTo("1");
      assertThat(store.store().calls(Call.LOAD)).isEqualTo(loads);
    }
  }

  @Nested
  class When_there_is_little_room {
    @Test
    void buckets_that_are_not_used_leave() throws IOException {
      room(0);
      assertThat(store.peer().ask("SET", "a", "1")).isEqualTo("OK");
      awaitRest("a");

      assertThat(store.peer().ask("GET", "a")).isEqualTo("1");
    }

    @Test
    void a_bucket_with_a_listener_stays() throws IOException {
      room(0);
      RespPeer watcher = store.peer();
      RespPeer client = store.peer();
      assertThat(client.ask("MSET", "a", "1", "b", "1")).isEqualTo("OK");
      while (!(watcher.ask("KV.WATCH", "a") instanceof Long)) {
        // It was just leaving.
      }
      Object pid = store.pid("a");
      for (int i = 0; i < 3; i++) {
        assertThat(client.ask("SET", "b", "" + i)).isEqualTo("OK");
        awaitRest("b");
      }

      assertThat(store.pid("a")).isEqualTo(pid);
      assertThat(client.ask("SET", "a", "2")).isEqualTo("OK");
      assertThat(watcher.reply().toString()).contains("set", "2");
    }

    @Test
    void memory_stays_bounded_with_many_more_buckets_than_fit() throws IOException {
      room(LITTLE);
      RespPeer client = store.peer();
      int count = 5000;
      for (int i = 0; i < count; i++) {
        client.send("HSET", "bucket" + i, "k", "v".repeat(50));
        if (i % 100 == 99) {
          client.replies(100);
        }
      }
      awaitMemory(LITTLE);
      for (int i = 0; i < count; i += 7) {
        assertThat(client.ask("HLEN", "bucket" + i)).isEqualTo(1L);
      }
      assertThat(client.ask("DBSIZE")).isEqualTo((long) count);
      awaitMemory(LITTLE);
    }

    @Test
    void no_operation_is_lost_or_done_twice() throws Exception {
      room(0);
      var resting = new AtomicBoolean(true);
      var stress =
          threads.submit(
              () -> {
                RespPeer peer = store.peer();
                while (resting.get()) {
                  for (int i = 0; i < 5; i++) {
                    BucketRef bucket =
                        Store.of(store.kv()).keyspace().table().living("counter" + i);
                    if (bucket != null) {
                      bucket.evict();
                    }
                  }
                  peer.ask("PING"); // others have their turn
                }
                return true;
              });
      var clients = new ArrayList<Future<HashMap<String, Integer>>>();
      for (int i = 0; i < 8; i++) {
        int seed = i;
        clients.add(threads.submit(() -> count(seed)));
      }
      var sums = new HashMap<String, Integer>();
      try {
        for (var client : clients) {
          of(client).forEach((name, count) -> sums.merge(name, count, Integer::sum));
        }
      } finally {
        resting.set(false);
      }
      assertThat(of(stress)).isTrue();

      RespPeer reader = store.peer();
      for (int i = 0; i < 5; i++) {
        assertThat(reader.ask("HGET", "counter" + i, "n")).isEqualTo("" + sums.get("counter" + i));
      }
      store.reopen();
      for (int i = 0; i < 5; i++) {
        assertThat(store.peer().ask("HGET", "counter" + i, "n"))
            .isEqualTo("" + sums.get("counter" + i));
      }
    }

    private HashMap<String, Integer> count(int seed) throws IOException {
      var counts = new HashMap<String, Integer>();
      var random = new java.util.Random(seed);
      try (RespPeer client = RespPeer.of(store.kv())) {
        for (int i = 0; i < 400; i++) {
          String name = "counter" + random.nextInt(5);
          assertThat(client.ask("HINCRBY", name, "n", "1")).isInstanceOf(Long.class);
          counts.merge(name, 1, Integer::sum);
        }
      }
      return counts;
    }
  }

  @Nested
  class What_buckets_take {
    @Test
    void is_nothing_once_all_have_left_however_they_have() throws IOException {
      RespPeer client = store.peer();
      for (int i = 0; i < 3; i++) { // from now on all buckets share the name of this field
        assertThat(client.ask("HSET", "before" + i, "k", "v")).isEqualTo(1L);
      }
      assertThat(client.ask("FLUSHALL")).isEqualTo("OK");
      for (int i = 0; i < 50; i++) {
        assertThat(client.ask("HSET", "b" + i, "k", "v")).isEqualTo(1L);
      }
      long all = memory();
      for (int i = 0; i < 50; i += 2) {
        store.kill("b" + i);
        store.rest("b" + (i + 1));
      }
      awaitNothing();
      for (int i = 0; i < 50; i++) {
        assertThat(client.ask("HGET", "b" + i, "k")).isEqualTo("v");
      }
      assertThat(memory()).isEqualTo(all);
      assertThat(client.ask("FLUSHALL")).isEqualTo("OK");
      awaitNothing();
    }

    @Test
    void is_not_what_a_callback_added_that_failed() throws IOException {
      BucketRef bucket = TestKv.created(store.kv(), "shopping");
      try {
        Inside.of(
            bucket,
            entries -> {
              entries.apply(new Change.Put("k", "v".repeat(1000)));
              throw new IllegalStateException("half-way");
            });
      } catch (KvException.BucketGone e) {
        // as expected
      }
      awaitNothing();
    }

    private void awaitNothing() {
      var there = new ArrayList<BucketRef>();
      Store.of(store.kv()).keyspace().table().forEachProcess(there::add);
      there.forEach(RestingTest::awaitEnd);
      awaitRegistry();
      assertThat(memory()).isZero();
    }
  }
}
