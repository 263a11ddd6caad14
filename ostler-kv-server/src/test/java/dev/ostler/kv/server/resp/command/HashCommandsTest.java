package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static dev.ostler.kv.server.resp.command.Commands.wrongNumber;
import static dev.ostler.kv.server.resp.command.Commands.wrongType;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.TimedStore;
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
    void accepts_any_bytes_and_none() throws IOException {
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
    void keeps_a_pinned_bucket() throws IOException {
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
    void is_not_a_hash(String line) throws IOException {
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
      store = new TimedStore(KvConfig.inMemory().with(Resp.on(0)).maxKeys(2));
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
