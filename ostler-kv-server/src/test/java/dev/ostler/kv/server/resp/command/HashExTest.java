package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static dev.ostler.kv.server.resp.command.Commands.wrongNumber;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
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

/** HGETDEL, HGETEX and HSETEX: values of fields together with their deadlines. */
@ExtendWith(OstlerExtension.class)
class HashExTest {
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
    void returns_values_and_sets_their_deadlines() throws IOException {
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
    void refuses_wrong_arguments() throws IOException {
      assertThat(does("HGETEX a FIELDS 1")).isEqualTo(wrongNumber("hgetex"));
      assertThat(does("HGETEX a X 1 f")).isEqualTo(noFields());
      assertThat(does("HGETEX a PXAT 1 1")).isEqualTo(wrongNumber("hgetex"));
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
      assertThat(store.events()).containsExactly("n new a", "h hset a", "h hdel a", "g del a");
    }

    @Test
    void to_a_moment_that_has_passed_leaves_the_other_fields() throws IOException {
      assertThat(does("HSET a f 1 g 2")).isEqualTo(2L);
      assertThat(does("HSETEX a EXAT 1 FIELDS 2 f 3 h 4")).isEqualTo(1L);
      assertThat(does("HGETALL a")).isEqualTo(List.of("g", "2"));
      assertThat(does("HSETEX a EXAT 1 FXX FIELDS 1 g 1")).isEqualTo(1L);
      assertThat(store.events())
          .containsExactly(
              "n new a", "h hset a", "h hset a", "h hdel a", "h hset a", "h hdel a", "g del a");
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
    void refuses_wrong_arguments(String words, String text) throws IOException {
      assertThat(does("HSETEX a " + words)).isEqualTo(error(text));
      assertThat(does("EXISTS a")).isEqualTo(0L);
    }
  }
}
