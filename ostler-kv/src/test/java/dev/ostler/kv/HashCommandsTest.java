package dev.ostler.kv;

import static dev.ostler.kv.Commands.error;
import static dev.ostler.kv.Commands.wrongNumber;
import static dev.ostler.kv.Commands.wrongType;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on the fields of one bucket. */
@ExtendWith(OstlerExtension.class)
class HashCommandsTest {
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

  private List<?> list(String line) throws IOException {
    return (List<?>) does(line);
  }

  @Nested
  class Hset {
    @Test
    void counts_the_fields_that_are_new() throws IOException {
      assertThat(does("HSET a f 1 g 2")).isEqualTo(2L);
      assertThat(does("HSET a g 3 h 4 h 5")).isEqualTo(1L);
      assertThat(does("HGETALL a")).isEqualTo(List.of("f", "1", "g", "3", "h", "5"));
      assertThat(store.events()).containsExactly("n new a", "h hset a", "h hset a");
    }

    @Test
    void takes_a_value_for_each_field() throws IOException {
      assertThat(does("HSET a f 1 g")).isEqualTo(wrongNumber("hset"));
      assertThat(does("HMSET a f 1 g")).isEqualTo(wrongNumber("hmset"));
      assertThat(does("HSET a f")).isEqualTo(wrongNumber("hset"));
      assertThat(does("EXISTS a")).isEqualTo(0L);
    }

    @Test
    void takes_any_bytes_and_none() throws IOException {
      assertThat(store.ask("HSET", "", "", "")).isEqualTo(1L);
      assertThat(store.ask("HGET", "", "")).isEqualTo("");
      assertThat(store.ask("HSET", "a", "\0\r\né", "☃")).isEqualTo(1L);
      assertThat(store.ask("HGET", "a", "\0\r\né")).isEqualTo(Bytes.of("☃"));
    }

    @Test
    void answers_ok_if_it_is_hmset() throws IOException {
      assertThat(does("HMSET a f 1 g 2")).isEqualTo("OK");
      assertThat(does("HMGET a g x f")).isEqualTo(Arrays.asList("2", null, "1"));
      assertThat(does("HMGET b f g")).isEqualTo(Arrays.asList(null, null));
    }

    @Test
    void changes_nothing_if_it_is_hsetnx_and_the_field_is_there() throws IOException {
      assertThat(does("HSETNX a f 1")).isEqualTo(1L);
      assertThat(does("HSETNX a f 2")).isEqualTo(0L);
      assertThat(does("HGET a f")).isEqualTo("1");
      assertThat(store.events()).containsExactly("n new a", "h hset a");
    }
  }

  @Nested
  class Hdel {
    @Test
    void counts_what_it_removes_and_the_last_field_takes_the_bucket_along() throws IOException {
      does("HSET a f 1 g 2 h 3");
      store.events();

      assertThat(does("HDEL a f x f")).isEqualTo(1L);
      assertThat(does("HDEL a x")).isEqualTo(0L);
      assertThat(does("HDEL b f")).isEqualTo(0L);
      var down = store.watch("a");
      assertThat(does("HDEL a g h x")).isEqualTo(2L);
      TimedStore.await(down);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(store.events()).containsExactly("h hdel a", "h hdel a", "g del a");
    }

    @Test
    void leaves_a_bucket_that_is_kept() throws IOException {
      does("KV.CREATE a");
      does("HSET a f 1");
      store.events();

      assertThat(does("HDEL a f")).isEqualTo(1L);
      assertThat(does("EXISTS a")).isEqualTo(1L);
      assertThat(does("HLEN a")).isEqualTo(0L);
      assertThat(store.events()).containsExactly("h hdel a");
    }
  }

  @Nested
  class Reads {
    @Test
    void show_what_there_is() throws IOException {
      does("HSET a f 1 g 22");

      assertThat(does("HGET a g")).isEqualTo("22");
      assertThat(does("HGET a x")).isNull();
      assertThat(does("HLEN a")).isEqualTo(2L);
      assertThat(does("HEXISTS a f")).isEqualTo(1L);
      assertThat(does("HEXISTS a x")).isEqualTo(0L);
      assertThat(does("HSTRLEN a g")).isEqualTo(2L);
      assertThat(does("HSTRLEN a x")).isEqualTo(0L);
      assertThat(does("HKEYS a")).isEqualTo(List.of("f", "g"));
      assertThat(does("HVALS a")).isEqualTo(List.of("1", "22"));
    }

    @Test
    void show_nothing_of_no_bucket() throws IOException {
      assertThat(does("HGET a f")).isNull();
      assertThat(does("HLEN a")).isEqualTo(0L);
      assertThat(does("HEXISTS a f")).isEqualTo(0L);
      assertThat(does("HSTRLEN a f")).isEqualTo(0L);
      assertThat(list("HKEYS a")).isEmpty();
      assertThat(list("HVALS a")).isEmpty();
      assertThat(list("HGETALL a")).isEmpty();
      assertThat(does("HRANDFIELD a")).isNull();
      assertThat(list("HRANDFIELD a 3")).isEmpty();
      assertThat(does("HSCAN a 0")).isEqualTo(List.of("0", List.of()));
    }

