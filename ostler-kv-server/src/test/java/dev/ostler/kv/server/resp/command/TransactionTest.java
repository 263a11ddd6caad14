package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.TestKv;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.Probe;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** MULTI, EXEC and DISCARD. */
@ExtendWith(OstlerExtension.class)
class TransactionTest {
  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  private static RespReader.Failure error(String text) {
    return new RespReader.Failure(text);
  }

  @Nested
  class Exec {
    @Test
    void does_all_that_was_queued_and_answers_each() throws IOException {
      assertThat(does("MULTI")).isEqualTo("OK");
      assertThat(does("HSET a f 1")).isEqualTo("QUEUED");
      assertThat(does("HSET b f 2")).isEqualTo("QUEUED");
      assertThat(does("HGET a f")).isEqualTo("QUEUED");
      assertThat(does("EXISTS a b c")).isEqualTo("QUEUED");
      assertThat(does("DBSIZE")).isEqualTo("QUEUED");
      assertThat(does("EXEC")).isEqualTo(List.of(1L, 1L, "1", 2L, 2L));
      assertThat(does("HGET b f")).isEqualTo("2");
    }

    /** Otherwise GT would allow the second deadline if the clock went on meanwhile. */
    @Test
    void shows_all_its_commands_the_same_time() throws IOException {
      var clock = new AtomicLong(TimedStore.BEGIN); // goes on at each look
      KvConfig config = KvConfig.inMemory().with(Resp.on(0));
      var environment =
          new Environment(
              config.limits(),
              clock::incrementAndGet,
              new LongAdder(),
              (bucket, type, event) -> {});
      try (Kv ticking = TestKv.open(config, environment);
          RespPeer peer = RespPeer.of(ticking)) {
        peer.ask("MULTI");
        peer.ask("SETEX", "k", "1000", "v");
        peer.ask("EXPIRE", "k", "1000", "GT");
        peer.ask("SET", "l", "v", "PX", "1000000");
        peer.ask("EXPIRE", "l", "1000", "LT");
        peer.ask("HSET", "h", "f", "v");
        peer.ask("HEXPIRE", "h", "1000", "FIELDS", "1", "f");
        peer.ask("HEXPIRE", "h", "1000", "GT", "FIELDS", "1", "f");
        peer.ask("PTTL", "l");
        assertThat(peer.ask("EXEC"))
            .isEqualTo(List.of("OK", 0L, "OK", 0L, 1L, List.of(1L), List.of(0L), 1_000_000L));
      }
    }

    @Test
    void of_nothing_answers_nothing() throws IOException {
      does("MULTI");
      assertThat(does("EXEC")).isEqualTo(List.of());
    }

    @Test
    void does_what_resets_other_things_than_the_client_too() throws IOException {
      assertThat(does("MULTI")).isEqualTo("OK");
      assertThat(does("SLOWLOG RESET")).isEqualTo("QUEUED");
      assertThat(does("LATENCY RESET")).isEqualTo("QUEUED");
      assertThat(does("EXEC")).isEqualTo(List.of("OK", 0L));
    }

    @Test
    void needs_a_multi() throws IOException {
      assertThat(does("EXEC")).isEqualTo(error("ERR EXEC without MULTI"));
      assertThat(does("DISCARD")).isEqualTo(error("ERR DISCARD without MULTI"));
    }

    @Test
    void does_nothing_after_a_command_that_could_not_be_queued() throws IOException {
      does("MULTI");
      does("HSET a f 1");
      assertThat(does("HSET a")).isInstanceOf(RespReader.Failure.class);
      assertThat(does("EXEC"))
          .isEqualTo(error("EXECABORT Transaction discarded because of previous errors."));
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("EXEC")).isEqualTo(error("ERR EXEC without MULTI"));
    }

    @Test
    void with_too_many_arguments_drops_the_transaction() throws IOException {
      does("MULTI");
      does("HSET a f 1");
      assertThat(does("EXEC now"))
          .isEqualTo(
              error(
                  "EXECABORT Transaction discarded because of: "
                      + "wrong number of arguments for 'exec' command"));
      assertThat(does("HGET a f")).isNull();
    }

    @Test
    void goes_on_after_a_command_that_is_refused_when_done() throws IOException {
      store.text("t", "text");
      does("MULTI");
      does("HSET a f 1");
      does("HSET t f 1");
      does("HSET b f 1");
      assertThat(does("EXEC")).isEqualTo(List.of(1L, error(CommandError.WRONG_TYPE), 1L));
      assertThat(does("EXISTS a b")).isEqualTo(2L);
    }

    @Test
    void makes_ends_and_makes_a_bucket_again() throws IOException {
      does("HSET a old 1");
      does("MULTI");
      does("DEL a");
      does("EXISTS a");
      does("HSET a new 1");
      does("HGET a old");
      assertThat(does("EXEC")).isEqualTo(Arrays.asList(1L, 0L, 1L, null));
      assertThat(does("HGET a new")).isEqualTo("1");
    }

