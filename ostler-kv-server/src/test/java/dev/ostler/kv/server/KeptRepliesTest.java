package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore.Call;
import dev.ostler.kv.journal.MemoryStore;
import dev.ostler.kv.server.KeptStore.Hold;
import dev.ostler.kv.server.resp.EventClasses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@link Sync#ALWAYS}, no client is told of a change that a loss of power could undo. */
@ExtendWith(OstlerExtension.class)
class KeptRepliesTest {
  private final KeptStore store = KeptStore.always();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void fill() {
    store.kv().create("shopping").put("milk", "1");
    store.kv().create("tools").put("hammer", "1");
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    threads.close();
  }

  private static <R> R of(Future<R> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  /** A client that has changed something, while the sync is held back, and so is the reply. */
  private Hold heldBack(RespPeer writer) throws IOException {
    Hold hold = store.hold(Call.SYNC);
    writer.send("HSET", "shopping", "eggs", "2");
    hold.awaitReached();
    assertThat(writer.hasHeardNothing()).isTrue();
    return hold;
  }

  @Nested
  class A_reply {
    @Test
    void waits_for_the_sync_of_the_changes_it_tells_of() throws IOException {
      RespPeer writer = store.peer();
      Hold hold = heldBack(writer);
      assertThat(store.disk().unsynced()).isPositive();
      hold.release();

      assertThat(writer.reply()).isEqualTo(1L);
      assertThat(store.disk().unsynced()).isZero();
    }

    @Test
    void of_another_client_waits_for_what_it_has_seen() throws IOException {
      RespPeer reader = store.peer();
      Hold hold = heldBack(store.peer());
      assertThat(reader.ask("HGET", "tools", "hammer")).isEqualTo("1");
      reader.send("HGET", "shopping", "eggs");
      store.peer().ask("HGET", "tools", "hammer");
      assertThat(reader.hasHeardNothing()).isTrue();
      hold.release();

      assertThat(reader.reply()).isEqualTo("2");
    }

    @Test
    void about_buckets_without_pending_changes_is_written_at_once() throws IOException {
      RespPeer writer = store.peer();
      Hold hold = heldBack(writer);

      assertThat(store.peer().ask("HGET", "tools", "hammer")).isEqualTo("1");
      assertThat(store.peer().ask("MGET", "tools")).isEqualTo(Arrays.asList((Object) null));
      assertThat(store.kv().lookup("tools").orElseThrow().get("hammer")).contains("1");
      try (LineClient line = store.line()) {
        assertThat(line.send("GET tools hammer\r\n").lines(2)).containsExactly("1", "OK");
      }
      assertThat(writer.hasHeardNothing()).isTrue();
      hold.release();
    }

    @Test
    void that_depends_on_no_bucket_does_not_wait() throws IOException {
      RespPeer other = store.peer();
      Hold hold = heldBack(store.peer());

      assertThat(other.ask("PING")).isEqualTo("PONG");
      assertThat(other.ask("CONFIG", "GET", "timeout")).isEqualTo(List.of("timeout", "0"));
      assertThat(other.ask("MULTI")).isEqualTo("OK");
      assertThat(other.ask("DISCARD")).isEqualTo("OK");
      hold.release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DBSIZE", "INFO keyspace", "RANDOMKEY", "SCAN 0"})
    void that_depends_on_all_buckets_waits(String command) throws IOException {
      RespPeer other = store.peer();
      Hold hold = heldBack(store.peer());
      other.send(command.split(" "));
      store.peer().ask("HGET", "tools", "hammer");
      assertThat(other.hasHeardNothing()).isTrue();
      hold.release();

      assertThat(other.reply()).isNotNull();
    }

    @Test
    void that_waits_keeps_those_behind_it_in_order() throws IOException {
      RespPeer writer = store.peer();
      Hold hold = heldBack(writer);
      for (int i = 0; i < 100; i++) {
        writer.send("HINCRBY", "shopping", "n", "1").send("ECHO", "e" + i);
        if (i == 50) {
          hold.release();
        }
      }

      assertThat(writer.reply()).isEqualTo(1L);
      for (int i = 0; i < 100; i++) {
        assertThat(writer.replies(2)).containsExactly(i + 1L, "e" + i);
      }
    }

    @Test
    void of_a_transaction_waits_too() throws IOException {
      RespPeer client = store.peer();
      client.send("MULTI").send("HINCRBY", "a", "n", "1").send("HINCRBY", "b", "n", "1");
      assertThat(client.replies(3)).containsExactly("OK", "QUEUED", "QUEUED");
      Hold hold = store.hold(Call.SYNC);
      client.send("EXEC");
      hold.awaitReached();
      assertThat(client.hasHeardNothing()).isTrue();
      hold.release();

      assertThat(client.reply()).isEqualTo(List.of(1L, 1L));
    }

    @Test
    void in_the_line_protocol_waits_too() throws IOException {
      try (LineClient writer = store.line();
          LineClient reader = store.line()) {
        Hold hold = store.hold(Call.SYNC);
        writer.send("PUT shopping eggs 2\r\n");
        hold.awaitReached();
        reader.send("GET tools hammer\r\n");
        assertThat(reader.lines(2)).containsExactly("1", "OK");
        reader.send("GET shopping eggs\r\n");
        assertThat(writer.hasHeardNothing()).isTrue();
        assertThat(reader.hasHeardNothing()).isTrue();
        hold.release();
        assertThat(writer.line()).isEqualTo("OK");
        assertThat(reader.lines(2)).containsExactly("2", "OK");
      }
    }

    @Test
    void within_the_jvm_waits_too() throws Exception {
      Hold hold = store.hold(Call.SYNC);
      var put =
          threads.submit(
              () -> {
                store.kv().lookup("shopping").orElseThrow().put("eggs", "2");
                return true;
              });
      hold.awaitReached();
      var get = threads.submit(() -> store.kv().lookup("shopping").orElseThrow().get("eggs"));
      var create = threads.submit(() -> store.kv().create("third").name());
      assertThat(store.kv().lookup("tools").orElseThrow().get("hammer")).contains("1");
      assertThat(put.isDone() || get.isDone() || create.isDone()).isFalse();
      hold.release();

      assertThat(of(put)).isTrue();
      assertThat(of(get)).contains("2");
      assertThat(of(create)).isEqualTo("third");
    }

    @Test
    void that_a_bucket_is_gone_waits_for_its_end_to_be_kept() throws IOException {
      RespPeer writer = store.peer();
      Hold hold = store.hold(Call.SYNC);
      writer.send("DEL", "shopping");
      hold.awaitReached();
      RespPeer reader = store.peer().send("EXISTS", "shopping");
      store.peer().ask("HGET", "tools", "hammer");
      assertThat(reader.hasHeardNothing() && writer.hasHeardNothing()).isTrue();
      hold.release();

      assertThat(writer.reply()).isEqualTo(1L);
      assertThat(reader.reply()).isEqualTo(0L);
    }
  }

  @Nested
  class A_client_with_a_reply_that_waits {
    @Test
    void may_have_ended_and_the_others_are_served() throws IOException {
      RespPeer gone = store.peer();
      Hold hold = heldBack(gone);
      gone.close();
      RespPeer other = store.peer().send("HSET", "tools", "saw", "2");
      hold.release();

      assertThat(other.reply()).isEqualTo(1L);
      assertThat(other.ask("HGET", "shopping", "eggs")).isEqualTo("2");
    }

    @Test
    void may_be_killed_and_is_told_nothing() throws IOException {
      RespPeer writer = store.peer();
      Hold hold = heldBack(writer);
      var killed = store.client(writer);
      killed.pid().exit(ExitReason.shutdown("killed by the test"));

      assertThat(writer.isClosed()).isTrue();
      hold.release();
      assertThat(store.peer().ask("HGET", "shopping", "eggs")).isEqualTo("2");
    }

    @Test
    void hears_of_it_before_the_store_is_closed() throws Exception {
      RespPeer writer = store.peer();
      Hold hold = heldBack(writer);
      var closed =
          threads.submit(
              () -> {
                store.kv().close();
                return true;
              });
      hold.release();

      assertThat(writer.reply()).isEqualTo(1L);
      assertThat(writer.isClosed()).isTrue();
      assertThat(of(closed)).isTrue();
    }
  }

  @Nested
  class A_listener {
    @Test
    void gets_durable_changes_only() throws IOException {
      RespPeer watcher = store.peer();
      RespPeer events = store.peer();
      RespPeer.server(store.kv()).events().classes(EventClasses.parse("KEA"));
      assertThat(events.ask("PSUBSCRIBE", "__keyspace*__:*")).isNotNull();
      assertThat(watcher.ask("KV.WATCH", "shopping")).isInstanceOf(Long.class);
      RespPeer writer = store.peer();
      Hold hold = heldBack(writer);
      store.peer().ask("HGET", "tools", "hammer");
      assertThat(watcher.hasHeardNothing()).isTrue();
      assertThat(events.hasHeardNothing()).isTrue();
      hold.release();

      assertThat(watcher.reply().toString()).contains("hset", "eggs", "2");
      assertThat(events.reply().toString()).contains("__keyspace@0__:shopping", "hset");
    }

    @Test
    void gets_all_changes_in_order_however_fast_they_come() throws IOException {
      RespPeer watcher = store.peer();
      assertThat(watcher.ask("KV.WATCH", "shopping")).isInstanceOf(Long.class);
      var writers = new ArrayList<RespPeer>();
      for (int i = 0; i < 4; i++) {
        writers.add(store.peer());
      }
      for (int i = 0; i < 500; i++) {
        for (RespPeer writer : writers) {
          writer.send("HINCRBY", "shopping", "n", "1");
        }
      }

      for (int i = 1; i <= 2000; i++) {
        assertThat(watcher.reply().toString()).endsWith("hset, n, " + i + "]");
      }
    }

    @Test
    void gets_no_changes_of_a_failed_callback() throws IOException {
      RespPeer events = store.peer();
      RespPeer.server(store.kv()).events().classes(EventClasses.parse("KEA"));
      assertThat(events.ask("PSUBSCRIBE", "__keyspace*__:*")).isNotNull();
      try {
        Inside.of(
            Store.of(store.kv()).getOrStart("shopping"),
            entries -> {
              entries.apply(new Change.Put("milk", "2"));
              entries.tell('h', "hset");
              throw new IllegalStateException("half-way");
            });
      } catch (KvException.BucketGone e) {
        // as expected
      }
      assertThat(store.peer().ask("DEL", "tools")).isEqualTo(1L);

      assertThat(events.reply().toString()).contains("__keyspace@0__:tools", "del");
    }
  }

  @Nested
  class What_was_answered {
    @Test
    void is_there_after_a_loss_of_power_at_any_moment() throws Exception {
      var writers = new ArrayList<Future<Integer>>();
      for (int i = 0; i < 4; i++) {
        String name = "writer" + i;
        writers.add(threads.submit(() -> count(name)));
      }
      for (int round = 0; round < 20; round++) {
        var answered = new int[4];
        for (int i = 0; i < 4; i++) {
          answered[i] = last.get(i);
        }
        MemoryStore left = store.disk().crashed();
        for (int i = 0; i < 4; i++) {
          int kept =
              left.load("writer" + i)
                  .map(stored -> ((Change.Put) stored.changes().getFirst()).value())
                  .map(Integer::parseInt)
                  .orElse(0);
          assertThat(kept).isGreaterThanOrEqualTo(answered[i]);
        }
        store.peer().ask("HSET", "other", "k", "v");
      }
      stop = true;
      for (Future<Integer> each : writers) {
        assertThat(of(each)).isPositive();
      }
    }

    private final java.util.concurrent.atomic.AtomicIntegerArray last =
        new java.util.concurrent.atomic.AtomicIntegerArray(4);
    private volatile boolean stop;

    private int count(String name) throws IOException {
      int i = 0;
      try (RespPeer client = RespPeer.of(store.kv())) {
        do {
          i++;
          assertThat(client.ask("HINCRBY", name, "n", "1")).isEqualTo((long) i);
          last.set(name.charAt(name.length() - 1) - '0', i);
        } while (!stop);
      }
      return i;
    }
  }

  /** Pipelined, and longer than any buffer. */
  @Test
  void a_pipeline_longer_than_all_buffers_is_answered_in_order() throws Exception {
    RespPeer client = store.peer();
    int count = 3000;
    String value = "v".repeat(100);
    var sent =
        threads.submit(
            () -> {
              var all = new StringBuilder();
              for (int i = 0; i < count; i++) {
                all.append("ECHO ").append(i).append("\r\nSET k").append(i % 7).append(' ');
                all.append(value).append(i).append("\r\nGET k").append(i % 7).append("\r\n");
              }
              client.sendRaw(all.toString().getBytes(StandardCharsets.ISO_8859_1));
              return true;
            });
    for (int i = 0; i < count; i++) {
      assertThat(client.replies(3)).containsExactly("" + i, "OK", value + i);
    }
    assertThat(of(sent)).isTrue();
  }
}
