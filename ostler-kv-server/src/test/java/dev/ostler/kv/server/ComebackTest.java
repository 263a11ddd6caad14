package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.journal.FaultyStore.Call;
import dev.ostler.kv.server.KeptStore.Hold;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Buckets of a durable store whose processes end. */
@ExtendWith(OstlerExtension.class)
class ComebackTest {
  private final KeptStore store = KeptStore.everySecond();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() throws IOException {
    store.close();
    threads.close();
  }

  private static <R> R of(Future<R> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Nested
  class A_bucket_that_was_killed {
    @Test
    void is_found_with_its_data() {
      store.kv().create("shopping").put("milk", "1");
      store.kill("shopping");

      assertThat(store.kv().lookup("shopping").orElseThrow().get("milk")).contains("1");
    }

    @Test
    void is_there_for_the_holder_of_its_handle() {
      Bucket bucket = store.kv().create("shopping");
      bucket.put("milk", "1");
      store.kill("shopping");

      assertThat(bucket.get("milk")).contains("1");
      store.kill("shopping");
      bucket.put("eggs", "2");
      store.kill("shopping");
      assertThat(bucket.size()).isEqualTo(2);
      store.kill("shopping");
      assertThat(bucket.delete("milk")).contains("1");
      store.kill("shopping");
      assertThat(bucket.entries()).containsOnlyKeys("eggs");
    }

    @Test
    void is_there_in_the_line_protocol() throws IOException {
      try (LineClient client = store.line()) {
        assertThat(client.ask("CREATE shopping")).isEqualTo("OK");
        for (int i = 0; i < 5; i++) {
          assertThat(client.ask("PUT shopping key" + i + " " + i)).isEqualTo("OK");
          store.kill("shopping");
          assertThat(client.send("GET shopping key" + i + "\r\n").lines(2))
              .containsExactly("" + i, "OK");
          store.kill("shopping");
        }
        assertThat(client.ask("DELETE shopping key0")).isEqualTo("OK");
      }
      assertThat(store.kv().lookup("shopping").orElseThrow().size()).isEqualTo(4);
    }

    @Test
    void can_be_subscribed_to_again() throws IOException {
      try (LineClient writer = store.line();
          LineClient client = store.line()) {
        assertThat(writer.ask("CREATE shopping")).isEqualTo("OK");
        store.kill("shopping");
        assertThat(client.send("SUBSCRIBE none\r\nSUBSCRIBE shopping\r\n").line())
            .isEqualTo("NOT FOUND");
        String heard = null;
        for (int i = 0; heard == null; i++) { // there is no reply to a subscription
          assertThat(writer.ask("PUT shopping milk " + i)).isEqualTo("OK");
          heard = client.hasHeardNothing() ? null : client.line();
        }
        assertThat(heard).startsWith("milk SET TO ");
      }
    }

    @Test
    void is_there_in_resp() throws IOException {
      RespPeer client = store.peer();
      for (int i = 1; i <= 5; i++) {
        assertThat(client.ask("HINCRBY", "hash", "n", "1")).isEqualTo((long) i);
        assertThat(client.ask("APPEND", "text", "x")).isEqualTo((long) i);
        store.kill("hash");
        store.kill("text");
        assertThat(client.ask("GET", "text")).isEqualTo("x".repeat(i));
        store.kill("text");
      }
      assertThat(client.ask("DEL", "hash", "text")).isEqualTo(2L);
    }

    @Test
    void that_is_deleted_does_not_come_back() throws IOException {
      Bucket bucket = store.kv().create("shopping");
      store.kill("shopping");
      assertThat(store.kv().delete("shopping")).isTrue();
      assertThat(store.kv().delete("shopping")).isFalse();

      assertThat(store.kv().lookup("shopping")).isEmpty();
      assertThatThrownBy(bucket::size).isInstanceOf(KvException.BucketGone.class);
      store.reopen();
      assertThat(store.kv().lookup("shopping")).isEmpty();
    }

    @Test
    void is_deleted_though_it_is_not_in_memory() {
      store.kv().create("shopping");
      store.rest("shopping");

      assertThat(store.kv().delete("shopping")).isTrue();
      assertThat(store.kv().names()).isEmpty();
    }

    @Test
    void again_and_again_affects_no_other_client() throws Exception {
      RespPeer other = store.peer();
      Future<Integer> crashes =
          threads.submit(
              () -> {
                try (RespPeer client = RespPeer.of(store.kv())) {
                  for (int i = 1; i <= 300; i++) {
                    assertThat(client.ask("HINCRBY", "crashing", "n", "1")).isEqualTo((long) i);
                    store.kill("crashing");
                  }
                }
                return 300;
              });
      long sum = 0;
      while (!crashes.isDone()) {
        assertThat(other.ask("HINCRBY", "calm", "n", "1")).isEqualTo(++sum);
      }

      assertThat(of(crashes)).isEqualTo(300);
      assertThat(other.ask("HGET", "calm", "n")).isEqualTo("" + sum);
    }

    @Test
    void under_its_clients_gives_them_an_answer_or_an_error_and_then_the_same_data()
        throws Exception {
      int clients = 8;
      var counts = new java.util.ArrayList<Future<long[]>>();
      for (int i = 0; i < clients; i++) {
        counts.add(threads.submit(() -> count(300)));
      }
      while (counts.stream().anyMatch(each -> !each.isDone())) {
        store.kill("counter");
        Thread.yield();
      }
      long done = 0;
      long unknown = 0;
      for (Future<long[]> each : counts) {
        done += of(each)[0];
        unknown += of(each)[1];
      }

      long found = Long.parseLong((String) store.peer().ask("HGET", "counter", "n"));
      assertThat(found).isBetween(done, done + unknown);
      assertThat(count(1)).containsExactly(1, 0); // nobody kills it any more
    }

    /** Counts that were confirmed, and counts with unknown outcome. */
    private long[] count(int times) throws IOException {
      long[] counted = new long[2];
      try (RespPeer client = RespPeer.of(store.kv())) {
        for (int i = 0; i < times; i++) {
          Object reply = client.ask("HINCRBY", "counter", "n", "1");
          if (reply instanceof Long) {
            counted[0]++;
          } else {
            assertThat(reply.toString()).contains("the command may or may not have been done");
            counted[1]++;
          }
        }
      }
      return counted;
    }
  }

  @Nested
  class A_bucket_whose_removal_waits_for_the_disk {
    private final Hold disk = begin();

    private Hold begin() {
      store.kv().create("shopping").put("milk", "1");
      store.kv().create("other").put("milk", "1");
      assertThat(store.kv().names()).hasSize(2); // on disk
      return store.hold(Call.APPEND);
    }

    @AfterEach
    void release() {
      disk.release();
    }

    private void remove(String name) {
      Pid process = store.pid(name);
      assertThat(store.kv().delete(name)).isTrue();
      process.exit(ExitReason.KILL);
    }

    private Optional<Bucket> lookup(String name) throws Exception {
      return of(threads.submit(() -> store.kv().lookup(name)));
    }

    @Test
    void is_not_waited_for() throws Exception {
      remove("shopping");

      assertThat(lookup("shopping")).isEmpty();
    }

    @Test
    void is_not_waited_for_if_a_command_removed_several() throws Exception {
      Pid shopping = store.pid("shopping");
      Pid other = store.pid("other");
      assertThat(store.peer().ask("DEL", "shopping", "other")).isEqualTo(2L);
      shopping.exit(ExitReason.KILL);
      other.exit(ExitReason.KILL);

      assertThat(lookup("shopping")).isEmpty();
      assertThat(lookup("other")).isEmpty();
    }

    @Test
    void is_not_waited_for_if_it_was_not_in_memory() throws Exception {
      store.rest("shopping");
      store.rest("other");
      RespPeer client = store.peer();
      var flush = threads.submit(() -> client.ask("FLUSHALL"));
      disk.awaitReached();

      assertThat(lookup("shopping")).isEmpty();
      disk.release();
      assertThat(of(flush)).isEqualTo("OK");
    }

    @Test
    void can_be_created_again_meanwhile() throws Exception {
      remove("shopping");
      of(threads.submit(() -> store.kv().create("shopping"))).put("eggs", "2");
      disk.release();

      store.reopen();
      assertThat(store.kv().lookup("shopping").orElseThrow().entries()).containsOnlyKeys("eggs");
    }

    @Test
    void is_waited_for_if_it_was_created_again() throws Exception {
      remove("shopping");
      of(threads.submit(() -> store.kv().create("shopping"))).put("eggs", "2");
      store.rest("shopping");
      var found = threads.submit(() -> store.kv().lookup("shopping").orElseThrow().entries());
      disk.release();

      assertThat(of(found)).containsOnlyKeys("eggs");
    }
  }

  @Nested
  class What_a_callback_changed {
    @Test
    void before_it_threw_is_not_kept() {
      Bucket bucket = store.kv().create("shopping");
      bucket.put("milk", "1");

      assertThatThrownBy(
              () ->
                  Inside.of(
                      TestKv.created(store.kv(), "shopping"),
                      entries -> {
                        entries.apply(new Change.Put("milk", "2"));
                        throw new IllegalStateException("half-way");
                      }))
          .isInstanceOf(KvException.BucketGone.class);

      assertThat(bucket.get("milk")).contains("1");
    }

    @Test
    void before_it_was_killed_is_not_kept_once_it_was_read_again() throws Exception {
      Bucket bucket = store.kv().create("shopping");
      bucket.put("milk", "1");
      var hold = new Hold();
      Future<Boolean> zombie =
          threads.submit(
              () ->
                  Inside.of(
                      TestKv.created(store.kv(), "shopping"),
                      entries -> {
                        entries.apply(new Change.Put("milk", "zombie"));
                        hold.pass();
                        entries.apply(new Change.Put("eggs", "zombie"));
                        return true;
                      }));
      hold.awaitReached();
      bucket.pid().exit(ExitReason.KILL);
      Bucket next = store.kv().lookup("shopping").orElseThrow();
      assertThat(next.get("milk")).contains("1");
      next.put("milk", "2");
      hold.release();

      assertThatThrownBy(() -> of(zombie)).hasCauseInstanceOf(KvException.BucketGone.class);
      assertThat(next.entries()).isEqualTo(java.util.Map.of("milk", "2"));
      store.reopen();
      assertThat(store.kv().lookup("shopping").orElseThrow().entries())
          .isEqualTo(java.util.Map.of("milk", "2"));
    }
  }

  @Nested
  class Reading {
    @Test
    void is_done_once_for_all_waiting_requests() throws Exception {
      store.kv().create("shopping").put("milk", "1");
      store.rest("shopping");
      int before = store.store().calls(Call.LOAD);
      Hold hold = store.hold(Call.LOAD);
      List<Future<Optional<String>>> all =
          java.util.stream.IntStream.range(0, 10)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> store.kv().lookup("shopping").flatMap(each -> each.get("milk"))))
              .toList();
      hold.awaitReached();
      hold.release();

      for (Future<Optional<String>> each : all) {
        assertThat(of(each)).contains("1");
      }
      assertThat(store.store().calls(Call.LOAD)).isEqualTo(before + 1);
    }

