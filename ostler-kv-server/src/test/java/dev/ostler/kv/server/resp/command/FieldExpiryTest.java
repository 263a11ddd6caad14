package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static dev.ostler.kv.server.resp.command.Commands.wrongNumber;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines of fields, and the commands on them. */
@ExtendWith(OstlerExtension.class)
class FieldExpiryTest {
  private static final long LATEST = 70_368_744_177_663L;

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

  private static RespReader.Failure noFields() {
    return error("ERR Mandatory argument FIELDS is missing or not at the right position");
  }

  private static RespReader.Failure mismatch() {
    return error("ERR The `numfields` parameter must match the number of arguments");
  }

  private static RespReader.Failure invalid(String command) {
    return error("ERR invalid expire time in '" + command + "' command");
  }

  @Nested
  class A_field {
    @Test
    void expires_at_its_millisecond() throws IOException {
      does("HSET a f 1 g 2 h 3");
      assertThat(does("HPEXPIRE a 1000 FIELDS 2 f g")).isEqualTo(List.of(1L, 1L));
      assertThat(does("HPEXPIRE a 2000 FIELDS 1 g")).isEqualTo(List.of(1L));
      store.events();

      store.pass(999);
      assertThat(does("HGET a f")).isEqualTo("1");
      store.pass(1);
      assertThat(does("HMGET a f g h")).isEqualTo(Arrays.asList(null, "2", "3"));
      assertThat(does("HLEN a")).isEqualTo(2L);
      store.pass(1000);
      assertThat(does("HGETALL a")).isEqualTo(List.of("h", "3"));
      assertThat(store.events()).containsExactly("h hexpired a", "h hexpired a");
    }

    @Test
    void that_is_the_last_takes_its_bucket_along() throws IOException {
      does("HSET a f 1");
      does("HEXPIRE a 1 FIELDS 1 f");
      var down = store.watch("a");
      store.events();

      store.pass(1000);
      TimedStore.await(down);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(store.events()).containsExactly("h hexpired a", "g del a");
    }

    @Test
    void is_gone_before_any_timer_fires() throws IOException {
      does("HSET a f 1 g 2");
      does("HPEXPIRE a 10 FIELDS 1 f");
      store.passUnnoticed(10);

      assertThat(does("HRANDFIELD a 5")).isEqualTo(List.of("g"));
      assertThat(does("HSETNX a f 3")).isEqualTo(1L);
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(-1L));
    }

    @Test
    void that_gets_a_value_stays() throws IOException {
      for (String line : List.of("HSET a f 2", "HMSET a f 2", "HSETEX a FIELDS 1 f 2")) {
        does("HSET a f 1");
        does("HPEXPIRE a 1000 FIELDS 1 f");

        does(line);
        assertThat(does("HTTL a FIELDS 1 f")).as(line).isEqualTo(List.of(-1L));
      }
    }

    @Test
    void that_is_counted_in_keeps_its_time() throws IOException {
      does("HSET a f 1 g 1.5");
      does("HPEXPIRE a 1000 FIELDS 2 f g");
      does("HINCRBY a f 2");
      does("HINCRBYFLOAT a g 2");

      assertThat(does("HPTTL a FIELDS 2 f g")).isEqualTo(List.of(1000L, 1000L));
      store.pass(1000);
      assertThat(does("HINCRBY a f 1")).isEqualTo(1L);
    }