    @Test
    void give_pairs_in_protocol_3() throws IOException {
      var entries = new Entries("a", Environment.of(Limits.DEFAULT));
      entries.apply(new Change.Put("f", "1"));
      entries.apply(new Change.Put("g", "2"));

      assertThat(Commands.reply(3, entries, "HGETALL", "a")).isEqualTo(Map.of("f", "1", "g", "2"));
      assertThat((List<?>) Commands.reply(3, entries, "HRANDFIELD", "a", "5", "WITHVALUES"))
          .isEqualTo(List.of(List.of("f", "1"), List.of("g", "2")));
      assertThat(Commands.reply(3, entries, "HKEYS", "a")).isEqualTo(List.of("f", "g"));
      assertThat(Commands.reply(2, entries, "HRANDFIELD", "a", "5", "WITHVALUES"))
          .isEqualTo(List.of("f", "1", "g", "2"));
    }
  }

  @Nested
  class Hincrby {
    @Test
    void counts_from_nothing() throws IOException {
      assertThat(does("HINCRBY a f 5")).isEqualTo(5L);
      assertThat(does("HINCRBY a f -7")).isEqualTo(-2L);
      assertThat(does("HGET a f")).isEqualTo("-2");
      assertThat(does("HINCRBYFLOAT a g 10.5")).isEqualTo("10.5");
      assertThat(does("HINCRBYFLOAT a g 0.1")).isEqualTo("10.6");
      assertThat(does("HINCRBYFLOAT a f 2.0e2")).isEqualTo("198");
      assertThat(store.events())
          .containsExactly(
              "n new a",
              "h hincrby a",
              "h hincrby a",
              "h hincrbyfloat a",
              "h hincrbyfloat a",
              "h hincrbyfloat a");
    }

    @ParameterizedTest
    @CsvSource({
      "x, 1, ERR hash value is not an integer",
      "1.5, 1, ERR hash value is not an integer",
      "1, x, ERR value is not an integer or out of range",
      "1, 9223372036854775808, ERR value is not an integer or out of range",
      "1, 9223372036854775807, ERR increment or decrement would overflow",
      "-2, -9223372036854775808, ERR increment or decrement would overflow",
    })
    void refuses_what_is_no_integer(String value, String step, String text) throws IOException {
      store.ask("HSET", "a", "f", value);

      assertThat(store.ask("HINCRBY", "a", "f", step)).isEqualTo(error(text));
      assertThat(does("HGET a f")).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({
      "x, 1, ERR hash value is not a float",
      "' 1', 1, ERR hash value is not a float",
      "nan, 1, ERR hash value is not a float",
      "1, x, ERR value is not a valid float",
      "1, nan, ERR value is not a valid float",
      "1, inf, ERR value is NaN or Infinity",
      "inf, 1, ERR increment would produce NaN or Infinity",
    })
    void refuses_what_is_no_number(String value, String step, String text) throws IOException {
      store.ask("HSET", "a", "f", value);

      assertThat(store.ask("HINCRBYFLOAT", "a", "f", step)).isEqualTo(error(text));
      assertThat(does("HGET a f")).isEqualTo(value);
    }

    @Test
    void leaves_no_bucket_if_it_is_refused() throws IOException {
      assertThat(does("HINCRBY a f x")).isInstanceOf(RespReader.Failure.class);
      assertThat(does("HINCRBYFLOAT a f inf")).isInstanceOf(RespReader.Failure.class);
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }
  }

  @Nested
  class Hrandfield {
    private void fill(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        does("HSET a f" + i + " v" + i);
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 30, 99})
    void gives_so_many_that_differ(int count) throws IOException {
      fill(100);

      List<?> fields = list("HRANDFIELD a " + count);
      assertThat(fields).hasSize(count).doesNotHaveDuplicates();
      List<?> pairs = list("HRANDFIELD a " + count + " WITHVALUES");
      assertThat(pairs).hasSize(2 * count);
      for (int i = 0; i < pairs.size(); i += 2) {
        assertThat(pairs.get(i + 1)).isEqualTo(((String) pairs.get(i)).replace('f', 'v'));
      }
    }

    @Test
    void gives_all_there_are_if_more_are_wanted() throws IOException {
      fill(10);

      assertThat(new HashSet<>(list("HRANDFIELD a 1000")))
          .isEqualTo(new HashSet<>(list("HKEYS a")));
      assertThat(list("HRANDFIELD a 9223372036854775807")).hasSize(10);
      assertThat(list("HRANDFIELD a 0")).isEmpty();
    }

    @Test
    void gives_some_twice_if_the_number_is_negative() throws IOException {
      fill(3);

      assertThat(list("HRANDFIELD a -500")).hasSize(500);
      assertThat(new HashSet<>(list("HRANDFIELD a -500"))).hasSize(3);
      assertThat(list("HRANDFIELD a -20 WITHVALUES")).hasSize(40);
    }