    @Test
    void of_thousands_of_buckets_is_one_moment() throws IOException {
      int many = 3000;
      store.peer().send("MULTI");
      for (int i = 0; i < many; i++) {
        store.peer().send("HSET", "k" + i, "f", "v");
      }
      store.peer().send("EXEC");
      var replies = store.peer().replies(many + 2);
      assertThat(replies.getLast())
          .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
          .hasSize(many)
          .containsOnly(1L);
      assertThat(does("DBSIZE")).isEqualTo((long) many);
    }

    @Test
    void is_not_nested_and_watches_nothing_inside() throws IOException {
      does("MULTI");
      assertThat(does("MULTI")).isEqualTo(error("ERR MULTI calls can not be nested"));
      assertThat(does("WATCH a")).isEqualTo(error("ERR WATCH inside MULTI is not allowed"));
      assertThat(does("KV.WATCH a"))
          .isEqualTo(error("ERR Command not allowed inside a transaction"));
      assertThat(does("EXEC")).isInstanceOf(RespReader.Failure.class);
      does("MULTI");
      does("MULTI");
      assertThat(does("EXEC")).isEqualTo(List.of());
    }

    @Test
    void after_discard_nothing_is_done() throws IOException {
      does("MULTI");
      does("HSET a f 1");
      assertThat(does("DISCARD")).isEqualTo("OK");
      assertThat(does("HGET a f")).isNull();
    }
  }

  @Nested
  class Clients_that_name_the_same_buckets_in_opposite_orders {
    private static final int ROUNDS = 150;

    @Test
    void see_all_of_a_transaction_or_nothing_and_nobody_waits_for_ever() throws Exception {
      does("HSET a f 0");
      does("HSET b f 0");
      does("HSET c f 0");
      var clients = new ArrayList<Callable<Boolean>>();
      String[][] orders = {{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}, {"c", "a", "b"}};
      for (int i = 0; i < orders.length; i++) {
        String[] order = orders[i];
        int number = i;
        clients.add(() -> writes(order, number));
        clients.add(() -> reads(order));
      }
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var result : threads.invokeAll(clients)) {
          assertThat(result.get()).isTrue();
        }
      }
    }

    private boolean writes(String[] order, int number) throws IOException {
      boolean good = true;
      try (var peer = RespPeer.of(store.kv())) {
        for (int round = 0; round < ROUNDS; round++) {
          peer.send("MULTI");
          for (String name : order) {
            peer.send("HSET", name, "f", number + "." + round);
          }
          good &= List.of(0L, 0L, 0L).equals(peer.send("EXEC").replies(5).getLast());
        }
      }
      return good;
    }

    private boolean reads(String[] order) throws IOException {
      boolean good = true;
      try (var peer = RespPeer.of(store.kv())) {
        for (int round = 0; round < ROUNDS; round++) {
          peer.send("MULTI");
          for (String name : order) {
            peer.send("HGET", name, "f");
          }
          var found = (List<?>) peer.send("EXEC").replies(5).getLast();
          good &= found != null && found.stream().distinct().count() == 1;
        }
      }
      return good;
    }
  }

  @Nested
  class A_bucket_that_is_killed_in_the_middle {
    private Kv kv;

    private void kill(String name) {
      kv.lookup(name).orElseThrow().pid().exit(ExitReason.KILL);
    }

    @Test
    void is_an_error_to_the_client_and_no_harm_to_the_others() throws IOException {
      kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
      try (var peer = RespPeer.of(kv);
          var other = RespPeer.of(kv)) {
        peer.ask("HSET", "a", "f", "0");
        peer.ask("HSET", "b", "f", "0");
        peer.ask("HSET", "c", "f", "0");
        peer.send("MULTI").send("HSET", "a", "f", "1").send("DEL", "b").send("HSET", "c", "f", "1");
        peer.replies(4);
        Probe.observer = step -> killAt(step, "a");
        assertThat(peer.ask("EXEC"))
            .isEqualTo(
                error(
                    "ERR the bucket ended before it replied: the command may or may not have been done"));
        assertThat(peer.ask("HGET", "a", "f")).isNull();
        assertThat(other.ask("HGET", "b", "f")).isEqualTo("0");
        assertThat(other.ask("HGET", "c", "f")).isEqualTo("0");
        assertThat(other.ask("HSET", "c", "f", "2")).isEqualTo(0L);
        assertThat(peer.ask("EXEC")).isEqualTo(error("ERR EXEC without MULTI"));
        peer.send("MULTI").send("HSET", "a", "f", "3").send("HSET", "c", "f", "3");
        assertThat(peer.send("EXEC").replies(4).getLast()).isEqualTo(List.of(1L, 0L));
      } finally {
        Probe.observer = null;
        kv.close();
      }
    }

    private void killAt(Probe.Step step, String name) {
      if (step == Probe.Step.COLLECT) {
        Probe.observer = null;
        kill(name);
      }
    }
  }
}