    @Test
    void goes_on_when_the_registry_is_killed_meanwhile() throws Exception {
      store.kv().create("shopping").put("milk", "1");
      store.rest("shopping");
      Hold hold = store.hold(Call.LOAD);
      var found = threads.submit(() -> store.kv().lookup("shopping").orElseThrow().get("milk"));
      hold.awaitReached();
      TestKv.registry(store.kv()).orElseThrow().exit(ExitReason.KILL);

      assertThat(store.kv().lookup("shopping").orElseThrow().get("milk")).contains("1");
      hold.release();
      assertThat(of(found)).contains("1");
    }

    @Test
    void that_fails_is_an_answer_and_tried_again_at_the_next_use() throws IOException {
      store.kv().create("shopping").put("milk", "1");
      store.rest("shopping");
      store.store().fail(Call.LOAD, 1, FaultyStore.EIO);

      assertThat(store.peer().ask("HGET", "shopping", "milk").toString())
          .contains(FaultyStore.EIO)
          .contains("shopping");
      assertThat(store.peer().ask("HGET", "shopping", "milk")).isEqualTo("1");
    }

    @Test
    void that_fails_badly_is_an_answer_too() throws IOException {
      store.kv().create("shopping").put("milk", "1");
      store.rest("shopping");
      store
          .store()
          .before(
              Call.LOAD,
              1,
              () -> {
                throw new OutOfMemoryError("a bucket larger than the heap");
              });

      assertThat(store.peer().ask("HGET", "shopping", "milk").toString()).contains("larger");
      assertThat(store.peer().ask("HGET", "shopping", "milk")).isEqualTo("1");
    }

    /** A reader that waits for a slow disk must not occupy a thread that others need. */
    @Test
    void readers_of_written_buckets_go_on_while_others_wait_for_pending_ones() throws Exception {
      store.kv().create("cold").put("milk", "1");
      store.rest("cold");
      assertThat(store.peer().ask("DBSIZE")).isEqualTo(1L); // and so it is written
      Hold hold = store.hold(Call.APPEND);
      assertThat(store.peer().ask("SET", "text", "1")).isEqualTo("OK");
      hold.awaitReached();
      var sizes = new java.util.ArrayList<RespPeer>();
      for (int i = 0; i < 8; i++) {
        sizes.add(store.peer().send("DBSIZE"));
      }

      assertThat(store.peer().ask("HGET", "cold", "milk")).isEqualTo("1");
      hold.release();
      for (RespPeer each : sizes) {
        assertThat(each.reply()).isEqualTo(2L);
      }
    }
  }
}
