package dev.ostler.kv;

import static dev.ostler.kv.Commands.error;
import static dev.ostler.kv.Commands.wrongNumber;
import static dev.ostler.kv.Commands.wrongType;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on buckets that are one value. */
@ExtendWith(OstlerExtension.class)
class StringCommandsTest {
  private static final RespReader.Failure SYNTAX = error(CommandError.SYNTAX);

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

  @Nested
  class Set {
    @Test
    void gives_a_key_a_value_whatever_it_was() throws IOException {
      assertThat(does("SET a 1")).isEqualTo("OK");
      assertThat(does("GET a")).isEqualTo("1");
      does("KV.CREATE b");
      does("HSET b f 1");
      does("EXPIRE b 100");

      assertThat(does("SET b 2")).isEqualTo("OK");
      assertThat(does("GET b")).isEqualTo("2");
      assertThat(does("TYPE b")).isEqualTo("string");
      assertThat(does("TTL b")).isEqualTo(-1L);
      assertThat(store.ask("SET", "", "")).isEqualTo("OK");
      assertThat(store.ask("GET", "")).isEqualTo("");
    }

    @Test
    void takes_the_deadline_away_or_keeps_it() throws IOException {
      does("SET a 1 PX 5000");
      assertThat(does("SET a 2 KEEPTTL")).isEqualTo("OK");
      assertThat(does("PTTL a")).isEqualTo(5000L);
      does("SET a 3");
      assertThat(does("PTTL a")).isEqualTo(-1L);

      does("HSET h f 1");
      does("PEXPIRE h 5000");
      does("SET h 2 KEEPTTL");
      assertThat(does("PTTL h")).isEqualTo(5000L);
    }

    @Test
    void sets_a_deadline_in_four_ways() throws IOException {
      does("SET a 1 EX 10");
      assertThat(does("PTTL a")).isEqualTo(10_000L);
      does("SET a 1 px 11");
      assertThat(does("PTTL a")).isEqualTo(11L);
      does("SET a 1 EXAT 1800000000");
      assertThat(does("PEXPIRETIME a")).isEqualTo(1_800_000_000_000L);
      does("SET a 1 PXAT 1800000000001");
      assertThat(does("PEXPIRETIME a")).isEqualTo(1_800_000_000_001L);
      does("SETEX a 12 1");
      assertThat(does("PTTL a")).isEqualTo(12_000L);
      does("PSETEX a 13 1");
      assertThat(does("PTTL a")).isEqualTo(13L);
      store.pass(13);
      assertThat(does("GET a")).isNull();
    }

    @Test
    void to_a_deadline_that_has_passed_leaves_nothing() throws IOException {
      does("SET a 1");

      assertThat(does("SET a 2 EXAT 1")).isEqualTo("OK");
      assertThat(does("GET a")).isNull();
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }

    @Test
    void looks_at_what_there_is() throws IOException {
      assertThat(does("SET a 1 XX")).isNull();
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("SET a 1 NX")).isEqualTo("OK");
      assertThat(does("SET a 2 NX")).isNull();
      assertThat(does("SET a 3 XX")).isEqualTo("OK");
      assertThat(does("GET a")).isEqualTo("3");
      assertThat(does("SETNX a 4")).isEqualTo(0L);
      assertThat(does("SETNX b 4")).isEqualTo(1L);
      does("HSET h f 1");
      assertThat(does("SETNX h 4")).isEqualTo(0L);
      assertThat(does("TYPE h")).isEqualTo("hash");
    }

    @Test
    void gives_what_there_was() throws IOException {
      assertThat(does("SET a 1 GET")).isNull();
      assertThat(does("SET a 2 GET")).isEqualTo("1");
      assertThat(does("SET a 3 NX GET")).isEqualTo("2");
      assertThat(does("SET b 1 XX GET")).isNull();
      assertThat(does("SET b 1 GET NX")).isNull();
      assertThat(does("MGET a b")).isEqualTo(List.of("2", "1"));
      assertThat(does("GETSET a 5")).isEqualTo("2");
      assertThat(does("GETSET c 6")).isNull();
      does("HSET h f 1");
      assertThat(does("SET h 1 GET")).isEqualTo(wrongType());
      assertThat(does("GETSET h 1")).isEqualTo(wrongType());
      assertThat(does("TYPE h")).isEqualTo("hash");
    }

