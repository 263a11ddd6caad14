package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.MemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Deadlines, names and numbers of buckets in a durable store, in memory or not. */
@ExtendWith(OstlerExtension.class)
class KeptExpiryTest {
  private MemoryStore disk = new MemoryStore();
  private TimedStore store;

  @BeforeEach
  void begin() throws IOException {
    store = open(config -> config);
  }

  private TimedStore open(java.util.function.UnaryOperator<KvConfig> settings) throws IOException {
    return new TimedStore(settings.apply(KeptStore.config(new FaultyStore(disk))).with(Resp.on(0)));
  }

  private void reopen() throws IOException {
    store.close();
    disk = disk.reopened();
    store = open(config -> config);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  private void rest(String name) {
    BucketRef bucket = Store.of(store.kv()).keyspace().table().living(name);
    if (bucket != null) {
      bucket.evict();
      try {
        Inside.of(bucket, Entries::exists);
      } catch (KvException.BucketGone e) {
        // It has left memory.
      }
    }
  }

  private boolean isInMemory(String name) {
    return Store.of(store.kv()).keyspace().table().living(name) != null;
  }

  @Nested
  class A_time_that_was_set {
    @Test
    void is_there_when_the_store_is_opened_again() throws IOException {
      does("SET text t PX 5000");
      does("HSET hash a 1 b 2");
      does("HPEXPIRE hash 3000 FIELDS 1 a");
      reopen(); // the test's clock starts again, too

      assertThat(does("PTTL text")).isEqualTo(5000L);
      assertThat(does("HPTTL hash FIELDS 2 a b").toString()).isEqualTo("[3000, -1]");
      store.pass(3000);
      assertThat(does("HGETALL hash").toString()).isEqualTo("[b, 2]");
      store.pass(2000);
      assertThat(does("GET text")).isNull();
      assertThat(does("DBSIZE")).isEqualTo(1L);
    }

    @Test
    void ends_a_bucket_that_was_not_used_since() throws IOException {
      does("SET text t PX 5000");
      does("SET other t");
      reopen();
      assertThat(isInMemory("text")).isFalse();
      store.passUnnoticed(5000);
      assertThat(does("KEYS *").toString()).isEqualTo("[other]"); // no reply shows it
      store.letStewardWork();
      assertThat(disk.size()).isEqualTo(1);
    }

    @Test
    void ends_a_key_of_a_bucket_that_is_not_in_memory() throws IOException {
      does("HSET hash a 1 b 2");
      does("HPEXPIRE hash 3000 FIELDS 1 a");
      rest("hash");
      assertThat(isInMemory("hash")).isFalse();
      store.passUnnoticed(3000);
      store.letStewardWork();
      assertThat(disk.load("hash").orElseThrow().changes()).hasSize(1);
      assertThat(does("HGETALL hash").toString()).isEqualTo("[b, 2]");
    }

    @Test
    void is_not_stopped_by_a_bucket_that_cannot_be_read() throws IOException {
      var faulty = new FaultyStore(disk);
      store.close();
      disk = disk.reopened();
      var second = new FaultyStore(disk);
      store = new TimedStore(KeptStore.config(second).with(Resp.on(0)));
      does("SET bad t PX 1000");
      does("SET good t PX 2000");
      rest("bad");
      rest("good");
      does("DBSIZE");
      for (int i = 1; i < 50; i++) {
        second.before(
            FaultyStore.Call.LOAD,
            i,
            () -> {
              throw new IOException(FaultyStore.EIO);
            });
      }
      store.passUnnoticed(3000);
      while (disk.size() > 0) { // it must retry, because the disk fails often
        store.letStewardWork();
      }
      assertThat(faulty.size()).isZero();
    }

    @Test
    void is_heeded_though_the_disk_has_failed() throws IOException {
      store.close();
      var faulty = new FaultyStore(disk = disk.reopened());
      store = new TimedStore(KeptStore.config(faulty).with(Resp.on(0)));
      does("SET text t PX 1000");
      does("HSET hash a 1 b 2");
      does("HPEXPIRE hash 1000 FIELDS 1 a");
      assertThat(does("DBSIZE")).isEqualTo(2L);
      faulty.fail(FaultyStore.Call.APPEND, 1, FaultyStore.ENOSPC);
      try (var other = RespPeer.of(store.kv())) { // which is disconnected if its reply had to wait
        while (!other.ask("SET", "other", "t").toString().startsWith("Failure[text=MISCONF")) {
          // It will fail in a moment.
        }
      }
      store.pass(1000);

      assertThat(does("GET text")).isNull();
      assertThat(does("GET text")).isNull();
      assertThat(does("HGETALL hash").toString()).isEqualTo("[b, 2]");
      rest("hash");
      assertThat(does("HGETALL hash").toString()).isEqualTo("[b, 2]");
    }
  }

  @Nested
  class Names_and_numbers {
    @Test
    void agree_with_what_is_kept_right_after_a_write() throws IOException {
      for (int i = 1; i <= 100; i++) {
        does("SET key" + i + " v");
        if (i % 2 == 0) {
          rest("key" + i);
        }
        assertThat(does("DBSIZE")).isEqualTo((long) i);
        assertThat(((List<?>) does("KEYS *")).contains("key" + i)).isTrue();
        assertThat(does("RANDOMKEY").toString()).startsWith("key");
      }
      var all = new ArrayList<Object>();
      String cursor = "0";
      do {
        List<?> page = (List<?>) does("SCAN " + cursor + " COUNT 7");
        cursor = (String) page.getFirst();
        all.addAll((List<?>) page.getLast());
      } while (!cursor.equals("0"));
      assertThat(all).hasSize(100).doesNotHaveDuplicates();
      for (int i = 100; i > 0; i--) {
        does("DEL key" + i);
        assertThat(does("DBSIZE")).isEqualTo(i - 1L);
      }
      assertThat(does("RANDOMKEY")).isNull();
    }

    @Test
    void are_asked_for_within_a_transaction() throws IOException {
      does("SET a 1");
      does("MULTI");
      does("SET a 2");
      does("DBSIZE");
      does("RANDOMKEY");
      does("SCAN 0");

      assertThat(does("EXEC").toString()).isEqualTo("[OK, 1, a, [0, [a]]]");
    }

    @Test
    void limits_count_buckets_that_are_not_in_memory() throws IOException {
      store.close();
      disk = disk.reopened();
      store = open(config -> config.maxBuckets(10));
      for (int i = 0; i < 10; i++) {
        assertThat(does("SET key" + i + " v")).isEqualTo("OK");
        if (i % 3 != 0) {
          rest("key" + i);
        }
      }
      assertThat(does("SET more v").toString()).contains("limit");
      assertThat(does("SET key1 v")).isEqualTo("OK");
      assertThat(does("DEL key2")).isEqualTo(1L);
      assertThat(does("SET more v")).isEqualTo("OK");
      assertThat(does("SET evenmore v").toString()).contains("limit");
    }
  }

  @Nested
  class Flushing {
    @Test
    void drops_buckets_in_memory_and_others_without_reading_them() throws IOException {
      store.close();
      var faulty = new FaultyStore(disk = disk.reopened());
      store = new TimedStore(KeptStore.config(faulty).with(Resp.on(0)));
      for (int i = 0; i < 2500; i++) {
        store.peer().send("SET", "key" + i, "v", "PX", "100000");
      }
      store.peer().replies(2500);
      for (int i = 0; i < 2500; i++) {
        if (i % 5 != 0) {
          rest("key" + i);
        }
      }
      int loads = faulty.calls(FaultyStore.Call.LOAD);

      assertThat(does("FLUSHALL")).isEqualTo("OK");
      assertThat(faulty.calls(FaultyStore.Call.LOAD)).isEqualTo(loads);
      assertThat(does("DBSIZE")).isEqualTo(0L);
      assertThat(does("GET key1")).isNull();
      assertThat(does("SET key1 new")).isEqualTo("OK");
      reopen();
      assertThat(does("KEYS *").toString()).isEqualTo("[key1]");
      assertThat(disk.nextDue()).isZero();
    }

    @Test
    void within_a_transaction_drops_those_that_it_holds_too() throws IOException {
      does("MSET a 1 b 2 c 3 d 4");
      rest("b");
      rest("c");
      does("MULTI");
      does("SET a 5");
      does("GET b");
      does("FLUSHALL");
      does("SET b 6");

      assertThat(does("EXEC").toString()).isEqualTo("[OK, 2, OK, OK]");
      assertThat(does("MGET a b c d").toString()).isEqualTo("[null, 6, null, null]");
      assertThat(does("DBSIZE")).isEqualTo(1L);
    }

    @Test
    void by_many_at_once_with_writers_in_between_ends() throws Exception {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var all = new ArrayList<Future<Boolean>>();
        for (int i = 0; i < 8; i++) {
          boolean flushes = i % 2 == 0;
          String name = "key" + i;
          all.add(threads.submit(() -> work(flushes, name)));
        }
        for (Future<Boolean> each : all) {
          assertThat(each.get()).isTrue();
        }
      }
      assertThat(does("FLUSHALL")).isEqualTo("OK");
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }

    private Boolean work(boolean flushes, String name) throws IOException {
      try (RespPeer client = RespPeer.of(store.kv())) {
        for (int i = 0; i < 50; i++) {
          if (flushes) {
            assertThat(client.ask("FLUSHALL")).isEqualTo("OK");
          } else {
            assertThat(client.ask("SET", name + i, "v")).isEqualTo("OK");
            rest(name + i);
            assertThat(client.ask("GET", name + i)).isIn("v", null);
          }
        }
      }
      return true;
    }
  }
}
