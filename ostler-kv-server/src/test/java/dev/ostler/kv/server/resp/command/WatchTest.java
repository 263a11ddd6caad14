package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Bucket;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.History;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** KV.WATCH, which subscribes to changes, and KV.CAS. */
@ExtendWith(OstlerExtension.class)
class WatchTest {
  private TimedStore store;
  private RespPeer watcher;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
    watcher = RespPeer.of(store.kv());
  }

  @AfterEach
  void close() throws IOException {
    watcher.close();
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  private long watches(String line) throws IOException {
    return (Long) watcher.ask(line.split(" "));
  }

  private static RespReader.Failure error(String text) {
    return new RespReader.Failure(text);
  }

  private static List<Object> change(long seq, String operation, String key, String value) {
    return Arrays.asList("kv.watch", "a", seq, operation, key, value);
  }

  private static List<Object> ended() {
    return Arrays.asList("kv.watch", "a", null, "ended", null, null);
  }

  @Nested
  class A_watcher {
    @Test
    void gets_every_change_with_its_number() throws IOException {
      does("KV.CREATE a");
      long seq = watches("KV.WATCH a");
      does("HSET a f 1 g 2");
      does("HSET a f 3");
      does("EXPIRE a 10");
      does("PERSIST a");
      assertThat(watcher.replies(5))
          .containsExactly(
              change(seq + 1, "hset", "f", "1"),
              change(seq + 2, "hset", "g", "2"),
              change(seq + 3, "hset", "f", "3"),
              change(seq + 4, "pexpireat", null, String.valueOf(TimedStore.BEGIN + 10_000)),
              change(seq + 5, "persist", null, null));
    }

    @Test
    void gets_a_transactions_changes_in_order() throws IOException {
      does("HSET a f 0");
      long seq = watches("KV.WATCH a");
      does("MULTI");
      does("HSET a f 1");
      does("HSET b f 1");
      does("HSET a f 2");
      does("EXEC");
      assertThat(watcher.replies(2))
          .containsExactly(change(seq + 1, "hset", "f", "1"), change(seq + 2, "hset", "f", "2"));
    }

    @Test
    void is_told_that_the_bucket_was_dropped_and_then_nothing_more() throws IOException {
      does("HSET a f 1");
      long seq = watches("KV.WATCH a");
      does("DEL a");
      assertThat(watcher.replies(2)).containsExactly(change(seq + 1, "del", null, null), ended());
      does("HSET a f 1");
      assertThat(watcher.ask("PING")).isEqualTo("PONG");
    }

    @Test
    void is_told_that_the_bucket_has_died() throws IOException {
      does("HSET a f 1");
      watches("KV.WATCH a");
      store.kv().lookup("a").orElseThrow().pid().exit(ExitReason.KILL);
      assertThat(watcher.reply()).isEqualTo(ended());
      assertThat(watcher.ask("KV.WATCH", "a")).isEqualTo(error("ERR no such key"));
    }

    @Test
    void that_watches_twice_gets_a_change_once() throws IOException {
      does("HSET a f 1");
      watches("KV.WATCH a");
      long seq = watches("KV.WATCH a");
      does("HSET a f 2");
      assertThat(watcher.reply()).isEqualTo(change(seq + 1, "hset", "f", "2"));
      assertThat(watcher.ask("PING")).isEqualTo(List.of("pong", ""));
    }

    @Test
    void is_refused_what_makes_no_sense() throws IOException {
      does("HSET a f 1");
      assertThat(does("KV.WATCH a SINCE 3")).isEqualTo(error("ERR syntax error"));
      assertThat(does("KV.WATCH a FROM")).isEqualTo(error("ERR syntax error"));
      assertThat(does("KV.WATCH a FROM x")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("KV.WATCH a FROM -1")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("KV.WATCH none")).isEqualTo(error("ERR no such key"));
    }
  }

  @Nested
  class Resuming {
    @Test
    void leaves_no_gap_and_repeats_nothing() throws IOException {
      does("HSET a f 0");
      long seq = watches("KV.WATCH a");
      does("HSET a f 1");
      assertThat(watcher.reply()).isEqualTo(change(seq + 1, "hset", "f", "1"));
      watcher.close();
      does("HSET a f 2");
      does("HSET a f 3");
      try (var again = RespPeer.of(store.kv())) {
        assertThat(again.ask("KV.WATCH", "a", "FROM", String.valueOf(seq + 1))).isEqualTo(seq + 3);
        does("HSET a f 4");
        assertThat(again.replies(3))
            .containsExactly(
                change(seq + 2, "hset", "f", "2"),
                change(seq + 3, "hset", "f", "3"),
                change(seq + 4, "hset", "f", "4"));
      }
    }

    @Test
    void holds_while_others_write_all_the_time() throws Exception {
      does("HSET a f 0");
      int many = 3000;
      long seq = watches("KV.WATCH a");
      watcher.close();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var writing =
            threads.submit(
                () -> {
                  Bucket bucket = store.kv().lookup("a").orElseThrow();
                  IntStream.range(0, many).forEach(i -> bucket.put("f", "v" + i));
                });
        long at = seq;
        while (at < seq + many) {
          try (var again = RespPeer.of(store.kv())) {
            again.ask("KV.WATCH", "a", "FROM", String.valueOf(at));
            for (int i = 0; i < 200 && at < seq + many; i++) {
              at++;
              assertThat(again.reply()).isEqualTo(change(at, "hset", "f", "v" + (at - seq - 1)));
            }
          }
        }
        writing.get();
      }
    }

    @Test
    void where_nothing_has_changed_needs_nothing_to_be_remembered() throws IOException {
      does("HSET a f 1");
      long seq = Inside.of(Store.of(store.kv()).getOrStart("a"), Entries::seq);
      assertThat(watches("KV.WATCH a FROM " + seq)).isEqualTo(seq);
    }

    @Test
    void too_late_is_refused() throws IOException {
      does("HSET a f 0");
      long seq = watches("KV.WATCH a");
      Bucket bucket = store.kv().lookup("a").orElseThrow();
      IntStream.rangeClosed(0, History.MOST).forEach(i -> bucket.put("f", "v"));
      long last = seq + History.MOST + 1;
      assertThat(does("KV.WATCH a FROM " + seq)).isEqualTo(gap(seq, last));
      assertThat(does("KV.WATCH a FROM " + (seq + 1))).isEqualTo(last);
    }

    @Test
    void behind_the_last_change_is_refused() throws IOException {
      does("HSET a f 0");
      long seq = watches("KV.WATCH a");
      assertThat(does("KV.WATCH a FROM " + (seq + 1))).isEqualTo(gap(seq + 1, seq));
    }

    @Test
    void with_another_bucket_of_the_same_name_is_refused() throws IOException {
      does("HSET a f 0");
      long seq = watches("KV.WATCH a");
      does("DEL a");
      does("HSET a f 0");
      assertThat(does("KV.WATCH a FROM " + seq))
          .isInstanceOfSatisfying(
              RespReader.Failure.class, why -> assertThat(why.text()).startsWith("GAP "));
    }

    private static RespReader.Failure gap(long from, long last) {
      return error(
          "GAP the changes after " + from + " are not all known any more; the last one is " + last);
    }
  }

  @Nested
  class Cas {
    @Test
    void sets_a_field_that_has_the_value_expected() throws IOException {
      does("HSET a f 1");
      assertThat(does("KV.CAS a f 1 2")).isEqualTo(1L);
      assertThat(does("KV.CAS a f 1 3")).isEqualTo(0L);
      assertThat(does("HGET a f")).isEqualTo("2");
    }

    @Test
    void makes_nothing_that_is_not_there() throws IOException {
      assertThat(does("KV.CAS a f 1 2")).isEqualTo(0L);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      does("HSET a g 1");
      assertThat(does("KV.CAS a f 1 2")).isEqualTo(0L);
    }

    @Test
    void is_refused_by_a_bucket_that_is_not_a_map() throws IOException {
      store.text("t", "text");
      assertThat(does("KV.CAS t f 1 2")).isEqualTo(error(CommandError.WRONG_TYPE));
    }

    @Test
    void of_many_clients_at_once_lets_one_win_each_time() throws Exception {
      does("HSET a f 0");
      int clients = 4;
      int each = 50;
      Callable<Boolean> counting =
          () -> {
            try (var peer = RespPeer.of(store.kv())) {
              int won = 0;
              while (won < each) {
                long seen = Long.parseLong((String) peer.ask("HGET", "a", "f"));
                Object reply = peer.ask("KV.CAS", "a", "f", seen + "", (seen + 1) + "");
                won += Long.valueOf(1).equals(reply) ? 1 : 0;
              }
            }
            return true;
          };
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var result : threads.invokeAll(java.util.Collections.nCopies(clients, counting))) {
          assertThat(result.get()).isTrue();
        }
      }
      assertThat(does("HGET a f")).isEqualTo(String.valueOf(clients * each));
    }
  }
}
