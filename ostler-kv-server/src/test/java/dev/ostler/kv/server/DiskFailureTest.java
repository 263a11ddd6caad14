package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.Events;
import dev.ostler.Self;
import dev.ostler.SupervisorReport;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.FaultyStore.Call;
import dev.ostler.kv.journal.FaultyStore.Fault;
import dev.ostler.kv.journal.Journal;
import dev.ostler.kv.journal.JournalTurn;
import dev.ostler.kv.journal.WriteQueue;
import dev.ostler.kv.server.KeptStore.Hold;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A store whose disk is full, fails, or is slow. */
@ExtendWith(OstlerExtension.class)
class DiskFailureTest {
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

  /** Makes the next write fail, and writes something. */
  private void fillTheDisk() throws IOException {
    store.store().fail(Call.APPEND, 1, FaultyStore.ENOSPC);
    RespPeer writer = store.peer();
    assertThat(writer.ask("HSET", "shopping", "eggs", "2").toString()).contains("MISCONF");
  }

  @Nested
  class When_the_disk_is_full {
    @Test
    void replies_that_wait_become_an_error_and_the_connection_is_closed() throws IOException {
      Hold hold = store.hold(Call.APPEND);
      store.store().fail(Call.APPEND, 2, FaultyStore.ENOSPC);
      RespPeer first = store.peer().send("HSET", "shopping", "eggs", "2");
      hold.awaitReached();
      RespPeer second = store.peer().send("HSET", "tools", "saw", "2");
      hold.release();

      assertThat(first.reply()).isEqualTo(1L);
      assertThat(second.reply().toString()).contains("MISCONF");
      assertThat(second.isClosed()).isTrue();
    }

    @Test
    void is_in_INFO() throws IOException {
      assertThat(store.peer().ask("INFO", "persistence").toString())
          .contains("durable:1\r\n", "aof_last_write_status:ok\r\n");
      fillTheDisk();
      assertThat(store.peer().ask("INFO", "persistence").toString())
          .contains("aof_last_write_status:err\r\n");
    }

    @Test
    void later_changes_are_refused_and_say_why() throws IOException {
      fillTheDisk();
      RespPeer client = store.peer();

      assertThat(client.ask("HSET", "tools", "saw", "2").toString())
          .contains("MISCONF", FaultyStore.ENOSPC);
      assertThat(client.ask("SET", "new", "2").toString()).contains("MISCONF");
      assertThat(client.ask("DEL", "tools").toString()).contains("MISCONF");
      assertThat(client.ask("MSET", "a", "1", "b", "2").toString()).contains("MISCONF");
      assertThat(client.ask("FLUSHALL").toString()).contains("MISCONF");
      assertThat(client.ask("MULTI")).isEqualTo("OK");
      assertThat(client.ask("HSET", "tools", "saw", "2")).isEqualTo("QUEUED");
      assertThat(client.ask("EXEC").toString()).contains("MISCONF");
      assertThat(client.ask("PING")).isEqualTo("PONG");
    }

    @Test
    void durable_data_can_be_read() throws IOException {
      store.kv().create("cold").put("k", "v");
      store.rest("cold");
      fillTheDisk();
      RespPeer client = store.peer();

      assertThat(client.ask("HGET", "tools", "hammer")).isEqualTo("1");
      assertThat(client.ask("HGET", "cold", "k")).isEqualTo("v");
      assertThat(client.ask("DBSIZE")).isEqualTo(3L);
      assertThat(client.ask("GET", "none")).isNull();
      assertThat(client.ask("MULTI")).isEqualTo("OK");
      assertThat(client.ask("HGET", "tools", "hammer")).isEqualTo("QUEUED");
      assertThat(client.ask("EXEC").toString()).isEqualTo("[1]");
      assertThat(store.kv().lookup("tools").orElseThrow().get("hammer")).contains("1");
      assertThat(store.kv().names()).containsExactly("cold", "shopping", "tools");
      try (LineClient line = store.line()) {
        assertThat(line.send("GET tools hammer\r\n").lines(2)).containsExactly("1", "OK");
        assertThat(line.ask("GET none k")).isEqualTo("NOT FOUND");
        assertThat(line.ask("PUT tools saw 2")).isEqualTo("ERROR");
      }
    }