    @Test
    void gives_each_at_some_time() throws IOException {
      fill(10);
      var seen = new HashSet<Object>();
      for (int i = 0; i < 1000 && seen.size() < 10; i++) {
        seen.add(does("HRANDFIELD a"));
      }

      assertThat(seen).hasSize(10);
    }

    @Test
    void refuses_numbers_that_make_no_sense() throws IOException {
      does("HSET a f 1");

      assertThat(does("HRANDFIELD a x")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("HRANDFIELD a -9223372036854775808"))
          .isEqualTo(
              error(
                  "ERR value is out of range, value must between -9223372036854775807 and"
                      + " 9223372036854775807"));
      assertThat(does("HRANDFIELD a -9223372036854770000 WITHVALUES"))
          .isEqualTo(error("ERR value is out of range"));
      assertThat(does("HRANDFIELD a -9223372036854770000"))
          .isEqualTo(error("ERR the reply is larger than 2 GiB"));
      assertThat(does("HRANDFIELD a 1 VALUES")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("HRANDFIELD a 1 WITHVALUES x")).isEqualTo(error(CommandError.SYNTAX));
    }
  }

  @Nested
  class Hscan {
    private List<Object> scan(String options) throws IOException {
      var found = new ArrayList<Object>();
      String cursor = "0";
      do {
        List<?> reply = list("HSCAN a " + cursor + options);
        cursor = (String) reply.get(0);
        found.addAll((List<?>) reply.get(1));
      } while (!cursor.equals("0"));
      return found;
    }

    @Test
    void shows_every_field_with_its_value() throws IOException {
      for (int i = 0; i < 1000; i++) {
        does("HSET a f" + i + " v" + i);
      }

      for (String options : List.of("", " COUNT 1", " COUNT 10000", " MATCH *")) {
        List<Object> all = scan(options);
        assertThat(all).as(options).hasSize(2000);
        assertThat(new HashSet<>(all)).contains("f0", "v999").hasSize(2000);
      }
      assertThat(scan(" MATCH f99?")).hasSize(20);
      assertThat(scan(" NOVALUES"))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 1000).<Object>mapToObj(i -> "f" + i).toList());
    }

    @Test
    void refuses_what_makes_no_sense() throws IOException {
      does("HSET a f 1");

      assertThat(does("HSCAN a x")).isEqualTo(error("ERR invalid cursor"));
      assertThat(does("HSCAN b x")).isEqualTo(error("ERR invalid cursor"));
      assertThat(does("HSCAN a 0 COUNT 0")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("HSCAN a 0 COUNT x")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("HSCAN a 0 MATCH")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("HSCAN a 0 TYPE hash")).isEqualTo(error(CommandError.SYNTAX));
    }
  }

  @Nested
  class A_bucket_that_is_one_value {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "HSET a f 1",
          "HMSET a f 1",
          "HSETNX a f 1",
          "HGET a f",
          "HMGET a f",
          "HDEL a f",
          "HEXISTS a f",
          "HLEN a",
          "HSTRLEN a f",
          "HKEYS a",
          "HVALS a",
          "HGETALL a",
          "HINCRBY a f 1",
          "HINCRBYFLOAT a f 1",
          "HRANDFIELD a",
          "HRANDFIELD a 1",
          "HSCAN a 0",
          "HEXPIRE a 1 FIELDS 1 f",
          "HPEXPIREAT a 1 FIELDS 1 f",
          "HTTL a FIELDS 1 f",
          "HPEXPIRETIME a FIELDS 1 f",
          "HPERSIST a FIELDS 1 f",
          "HGETDEL a FIELDS 1 f",
          "HGETEX a FIELDS 1 f",
          "HSETEX a FIELDS 1 f 1"
        })
    void is_no_hash(String line) throws IOException {
      does("SET a text");

      assertThat(does(line)).isEqualTo(wrongType());
      assertThat(does("GET a")).isEqualTo("text");
    }
  }

  @Nested
  class A_full_bucket {
    @Test
    void takes_no_more_fields() throws IOException {
      store.close();
      store = new TimedStore(KvConfig.inMemory().respPort(0).maxKeys(2));
      does("HSET a f 1 g 2 f 3");
      var full = error("ERR the hash may have 2 fields, and would have more");

      assertThat(does("HSET a f 4 h 5")).isEqualTo(full);
      assertThat(does("HSETNX a h 5")).isEqualTo(full);
      assertThat(does("HINCRBY a h 1")).isEqualTo(full);
      assertThat(does("HSETEX a FIELDS 1 h 1")).isEqualTo(full);
      assertThat(does("HSET b f 1 g 2 h 3")).isEqualTo(full);
      assertThat(does("HINCRBY a f 1")).isEqualTo(4L);
      assertThat(does("HSET a g 5 f 6")).isEqualTo(0L);
      assertThat(does("HGETALL a")).isEqualTo(List.of("f", "6", "g", "5"));
      assertThat(does("EXISTS b")).isEqualTo(0L);
    }
  }
}