    @Test
    void takes_its_time_along_to_another_name() throws IOException {
      does("HSET a f 1 g 2");
      does("HPEXPIRE a 1000 FIELDS 1 f");
      does("RENAME a b");
      does("COPY b c");

      assertThat(does("HPTTL b FIELDS 2 f g")).isEqualTo(List.of(1000L, -1L));
      assertThat(does("HPTTL c FIELDS 2 f g")).isEqualTo(List.of(1000L, -1L));
    }
  }

  @Nested
  class Hexpire {
    @Test
    void comes_in_four_forms() throws IOException {
      does("HSET a f 1");
      does("HEXPIRE a 10 FIELDS 1 f");
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(10_000L));
      does("hpexpire a 11 fields 1 f");
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(11L));
      does("HEXPIREAT a 1800000000 FIELDS 1 f");
      assertThat(does("HPEXPIRETIME a FIELDS 1 f")).isEqualTo(List.of(1_800_000_000_000L));
      does("HPEXPIREAT a 1800000000001 FIELDS 1 f");
      assertThat(does("HPEXPIRETIME a FIELDS 1 f")).isEqualTo(List.of(1_800_000_000_001L));
      assertThat(store.events())
          .containsExactly(
              "n new a", "h hset a", "h hexpire a", "h hexpire a", "h hexpire a", "h hexpire a");
    }

    @ParameterizedTest
    @CsvSource({
      // condition, before, after, done
      "NX, 0, 1000, 1",
      "NX, 500, 1000, 0",
      "XX, 0, 1000, 0",
      "XX, 500, 1000, 1",
      "GT, 0, 1000, 0",
      "GT, 500, 1000, 1",
      "gt, 1000, 1000, 0",
      "LT, 0, 1000, 1",
      "LT, 500, 1000, 0",
      "lt, 2000, 1000, 1",
      "NX, 500, 0, 0",
      "NX, 0, 0, 2",
      "LT, 500, 0, 2",
    })
    void looks_at_the_time_before(String condition, long before, long after, long done)
        throws IOException {
      does("HSET a f 1 g 2");
      if (before != 0) {
        does("HPEXPIRE a " + before + " FIELDS 1 f");
      }

      assertThat(does("HPEXPIRE a " + after + " " + condition + " FIELDS 1 f"))
          .isEqualTo(List.of(done));
      long expected = done == 2 ? -2 : done == 1 ? after : before == 0 ? -1 : before;
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(expected));
    }

    @Test
    void removes_a_field_whose_deadline_has_passed() throws IOException {
      does("HSET a f 1 g 2");
      store.events();

      assertThat(does("HEXPIREAT a 1 FIELDS 2 f x")).isEqualTo(List.of(2L, -2L));
      assertThat(does("HPEXPIRE a 0 FIELDS 1 g")).isEqualTo(List.of(2L));
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(store.events()).containsExactly("h hdel a", "h hdel a", "g del a");
    }

    @Test
    void finds_no_field_in_no_bucket() throws IOException {
      assertThat(does("HEXPIRE a 1 FIELDS 2 f g")).isEqualTo(List.of(-2L, -2L));
      assertThat(does("HTTL a FIELDS 2 f g")).isEqualTo(List.of(-2L, -2L));
      assertThat(does("HEXPIRETIME a FIELDS 1 f")).isEqualTo(List.of(-2L));
      assertThat(does("HPERSIST a FIELDS 1 f")).isEqualTo(List.of(-2L));
    }

    @Test
    void refuses_wrong_arguments() throws IOException {
      does("HSET a f 1");
      var none = error("ERR Parameter `numFields` should be greater than 0");

      assertThat(does("HEXPIRE a 1 FIELDS 1")).isEqualTo(wrongNumber("hexpire"));
      assertThat(does("HEXPIRE a x FIELDS 1 f")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("HEXPIRE a 1 FIELD 1 f")).isEqualTo(noFields());
      assertThat(does("HEXPIRE a 1 NX XX FIELDS 1 f")).isEqualTo(noFields());
      assertThat(does("HEXPIRE a 1 FIELDS 0 f")).isEqualTo(none);
      assertThat(does("HEXPIRE a 1 FIELDS x f")).isEqualTo(none);
      assertThat(does("HEXPIRE a 1 FIELDS 2 f")).isEqualTo(mismatch());
      assertThat(does("HEXPIRE a 1 FIELDS 1 f g")).isEqualTo(mismatch());
      assertThat(does("HEXPIRE a 1 NX FIELDS 1")).isEqualTo(mismatch());
      assertThat(does("HEXPIRE a -1 FIELDS 1 f"))
          .isEqualTo(error("ERR invalid expire time, must be >= 0"));
      assertThat(does("HTTL a FIELDS 1 f")).isEqualTo(List.of(-1L));
    }

    @Test
    void accepts_the_latest_deadline_and_none_after_it() throws IOException {
      does("HSET a f 1");

      assertThat(does("HPEXPIREAT a " + LATEST + " FIELDS 1 f")).isEqualTo(List.of(1L));
      assertThat(does("HPEXPIREAT a " + (LATEST + 1) + " FIELDS 1 f"))
          .isEqualTo(invalid("hpexpireat"));
      assertThat(does("HEXPIREAT a " + (LATEST / 1000 + 1) + " FIELDS 1 f"))
          .isEqualTo(invalid("hexpireat"));
      assertThat(does("HEXPIRE a " + LATEST / 1000 + " FIELDS 1 f")).isEqualTo(invalid("hexpire"));
      assertThat(does("HPEXPIRE a 9223372036854775807 FIELDS 1 f")).isEqualTo(invalid("hpexpire"));
      assertThat(does("HPEXPIRETIME a FIELDS 1 f")).isEqualTo(List.of(LATEST));
    }
  }

  @Nested
  class Httl {
    @Test
    void is_rounded_up() throws IOException {
      does("HSET a f 1");
      does("HPEXPIRE a 1001 FIELDS 1 f");
      assertThat(does("HTTL a FIELDS 1 f")).isEqualTo(List.of(2L));
      store.pass(1);
      assertThat(does("HTTL a FIELDS 1 f")).isEqualTo(List.of(1L));
      does("HPEXPIREAT a 1800000000001 FIELDS 1 f");
      assertThat(does("HEXPIRETIME a FIELDS 1 f")).isEqualTo(List.of(1_800_000_001L));
    }

    @Test
    void tells_fields_apart_that_are_not_there_and_that_stay() throws IOException {
      does("HSET a f 1 g 2");
      does("HPEXPIRE a 5 FIELDS 1 f");

      assertThat(does("HPTTL a FIELDS 3 f g x")).isEqualTo(List.of(5L, -1L, -2L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST", "HGETDEL"})
    void takes_as_many_fields_as_it_says(String command) throws IOException {
      var none = error("ERR Number of fields must be a positive integer");

      assertThat(does(command + " a FIELDS 1")).isEqualTo(wrongNumber(Bytes.lower(command)));
      assertThat(does(command + " a FIELD 1 f")).isEqualTo(noFields());
      assertThat(does(command + " a FIELDS 0 f")).isEqualTo(none);
      assertThat(does(command + " a FIELDS x f")).isEqualTo(none);
      assertThat(does(command + " a FIELDS 2 f")).isEqualTo(mismatch());
      assertThat(does(command + " a FIELDS 1 f g")).isEqualTo(mismatch());
    }
  }

  @Nested
  class Hpersist {
    @Test
    void lets_fields_stay() throws IOException {
      does("HSET a f 1 g 2");
      does("HPEXPIRE a 5 FIELDS 1 f");
      store.events();

      assertThat(does("HPERSIST a FIELDS 3 f g x")).isEqualTo(List.of(1L, -1L, -2L));
      assertThat(does("HPERSIST a FIELDS 1 f")).isEqualTo(List.of(-1L));
      store.pass(5);
      assertThat(does("HGET a f")).isEqualTo("1");
      assertThat(store.events()).containsExactly("h hpersist a");
    }
  }
}