    @Test
    void lost_changes_are_not_shown() throws IOException {
      fillTheDisk();

      assertThat(store.peer().ask("HGET", "shopping", "eggs").toString()).contains("MISCONF");
      assertThatThrownBy(() -> store.kv().lookup("shopping").orElseThrow().get("eggs"))
          .isInstanceOf(KvException.NotKept.class);
    }

    @Test
    void the_library_says_so() throws IOException {
      fillTheDisk();
      Bucket tools = store.kv().lookup("tools").orElseThrow();

      assertThatThrownBy(() -> tools.put("saw", "2"))
          .isInstanceOf(KvException.NotKept.class)
          .hasMessageContaining(FaultyStore.ENOSPC);
      assertThatThrownBy(() -> store.kv().create("new")).isInstanceOf(KvException.NotKept.class);
      assertThatThrownBy(() -> store.kv().delete("tools")).isInstanceOf(KvException.NotKept.class);
      assertThat(tools.pid().isAlive()).isTrue();
    }

    @Test
    void all_that_was_answered_is_there_when_it_is_opened_again() throws IOException {
      RespPeer client = store.peer();
      for (int i = 0; i < 20; i++) {
        assertThat(client.ask("HSET", "shopping", "k" + i, "v")).isEqualTo(1L);
      }
      fillTheDisk();
      store.pullThePlug();

      assertThat(store.peer().ask("HLEN", "shopping")).isEqualTo(21L);
      assertThat(store.peer().ask("HSET", "shopping", "eggs", "2")).isEqualTo(1L);
    }
  }

  @Nested
  class When_the_disk_is_full_and_nobody_waits_for_it {
    private final KeptStore store = KeptStore.everySecond();

    @AfterEach
    void close() throws IOException {
      store.close();
    }

    @Test
    void lost_changes_are_not_shown_from_then_on() throws IOException {
      RespPeer client = store.peer();
      assertThat(client.ask("SET", "kept", "1")).isEqualTo("OK");
      assertThat(client.ask("DBSIZE")).isEqualTo(1L); // read from disk
      var hold = new Hold();
      store
          .store()
          .before(
              Call.APPEND,
              1,
              () -> {
                hold.pass(); // else the reply may come when the change is lost already
                throw new IOException(FaultyStore.ENOSPC);
              });
      assertThat(client.ask("SET", "lost", "1")).isEqualTo("OK");
      var reader = new FutureTask<>(() -> Store.of(store.kv()).keyspace().size(true, null));
      waiting(reader);
      hold.release();
      assertThatThrownBy(reader::get).hasCauseInstanceOf(KvException.NotKept.class);

      assertThat(client.ask("DBSIZE")).isEqualTo(1L);
      assertThat(store.peer().ask("GET", "lost").toString()).contains("MISCONF");
      assertThat(store.peer().ask("MGET", "kept", "lost").toString()).contains("MISCONF");
      assertThat(store.peer().ask("MGET", "kept").toString()).isEqualTo("[1]");
      assertThat(store.peer().ask("GET", "kept")).isEqualTo("1");
      assertThat(store.peer().ask("SET", "kept", "2").toString()).contains("MISCONF");
      try (LineClient line = store.line()) {
        assertThat(line.ask("PUT kept k 2")).isEqualTo("ERROR");
      }
      assertThatThrownBy(() -> store.kv().lookup("lost").orElseThrow().size())
          .isInstanceOf(KvException.NotKept.class);
    }

    /** Runs it on another thread, and returns when that waits. */
    private static void waiting(Runnable task) {
      Thread thread = Thread.ofPlatform().start(task);
      while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
  }

  @Nested
  class When_a_bucket_cannot_be_read {
    private RespPeer client;

    @BeforeEach
    void rest() throws IOException {
      store.rest("tools");
      client = store.peer();
    }

