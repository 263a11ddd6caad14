package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static dev.ostler.kv.server.resp.command.Commands.wrongNumber;
import static dev.ostler.kv.server.resp.command.Commands.wrongType;
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

/** Commands on buckets with a value. */
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
    void publishes_what_it_does() throws IOException {
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
    void refuses_options_that_contradict_each_other(String options) throws IOException {
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
      assertThat(store.events()).containsExactly("g del a", "m keymiss a");
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
    void refuses_invalid_options_of_getex() throws IOException {
      for (String options : List.of("EX", "EX 1 PERSIST", "PERSIST EX 1", "KEEPTTL", "NX", "x")) {
        assertThat(does("GETEX a " + options)).as(options).isEqualTo(SYNTAX);
      }
      assertThat(does("GETEX a EX 0")).isNull(); // there is no key that could expire
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
    void is_not_a_value(String line) throws IOException {
      does("HSET a f 1");

      assertThat(does(line)).isEqualTo(wrongType());
      assertThat(does("HGETALL a")).isEqualTo(List.of("f", "1"));
    }

    @Test
    void is_not_a_value_if_it_is_pinned_without_fields() throws IOException {
      does("KV.CREATE a");

      assertThat(does("GET a")).isEqualTo(wrongType());
      assertThat(does("INCR a")).isEqualTo(wrongType());
    }
  }
}