    @Test
    void tells_of_what_it_does() throws IOException {
      does("SET a 1");
      does("SET a 1 EX 10");
      does("SETNX a 2");
      does("SETEX a 10 3");
      does("GETSET a 4");

      assertThat(store.events())
          .containsExactly(
              "n new a", "$ set a", "$ set a", "g expire a", "$ set a", "g expire a", "$ set a");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "NX XX",
          "XX NX",
          "EX",
          "EX 1 PX 1",
          "EX 1 KEEPTTL",
          "KEEPTTL EX 1",
          "PXAT 1 EX 1",
          "PERSIST",
          "x",
          "GET x",
          "NX EX"
        })
    void refuses_words_that_contradict_each_other(String options) throws IOException {
      assertThat(does("SET a 1 " + options)).isEqualTo(SYNTAX);
      assertThat(does("EXISTS a")).isEqualTo(0L);
    }

    @ParameterizedTest
    @CsvSource({
      "SET a 1 EX 0, set",
      "SET a 1 PX -1, set",
      "SET a 1 EX 9223372036854775807, set",
      "SET a 1 EX 9223370399119966, set",
      "SET a 1 PX 9223372036854775807, set",
      "SET a 1 EXAT 0, set",
      "SETEX a 0 1, setex",
      "PSETEX a -1 1, psetex",
    })
    void refuses_times_that_cannot_be(String line, String command) throws IOException {
      assertThat(does(line))
          .isEqualTo(error("ERR invalid expire time in '" + command + "' command"));
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("SET a 1 EX x")).isEqualTo(error(CommandError.NOT_INTEGER));
    }
  }

  @Nested
  class Get {
    @Test
    void drops_the_key_if_it_is_getdel() throws IOException {
      does("SET a 1");
      var down = store.watch("a");
      store.events();

      assertThat(does("GETDEL a")).isEqualTo("1");
      TimedStore.await(down);
      assertThat(does("GETDEL a")).isNull();
      assertThat(store.events()).containsExactly("g del a");
    }

    @Test
    void changes_the_deadline_if_it_is_getex() throws IOException {
      does("SET a 1");
      store.events();

      assertThat(does("GETEX a")).isEqualTo("1");
      assertThat(does("GETEX a PERSIST")).isEqualTo("1");
      assertThat(store.events()).isEmpty();
      assertThat(does("GETEX a EX 10")).isEqualTo("1");
      assertThat(does("PTTL a")).isEqualTo(10_000L);
      does("GETEX a PXAT 1800000000001");
      assertThat(does("PEXPIRETIME a")).isEqualTo(1_800_000_000_001L);
      does("GETEX a PERSIST");
      assertThat(does("PTTL a")).isEqualTo(-1L);
      assertThat(does("GETEX a EXAT 1")).isEqualTo("1");
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(store.events())
          .containsExactly("g expire a", "g expire a", "g persist a", "g del a");
    }

    @Test
    void refuses_words_that_make_no_sense_if_it_is_getex() throws IOException {
      for (String options : List.of("EX", "EX 1 PERSIST", "PERSIST EX 1", "KEEPTTL", "NX", "x")) {
        assertThat(does("GETEX a " + options)).as(options).isEqualTo(SYNTAX);
      }
      assertThat(does("GETEX a EX 0")).isNull(); // there is nothing that could go
      does("SET a 1");
      assertThat(does("GETEX a EX 0"))
          .isEqualTo(error("ERR invalid expire time in 'getex' command"));
      assertThat(does("GETEX")).isEqualTo(wrongNumber("getex"));
    }
  }

  @Nested
  class Several {
    @Test
    void are_set_at_once() throws IOException {
      assertThat(does("MSET a 1 b 2 a 3")).isEqualTo("OK");
      does("HSET h f 1");
      assertThat(does("MGET a x b h")).isEqualTo(Arrays.asList("3", null, "2", null));
      assertThat(does("MSET h 1")).isEqualTo("OK");
      assertThat(does("GET h")).isEqualTo("1");
      assertThat(does("MSET a 1 b")).isEqualTo(wrongNumber("mset"));
    }

    @Test
    void are_set_all_or_none_if_it_is_msetnx() throws IOException {
      assertThat(does("MSETNX a 1 b 2 a 3")).isEqualTo(1L);
      assertThat(does("MSETNX c 1 b 3")).isEqualTo(0L);
      assertThat(does("MGET a b c")).isEqualTo(Arrays.asList("3", "2", null));
      assertThat(does("DBSIZE")).isEqualTo(2L);
      assertThat(does("MSETNX a 1 b")).isEqualTo(wrongNumber("msetnx"));
    }
  }

  @Nested
  class A_part {
    @Test
    void is_added_at_the_end() throws IOException {
      assertThat(does("APPEND a foo")).isEqualTo(3L);
      assertThat(does("APPEND a bar")).isEqualTo(6L);
      assertThat(does("GET a")).isEqualTo("foobar");
      assertThat(does("STRLEN a")).isEqualTo(6L);
      assertThat(does("STRLEN b")).isEqualTo(0L);
    }

    @Test
    void replaces_a_part() throws IOException {
      does("SET a foo");
      does("EXPIRE a 100");
      assertThat(does("SETRANGE a 1 ar")).isEqualTo(3L);
      assertThat(does("SETRANGE a 5 x")).isEqualTo(6L);
      assertThat(does("GET a")).isEqualTo("far\0\0x");
      assertThat(does("TTL a")).isEqualTo(100L);
      assertThat(store.ask("SETRANGE", "a", "100", "")).isEqualTo(6L);
      assertThat(store.ask("SETRANGE", "b", "100", "")).isEqualTo(0L);
      assertThat(does("EXISTS b")).isEqualTo(0L);
      assertThat(does("SETRANGE b 1 x")).isEqualTo(2L);
      assertThat(does("SETRANGE b -1 x")).isEqualTo(error("ERR offset is out of range"));
      assertThat(does("SETRANGE b 536870912 x"))
          .isEqualTo(error("ERR string exceeds maximum allowed size (proto-max-bulk-len)"));
      assertThat(does("SETRANGE b 9223372036854775807 x"))
          .isEqualTo(error("ERR string exceeds maximum allowed size (proto-max-bulk-len)"));
    }

    @ParameterizedTest
    @CsvSource({
      "0, 3, Hell",
      "0, -1, Hello World",
      "-4, -1, orld",
      "5, 3, ''",
      "5, 5000, ' World'",
      "-5000, 10000, Hello World",
      "-1, -5, ''",
      "-100, -50, H",
      "0, -4294967297, H",
      "9223372036854775807, 9223372036854775807, ''",
    })
    void is_read(String first, String last, String part) throws IOException {
      store.ask("SET", "a", "Hello World");

      assertThat(store.ask("GETRANGE", "a", first, last)).isEqualTo(part);
      assertThat(store.ask("SUBSTR", "a", first, last)).isEqualTo(part);
      assertThat(store.ask("GETRANGE", "b", first, last)).isEqualTo("");
    }

    @Test
    void may_be_a_bit() throws IOException {
      assertThat(does("SETBIT a 1 1")).isEqualTo(0L);
      assertThat(does("SETBIT a 15 1")).isEqualTo(0L);
      assertThat(does("SETBIT a 1 0")).isEqualTo(1L);
      assertThat(does("GET a")).isEqualTo("\0\1");
      assertThat(does("GETBIT a 15")).isEqualTo(1L);
      assertThat(does("GETBIT a 14")).isEqualTo(0L);
      assertThat(does("GETBIT a 4294967295")).isEqualTo(0L);
      assertThat(does("SETBIT a 4294967296 1"))
          .isEqualTo(error("ERR bit offset is not an integer or out of range"));
      assertThat(does("SETBIT a 0 2"))
          .isEqualTo(error("ERR bit is not an integer or out of range"));
    }

    @Test
    void that_changes_is_told_of() throws IOException {
      does("APPEND a foo");
      does("SETRANGE a 0 x");
      does("SETBIT a 0 1");
      does("INCR b");
      does("INCRBYFLOAT b 1");

      assertThat(store.events())
          .containsExactly(
              "n new a",
              "$ append a",
              "$ setrange a",
              "$ setbit a",
              "n new b",
              "$ incrby b",
              "$ incrbyfloat b");
    }
  }

  @Nested
  class Lcs {
    @Test
    void finds_the_longest_common_subsequence() throws IOException {
      does("MSET a ohmytext b mynewtext");

      assertThat(does("LCS a b")).isEqualTo("mytext");
      assertThat(does("LCS a b LEN")).isEqualTo(6L);
      assertThat(does("LCS a x")).isEqualTo("");
      assertThat(does("LCS a x LEN")).isEqualTo(0L);
      var text = List.of(List.of(4L, 7L), List.of(5L, 8L));
      var my = List.of(List.of(2L, 3L), List.of(0L, 1L));
      assertThat(does("LCS a b IDX")).isEqualTo(List.of("matches", List.of(text, my), "len", 6L));
      assertThat(does("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"))
          .isEqualTo(
              List.of(
                  "matches", List.of(List.of(List.of(4L, 7L), List.of(5L, 8L), 4L)), "len", 6L));
    }

    @Test
    void refuses_what_makes_no_sense() throws IOException {
      does("HSET h f 1");

      assertThat(does("LCS a h"))
          .isEqualTo(error("ERR The specified keys must contain string values"));
      assertThat(does("LCS a b LEN IDX"))
          .isEqualTo(error("ERR If you want both the length and indexes, please just use IDX."));
      assertThat(does("LCS a b MINMATCHLEN")).isEqualTo(SYNTAX);
      does("SETRANGE a 20000 x");
      does("SETRANGE b 20000 x");
      assertThat(does("LCS a b"))
          .isEqualTo(
              error(
                  "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
    }
  }

  @Nested
  class Incr {
    @Test
    void counts_up_and_down_from_nothing() throws IOException {
      assertThat(does("INCR a")).isEqualTo(1L);
      assertThat(does("INCRBY a 17179869184")).isEqualTo(17179869185L);
      assertThat(does("DECRBY a 17179869186")).isEqualTo(-1L);
      assertThat(does("DECR a")).isEqualTo(-2L);
      assertThat(does("GET a")).isEqualTo("-2");
      assertThat(does("INCRBYFLOAT a 2.25")).isEqualTo("0.25");
      assertThat(does("INCRBYFLOAT b -1")).isEqualTo("-1");
    }

    @Test
    void keeps_the_deadline() throws IOException {
      does("SET a 1 EX 100");
      does("INCR a");
      does("INCRBYFLOAT a 1");

      assertThat(does("TTL a")).isEqualTo(100L);
    }

    @ParameterizedTest
    @CsvSource({
      "x, INCR a, ERR value is not an integer or out of range",
      "' 1', INCR a, ERR value is not an integer or out of range",
      "01, INCR a, ERR value is not an integer or out of range",
      "1.0, INCR a, ERR value is not an integer or out of range",
      "9223372036854775807, INCR a, ERR increment or decrement would overflow",
      "-9223372036854775808, DECR a, ERR increment or decrement would overflow",
      "-1, DECRBY a 9223372036854775808, ERR value is not an integer or out of range",
      "-1, DECRBY a -9223372036854775808, ERR decrement would overflow",
      "1, INCRBY a 1.5, ERR value is not an integer or out of range",
      "x, INCRBYFLOAT a 1, ERR value is not a valid float",
      "1, INCRBYFLOAT a x, ERR value is not a valid float",
      "1, INCRBYFLOAT a inf, ERR increment would produce NaN or Infinity",
    })
    void refuses_what_is_no_number(String value, String line, String text) throws IOException {
      store.ask("SET", "a", value);

      assertThat(does(line)).isEqualTo(error(text));
      assertThat(does("GET a")).isEqualTo(value);
    }
  }

  @Nested
  class A_hash {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "GET a",
          "GETDEL a",
          "GETEX a",
          "GETSET a 1",
          "STRLEN a",
          "APPEND a 1",
          "SETRANGE a 0 1",
          "GETRANGE a 0 1",
          "SUBSTR a 0 1",
          "SETBIT a 0 1",
          "GETBIT a 0",
          "INCR a",
          "DECR a",
          "INCRBY a 1",
          "DECRBY a 1",
          "INCRBYFLOAT a 1",
          "SET a 1 GET"
        })
    void is_no_value(String line) throws IOException {
      does("HSET a f 1");

      assertThat(does(line)).isEqualTo(wrongType());
      assertThat(does("HGETALL a")).isEqualTo(List.of("f", "1"));
    }

    @Test
    void is_no_value_if_it_is_kept_without_fields() throws IOException {
      does("KV.CREATE a");

      assertThat(does("GET a")).isEqualTo(wrongType());
      assertThat(does("INCR a")).isEqualTo(wrongType());
    }
  }

  @Nested
  class In_protocol_3 {
    @Test
    void lcs_is_a_map_and_no_value_is_nil() throws IOException {
      var entries = new Entries("a", Environment.of(Limits.DEFAULT));
      assertThat(Commands.reply(3, entries, "GET", "a")).isNull();

      var held = new Held(Environment.of(Limits.DEFAULT));
      var out = new RespWriter(3);
      var spec = CommandTable.ALL.find("lcs");
      assertThat(spec).isNotNull();
      ((CommandSpec.OfBuckets) spec.body()).run(held, Args.of("LCS", "a", "b", "IDX"), out);
      assertThat(new RespReader(new java.io.ByteArrayInputStream(out.toBytes())).next())
          .isEqualTo(Map.of("matches", List.of(), "len", 0L));
    }
  }
}