    private Object read() throws IOException {
      return client.ask("HGET", "tools", "hammer");
    }

    private String damagedReads() throws IOException {
      String info = String.valueOf(client.ask("INFO", "persistence"));
      return info.lines()
          .filter(each -> each.startsWith("damaged_reads"))
          .findFirst()
          .orElseThrow();
    }

    @Test
    void while_the_disk_is_full_nothing_is_said_to_be_damaged() throws IOException {
      store
          .store()
          .before(
              Call.LOAD,
              1,
              () -> {
                throw new BucketStore.Full("not until there is room");
              });
      try (var logged = new LogLines()) {
        assertThat(read().toString()).contains("not until there is room");
        assertThat(logged.count("cannot be read")).isZero();
      }
      assertThat(damagedReads()).isEqualTo("damaged_reads:0");
      assertThat(read()).isEqualTo("1");
    }

    @Test
    void the_client_is_told_although_there_is_no_memory_to_log_it() throws IOException {
      store.store().fail(Call.LOAD, 1, FaultyStore.EIO);
      try (var log = new FullHeapLog("a part of the store cannot be read")) {
        assertThat(read().toString()).contains(FaultyStore.EIO);
        assertThat(log.messages()).isEqualTo(1);
      }
      assertThat(damagedReads()).isEqualTo("damaged_reads:1");
      assertThat(read()).isEqualTo("1");
    }
  }

  @Nested
  class When_there_is_no_room_for_a_while {
    private void look() {
      JournalTurn.await(TestKv.journal(store.kv()));
    }

    @Test
    void changes_are_refused_and_go_on_when_there_is() throws IOException {
      RespPeer client = store.peer();
      store.store().room(0);
      look();

      assertThat(client.ask("HSET", "tools", "saw", "2").toString())
          .contains("MISCONF", "the disk is full");
      assertThat(client.ask("INFO", "persistence").toString())
          .contains("aof_last_write_status:err\r\n");
      assertThat(client.ask("HGET", "tools", "hammer")).isEqualTo("1");

      store.store().room(Long.MAX_VALUE);
      look();
      assertThat(client.ask("HSET", "tools", "saw", "2")).isEqualTo(1L);
      assertThat(client.ask("INFO", "persistence").toString())
          .contains("aof_last_write_status:ok\r\n");
      store.pullThePlug();
      assertThat(store.peer().ask("HGET", "tools", "saw")).isEqualTo("2");
    }
  }

  @Nested
  class When_a_sync_fails {
    @Test
    void the_store_ends_and_says_why() throws Exception {
      var top = Self.monitor(TestKv.supervisor(store.kv()).pid());
      RespPeer writer = store.peer();
      store.store().fail(Call.SYNC, 1, FaultyStore.EIO);
      writer.send("HSET", "shopping", "eggs", "2");

      assertThat(Self.receive(Down.class, each -> each.ref().equals(top), Duration.ofSeconds(60)))
          .isPresent();
      assertThatThrownBy(() -> store.kv().create("new"))
          .isInstanceOf(KvException.class)
          .hasMessageContaining(FaultyStore.EIO);
      assertThatThrownBy(() -> store.kv().lookup("cold"))
          .isInstanceOf(KvException.Unavailable.class);
    }

    static Stream<Fault> failures() {
      return Stream.of(
          () -> {
            throw new IOException("Read-only file system");
          },
          () -> {
            throw new IllegalStateException("Read-only file system");
          },
          () -> {
            throw new OutOfMemoryError("Read-only file system");
          });
    }

    @ParameterizedTest
    @MethodSource("failures")
    void the_store_ends_and_says_why_though_it_cannot_be_closed(Fault failure) throws Exception {
      var top = Self.monitor(TestKv.supervisor(store.kv()).pid());
      store.store().fail(Call.SYNC, 1, FaultyStore.EIO).before(Call.CLOSE, 1, failure);
      store.peer().send("HSET", "shopping", "eggs", "2");

      assertThat(Self.receive(Down.class, each -> each.ref().equals(top), Duration.ofSeconds(60)))
          .isPresent();
      assertThatThrownBy(() -> store.kv().create("new")).hasMessageContaining(FaultyStore.EIO);
      assertThat(Store.of(store.kv()).isDoubted()).isTrue();
    }

