package dev.ostler.kv;

import static dev.ostler.kv.Commands.error;
import static dev.ostler.kv.Commands.wrongNumber;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
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

/** When fields go by themselves, and the commands that say so. */
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
    void goes_at_its_millisecond() throws IOException {
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
    void is_gone_though_no_timer_has_told() throws IOException {
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
    void removes_a_field_whose_time_has_passed() throws IOException {
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
    void refuses_what_makes_no_sense() throws IOException {
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
    void takes_the_latest_moment_and_none_after_it() throws IOException {
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

  @Nested
  class Hgetdel {
    @Test
    void gives_values_and_removes_them() throws IOException {
      does("HSET a f 1 g 2 h 3");
      store.events();

      assertThat(does("HGETDEL a FIELDS 3 f x f")).isEqualTo(Arrays.asList("1", null, null));
      assertThat(does("HGETDEL a FIELDS 1 x")).isEqualTo(Arrays.asList((Object) null));
      assertThat(does("HGETDEL a FIELDS 2 g h")).isEqualTo(List.of("2", "3"));
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("HGETDEL a FIELDS 1 f")).isEqualTo(Arrays.asList((Object) null));
      assertThat(store.events()).containsExactly("h hdel a", "h hdel a", "g del a");
    }
  }

  @Nested
  class Hgetex {
    @Test
    void gives_values_and_sets_when_they_go() throws IOException {
      does("HSET a f 1 g 2");
      store.events();

      assertThat(does("HGETEX a FIELDS 2 f x")).isEqualTo(Arrays.asList("1", null));
      assertThat(store.events()).isEmpty();
      assertThat(does("HGETEX a EX 10 FIELDS 2 f x")).isEqualTo(Arrays.asList("1", null));
      assertThat(does("HPTTL a FIELDS 2 f g")).isEqualTo(List.of(10_000L, -1L));
      assertThat(does("HGETEX a PERSIST FIELDS 2 f g")).isEqualTo(List.of("1", "2"));
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(-1L));
      assertThat(does("HGETEX a PXAT 1 FIELDS 2 f g")).isEqualTo(List.of("1", "2"));
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("HGETEX a EX 1 FIELDS 1 f")).isEqualTo(Arrays.asList((Object) null));
      assertThat(store.events())
          .containsExactly("h hexpire a", "h hpersist a", "h hdel a", "g del a");
    }

    @Test
    void refuses_what_makes_no_sense() throws IOException {
      assertThat(does("HGETEX a FIELDS 1")).isEqualTo(wrongNumber("hgetex"));
      assertThat(does("HGETEX a X 1 f")).isEqualTo(noFields());
      assertThat(does("HGETEX a PXAT 1 1")).isEqualTo(noFields());
      assertThat(does("HGETEX a PERSIST 1 FIELDS 1 f")).isEqualTo(noFields());
      assertThat(does("HGETEX a FIELDS 2 f")).isEqualTo(mismatch());
      assertThat(does("HGETEX a FIELDS 9223372036854775808 f"))
          .isEqualTo(error("ERR Number of fields must be a positive integer"));
      assertThat(does("HGETEX a EX x FIELDS 1 f")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("HGETEX a PX -1 FIELDS 1 f"))
          .isEqualTo(error("ERR invalid expire time, must be >= 0"));
      assertThat(does("HGETEX a EX 281474976710656 FIELDS 1 f")).isEqualTo(invalid("hgetex"));
    }
  }

  @Nested
  class Hsetex {
    @Test
    void sets_values_and_when_they_go() throws IOException {
      assertThat(does("HSETEX a EX 10 FIELDS 2 f 1 g 2")).isEqualTo(1L);
      assertThat(does("HPTTL a FIELDS 2 f g")).isEqualTo(List.of(10_000L, 10_000L));
      assertThat(does("HSETEX a KEEPTTL FIELDS 1 f 3")).isEqualTo(1L);
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(10_000L));
      assertThat(does("HSETEX a FIELDS 1 f 4")).isEqualTo(1L);
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(-1L));
      assertThat(does("HGETALL a")).isEqualTo(List.of("f", "4", "g", "2"));
      assertThat(store.events())
          .containsExactly("n new a", "h hset a", "h hexpire a", "h hset a", "h hset a");
    }

    @Test
    void looks_at_what_there_is() throws IOException {
      assertThat(does("HSETEX a FXX FIELDS 1 f 1")).isEqualTo(0L);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("HSETEX a FNX FIELDS 1 f 1")).isEqualTo(1L);
      assertThat(does("HSETEX a FNX FIELDS 2 f 2 g 2")).isEqualTo(0L);
      assertThat(does("HSETEX a FXX FIELDS 2 f 2 g 2")).isEqualTo(0L);
      assertThat(does("HGETALL a")).isEqualTo(List.of("f", "1"));
      assertThat(does("HSETEX a PX 5 FXX FIELDS 1 f 3")).isEqualTo(1L);
      assertThat(does("HPTTL a FIELDS 1 f")).isEqualTo(List.of(5L));
    }

    @Test
    void to_a_moment_that_has_passed_leaves_nothing() throws IOException {
      assertThat(does("HSETEX a EXAT 1 FIELDS 1 f 1")).isEqualTo(1L);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(store.events()).endsWith("h hset a", "h hdel a", "g del a");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "HSETEX a FIELDS",
          "HSETEX a FIELDS 1",
          "HSETEX a FIELDS 2 f 1",
          "HSETEX a FIELDS 2 f 1 g",
          "HSETEX a FIELDS 2 f 1 g 2 h",
          "HSETEX a FIELDS 1 f 1 x",
          "HSETEX a KEEPTTL FNX FIELDS 1 f",
          "HSETEX a EX 1 FXX FXX2"
        })
    void takes_as_many_pairs_as_it_says(String line) throws IOException {
      var expected =
          line.endsWith("FXX2") ? error("ERR unknown argument: FXX2") : wrongNumber("hsetex");
      assertThat(does(line)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
      "nx FIELDS 1 f 1, ERR unknown argument: nx",
      "FXX FNX FIELDS 1 f 1, ERR Only one of FXX or FNX arguments can be specified",
      "FNX FNX FIELDS 1 f 1, ERR Only one of FXX or FNX arguments can be specified",
      "EX FIELDS 1 f 1, ERR value is not an integer or out of range",
      "EXAT -1 FIELDS 1 f 1, 'ERR invalid expire time, must be >= 0'",
      "PXAT 281474976710656 FIELDS 1 f 1, ERR invalid expire time in 'hsetex' command",
      "FIELDS 0 f 1, ERR invalid number of fields",
      "FIELDS x f 1, ERR invalid number of fields",
      "FIELDS 9223372036854775808 f 1, ERR invalid number of fields",
      "KEEPTTL FNX FXX EX, ERR Only one of FXX or FNX arguments can be specified",
      "FNX PX 5 PX 5 FIELDS 1 f 1, "
          + "'ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'",
      "KEEPTTL EX 5 FIELDS 1 f 1, "
          + "'ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'",
      "FNX PXAT 5 FXX, ERR Only one of FXX or FNX arguments can be specified",
      "FNX PXAT 5 EX, 'ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'",
      "FNX 1 PX 5, ERR unknown argument: 1",
    })
    void refuses_what_makes_no_sense(String words, String text) throws IOException {
      assertThat(does("HSETEX a " + words)).isEqualTo(error(text));
      assertThat(does("EXISTS a")).isEqualTo(0L);
    }
  }
}
