package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines of buckets and of their fields. */
@ExtendWith(OstlerExtension.class)
class ExpiryTest {
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

  private void fieldDeadline(String name, String key, long at) {
    var _ =
        Inside.of(
            Store.of(store.kv()).getOrStart(name),
            entries -> {
              entries.apply(new Change.KeyDeadline(key, at));
              return entries.seq();
            });
  }

  @Nested
  class A_bucket {
    @Test
    void ends_at_its_millisecond_without_any_request() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");
      var down = store.watch("a");
      store.pass(999);
      assertThat(does("PTTL a")).isEqualTo(1L);
      assertThat(does("DBSIZE")).isEqualTo(1L);
      store.events();

      store.pass(1);
      assertThat(TimedStore.await(down).reason()).isEqualTo(ExitReason.NORMAL);
      assertThat(store.events()).containsExactly("x expired a");
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }

    @Test
    void is_gone_at_its_millisecond_before_any_timer_fires() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");
      store.passUnnoticed(999);
      assertThat(does("HGET a f")).isEqualTo("1");

      store.passUnnoticed(1);
      assertThat(store.kv().lookup("a")).isEmpty();
      assertThat((List<?>) does("KEYS *")).isEmpty();
      assertThat(does("RANDOMKEY")).isNull();
      assertThat(does("SCAN 0")).isEqualTo(List.of("0", List.of()));
      store.events();
      assertThat(does("HGET a f")).isNull();
      assertThat(store.events()).containsExactly("x expired a");
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }

    @Test
    void that_is_made_anew_has_no_deadline() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");
      store.passUnnoticed(1000);

      assertThat(does("HSET a g 2")).isEqualTo(1L);
      assertThat(does("HGET a f")).isNull();
      assertThat(does("PTTL a")).isEqualTo(-1L);
      store.pass(1000);
      assertThat(does("HGET a g")).isEqualTo("2");
    }

    @Test
    void that_is_kept_goes_as_well() throws IOException {
      does("KV.CREATE a");
      does("PEXPIRE a 1000");
      does("HSET a f 1");
      var _ = store.kv().lookup("a").orElseThrow().delete("f");
      assertThat(does("PTTL a")).isEqualTo(1000L);

      var down = store.watch("a");
      store.pass(1000);
      TimedStore.await(down);
      assertThat(does("EXISTS a")).isEqualTo(0L);
    }

    @Test
    void expires_at_once_if_its_deadline_has_passed() throws IOException {
      for (String command :
          List.of("EXPIRE a 0", "PEXPIRE a -1", "EXPIREAT a 1", "PEXPIREAT a 0")) {
        does("HSET a f 1");
        store.events();

        assertThat(does(command)).as(command).isEqualTo(1L);
        assertThat(store.events()).as(command).containsExactly("g del a");
        assertThat(does("EXISTS a")).as(command).isEqualTo(0L);
      }
    }

    @Test
    void stays_if_that_is_what_it_is_to_do() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");

      assertThat(does("PERSIST a")).isEqualTo(1L);
      assertThat(does("PERSIST a")).isEqualTo(0L);
      store.pass(5000);
      assertThat(does("TTL a")).isEqualTo(-1L);
      assertThat(store.events())
          .containsExactly("n new a", "h hset a", "g expire a", "g persist a");
    }
  }

  @Nested
  class A_field {
    @Test
    void expires_before_its_bucket_and_the_last_field_ends_the_bucket() throws IOException {
      does("HSET a f 1 g 2");
      does("PEXPIRE a 3000");
      fieldDeadline("a", "f", store.now() + 1000);
      fieldDeadline("a", "g", store.now() + 2000);
      var down = store.watch("a");
      store.events();

      store.pass(1000);
      assertThat(does("HGET a f")).isNull();
      assertThat(does("HGET a g")).isEqualTo("2");
      store.pass(1000);
      TimedStore.await(down);
      assertThat(store.events()).containsExactly("h hexpired a", "h hexpired a", "g del a");
    }
  }

  @Nested
  class An_alarm {
    @Test
    void is_set_once_however_often_a_deadline_moves() throws IOException {
      does("HSET a f 1");

      for (int i = 1; i <= 100; i++) {
        does("EXPIRE a " + (1000 + i));
        does("EXPIRE a " + (1000 - i));
      }
      assertThat(store.alarms()).isOne();
      does("DEL a");
      assertThat(store.alarms()).isZero();
    }

    @Test
    void that_comes_too_early_does_no_harm() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");

      store.wakeTimers(1000);
      assertThat(does("PTTL a")).isEqualTo(1000L);
      assertThat(store.alarms()).isOne();
      var down = store.watch("a");
      store.pass(1000);
      TimedStore.await(down);
    }

    @Test
    void that_rings_while_the_deadline_moves_means_nothing() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");

      var _ =
          Inside.of(
              Store.of(store.kv()).getOrStart("a"),
              entries -> {
                store.pass(1000); // it is in the mailbox now
                entries.apply(new Change.Deadline(store.now() + 500));
                return entries.seq();
              });
      assertThat(does("PTTL a")).isEqualTo(500L);
      assertThat(store.alarms()).isOne();
      var down = store.watch("a");
      store.pass(500);
      TimedStore.await(down);
    }

    @Test
    void is_not_needed_for_what_was_there_before() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1000");
      does("PEXPIRE a 3000");

      store.pass(1000);
      assertThat(does("PTTL a")).isEqualTo(2000L);
      var down = store.watch("a");
      store.pass(2000);
      TimedStore.await(down);
    }
  }

  @Nested
  class A_far_deadline {
    @Test
    void is_kept_exactly() throws IOException {
      does("HSET a f 1");

      assertThat(does("PEXPIREAT a 9223372036854770000")).isEqualTo(1L);
      assertThat(does("PEXPIRETIME a")).isEqualTo(9223372036854770000L);
      store.pass(1000L * 3600 * 24 * 400);
      assertThat(does("PTTL a")).isEqualTo(9223372036854770000L - store.now());
      assertThat(does("HGET a f")).isEqualTo("1");
    }

    @Test
    void is_met_by_timers_of_a_minute() throws IOException {
      long days = 1000L * 3600 * 24 * 100;
      does("HSET a f 1");
      does("PEXPIRE a " + (days + 1));
      var down = store.watch("a");

      for (int day = 1; day <= 100; day++) {
        store.pass(days / 100);
        assertThat(does("HGET a f")).isEqualTo("1");
      }
      assertThat(store.alarms()).isOne();
      store.pass(1);
      TimedStore.await(down);
    }
  }

  @Nested
  class Expire {
    @ParameterizedTest
    @CsvSource({
      // condition, before, after, done
      "NX, 0, 1000, 1",
      "NX, 500, 1000, 0",
      "XX, 0, 1000, 0",
      "XX, 500, 1000, 1",
      "GT, 0, 1000, 0",
      "GT, 500, 1000, 1",
      "GT, 1000, 1000, 0",
      "LT, 0, 1000, 1",
      "LT, 500, 1000, 0",
      "LT, 2000, 1000, 1",
      "XX LT, 0, 1000, 0",
      "XX LT, 2000, 1000, 1",
      "xx gt, 500, 1000, 1",
    })
    void looks_at_the_deadline_before(String condition, long before, long after, long done)
        throws IOException {
      does("HSET a f 1");
      if (before != 0) {
        does("PEXPIRE a " + before);
      }

      assertThat(does("PEXPIRE a " + after + " " + condition)).isEqualTo(done);
      long expected = done == 1 ? after : before == 0 ? -1 : before;
      assertThat(does("PTTL a")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NX XX", "NX GT", "LT NX"})
    void takes_nx_alone_only(String conditions) throws IOException {
      assertThat(does("EXPIRE a 1 " + conditions))
          .isEqualTo(
              new RespReader.Failure(
                  "ERR NX and XX, GT or LT options at the same time are not compatible"));
    }

    @Test
    void refuses_wrong_arguments() throws IOException {
      does("HSET a f 1");

      assertThat(does("EXPIRE a 1 GT LT"))
          .isEqualTo(
              new RespReader.Failure("ERR GT and LT options at the same time are not compatible"));
      assertThat(does("EXPIRE a 1 XX AB"))
          .isEqualTo(new RespReader.Failure("ERR Unsupported option AB"));
      assertThat(store.ask("EXPIRE", "a", ""))
          .isEqualTo(new RespReader.Failure(CommandError.NOT_INTEGER));
      assertThat(does("TTL a")).isEqualTo(-1L);
    }

    @ParameterizedTest
    @CsvSource({
      "EXPIRE, 9223372036854776",
      "EXPIRE, 9223370399119966",
      "EXPIRE, -9223372036854776",
      "PEXPIRE, 9223372036854770000",
      "EXPIREAT, 9223372036854776",
    })
    void refuses_what_no_clock_will_show(String command, String number) throws IOException {
      does("HSET a f 1");

      assertThat(does(command + " a " + number))
          .isEqualTo(
              new RespReader.Failure(
                  "ERR invalid expire time in '" + Bytes.lower(command) + "' command"));
      assertThat(does("TTL a")).isEqualTo(-1L);
    }

    @Test
    void does_nothing_to_no_bucket() throws IOException {
      assertThat(does("EXPIRE a 10")).isEqualTo(0L);
      assertThat(does("EXPIRE a -10 LT")).isEqualTo(0L);
      for (String command : List.of("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")) {
        assertThat(does(command + " a")).isEqualTo(-2L);
      }
      assertThat(does("PERSIST a")).isEqualTo(0L);
    }
  }

  @Nested
  class Ttl {
    @Test
    void is_rounded_as_redis_does() throws IOException {
      does("HSET a f 1");
      does("PEXPIRE a 1500");
      assertThat(does("TTL a")).isEqualTo(2L);
      does("PEXPIRE a 1499");
      assertThat(does("TTL a")).isEqualTo(1L);
      does("EXPIREAT a 1800000000");
      assertThat(does("EXPIRETIME a")).isEqualTo(1_800_000_000L);
      assertThat(does("PEXPIRETIME a")).isEqualTo(1_800_000_000_000L);
    }
  }
}