    @Test
    void nothing_is_started_again() throws Exception {
      var pid = TestKv.supervisor(store.kv()).pid();
      var top = Self.monitor(pid);
      var reports = new CopyOnWriteArrayList<String>();
      try (var _ =
          Events.subscribe(
              SupervisorReport.class,
              report -> {
                if (report.pid().equals(pid)) {
                  reports.add(report.toString());
                }
              })) {
        store.store().fail(Call.SYNC, 1, FaultyStore.EIO);
        store.peer().send("HSET", "shopping", "eggs", "2");

        assertThat(Self.receive(Down.class, each -> each.ref().equals(top), Duration.ofSeconds(60)))
            .isPresent();
        assertThat(Events.flush(Duration.ofSeconds(60))).isTrue();
      }
      assertThat(reports).isEmpty();
      assertThat(Store.of(store.kv()).isDoubted()).isTrue();
    }

    @Test
    void no_client_is_told_that_it_was_done() throws IOException {
      RespPeer writer = store.peer();
      store.store().fail(Call.SYNC, 1, FaultyStore.EIO);
      writer.send("HSET", "shopping", "eggs", "2");

      Object reply;
      try {
        reply = writer.reply();
      } catch (IOException e) {
        reply = "MISCONF would have come before the close";
      }
      assertThat(reply.toString()).contains("MISCONF");
    }

    @Test
    void all_that_was_answered_is_there_when_it_is_opened_again() throws IOException {
      RespPeer client = store.peer();
      for (int i = 0; i < 20; i++) {
        assertThat(client.ask("HSET", "shopping", "k" + i, "v")).isEqualTo(1L);
      }
      store.store().fail(Call.SYNC, 1, FaultyStore.EIO);
      client.send("HSET", "shopping", "eggs", "2");
      store.pullThePlug();

      assertThat(store.peer().ask("HLEN", "shopping")).isIn(21L, 22L);
    }
  }

  @Nested
  class When_the_disk_is_slow {
    private static final int LARGE = 1 << 20;
    private static final int WRITERS = 40;

    @Test
    void writers_wait_readers_go_on_and_the_queue_is_bounded() throws Exception {
      Journal journal = TestKv.journal(store.kv());
      // Requests that wait must not be refused because of a small heap.
      assertThat(store.peer().ask("CONFIG", "SET", "maxmemory-clients", "1gb")).isEqualTo("OK");
      Hold hold = store.hold(Call.APPEND);
      var writers = new ArrayList<Future<List<@Nullable Object>>>();
      for (int i = 0; i < WRITERS; i++) {
        String name = "large" + i;
        writers.add(threads.submit(() -> write(name)));
      }
      hold.awaitReached();
      RespPeer reader = store.peer();
      while (!journal.isFull()) { // until the journal's queue is full
        assertThat(reader.ask("HGET", "tools", "hammer")).isEqualTo("1");
      }
      assertThat(reader.ask("HGET", "tools", "hammer")).isEqualTo("1");
      assertThat(journal.waiting()).isLessThan(WriteQueue.MOST_WAITING + (WRITERS + 1L) * LARGE);
      hold.release();

      for (var each : writers) {
        assertThat(of(each)).containsExactly(1L, 1L, 1L);
      }
      assertThat(store.peer().ask("DBSIZE")).isEqualTo(WRITERS + 2L);
    }

    private List<@Nullable Object> write(String name) throws IOException {
      try (RespPeer client = RespPeer.of(store.kv())) {
        String value = "v".repeat(LARGE); // more than fits, but each client waits with one at most
        client.send("HSET", name, "1", value).send("HSET", name, "2", value);
        client.send("HSET", name, "3", value);
        return client.replies(3);
      }
    }
  }
}
