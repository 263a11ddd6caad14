package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Inside;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Commands on keys of any type. */
@ExtendWith(OstlerExtension.class)
class KeyCommandsTest {
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
  class Del {
    @Test
    void counts_what_it_drops_and_ends_the_buckets() throws IOException {
      does("HSET a f 1");
      store.text("b", "text");
      does("KV.CREATE c");
      var down = store.watch("a");
      store.events();

      assertThat(does("DEL a")).isEqualTo(1L);
      assertThat(TimedStore.await(down).ref()).isEqualTo(down);
      assertThat(does("DEL a b c d b")).isEqualTo(2L);
      assertThat(does("UNLINK a")).isEqualTo(0L);
      assertThat(does("EXISTS a b c d")).isEqualTo(0L);
      assertThat(store.events()).containsExactly("g del a", "g del b", "g del c");
    }

    @Test
    void of_thousands_of_keys_is_one_command() throws IOException {
      int many = 5000;
      IntStream.range(0, many).forEach(i -> store.text("k" + i, "v"));
      String[] keys =
          Stream.concat(Stream.of("DEL"), IntStream.range(0, many).mapToObj(i -> "k" + i))
              .toArray(String[]::new);

      assertThat(store.ask(keys)).isEqualTo((long) many);
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }
  }

  @Nested
  class Exists {
    @Test
    void counts_a_key_as_often_as_it_is_named() throws IOException {
      does("HSET a f 1");

      assertThat(does("EXISTS a")).isEqualTo(1L);
      assertThat(does("EXISTS a b a")).isEqualTo(2L);
      assertThat(does("TOUCH a b a")).isEqualTo(2L);
      assertThat(does("EXISTS b")).isEqualTo(0L);
    }
  }

  @Nested
  class Create {
    @Test
    void makes_a_bucket_that_stays_without_keys() throws IOException {
      assertThat(does("KV.CREATE a")).isEqualTo("OK");
      assertThat(does("create a")).isEqualTo("OK");
      assertThat(does("TYPE a")).isEqualTo("hash");
      assertThat(does("DBSIZE")).isEqualTo(1L);
      assertThat(store.events()).containsExactly("n new a");
      assertThat(does("DEL a")).isEqualTo(1L);
      assertThat(does("TYPE a")).isEqualTo("none");
    }

    @Test
    void lets_no_value_become_a_map() throws IOException {
      store.text("a", "text");

      assertThat(does("KV.CREATE a")).isEqualTo(error(CommandError.WRONG_TYPE));
      assertThat(does("TYPE a")).isEqualTo("string");
    }
  }

  @Nested
  class Rename {
    @Test
    void carries_all_there_is_and_leaves_nothing() throws IOException {
      does("KV.CREATE a");
      does("HSET a f 1 g 2");
      var _ =
          Inside.of(
              Store.of(store.kv()).getOrStart("a"),
              entries -> {
                entries.apply(new Change.KeyDeadline("g", store.now() + 500));
                return entries.seq();
              });
      does("PEXPIRE a 1000");
      does("HSET b x 9");
      store.events();

      assertThat(does("RENAME a b")).isEqualTo("OK");
      assertThat(store.events()).containsExactly("n new b", "g rename_from a", "g rename_to b");
      assertThat(does("EXISTS a")).isEqualTo(0L);
      assertThat(does("HGET b x")).isNull();
      assertThat(does("HGET b f")).isEqualTo("1");
      assertThat(does("PTTL b")).isEqualTo(1000L);
      assertThat(Inside.of(Store.of(store.kv()).getOrStart("b"), Entries::isPinned)).isTrue();
      store.passUnnoticed(500);
      assertThat(does("HGET b g")).isNull();
      assertThat(does("HGET b f")).isEqualTo("1");
    }

    @Test
    void does_not_keep_the_deadline_of_what_it_replaces() throws IOException {
      store.text("a", "one");
      store.text("b", "two");
      does("EXPIRE b 100");

      assertThat(does("RENAME a b")).isEqualTo("OK");
      assertThat(does("TTL b")).isEqualTo(-1L);
      assertThat(does("TYPE b")).isEqualTo("string");
      assertThat(does("DBSIZE")).isEqualTo(1L);
    }

    @Test
    void needs_a_key() throws IOException {
      assertThat(does("RENAME a b")).isEqualTo(error("ERR no such key"));
      assertThat(does("RENAMENX a a")).isEqualTo(error("ERR no such key"));
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }

    @Test
    void to_itself_changes_nothing() throws IOException {
      store.text("a", "one");

      assertThat(does("RENAME a a")).isEqualTo("OK");
      assertThat(does("RENAMENX a a")).isEqualTo(0L);
      assertThat(does("TYPE a")).isEqualTo("string");
    }

    @Test
    void nx_replaces_nothing() throws IOException {
      store.text("a", "one");
      store.text("b", "two");

      assertThat(does("RENAMENX a b")).isEqualTo(0L);
      assertThat(does("RENAMENX a c")).isEqualTo(1L);
      assertThat(does("EXISTS a b c")).isEqualTo(2L);
    }
  }

  @Nested
  class Copy {
    @Test
    void is_independent_of_the_original() throws IOException {
      does("HSET a f 1");
      does("EXPIRE a 100");

      assertThat(does("COPY a b")).isEqualTo(1L);
      does("HSET a f 2");
      assertThat(does("HGET b f")).isEqualTo("1");
      assertThat(does("TTL b")).isEqualTo(100L);
    }

    @Test
    void replaces_only_if_asked() throws IOException {
      does("HSET a f 1");
      does("HSET b f 2");
      store.events();

      assertThat(does("COPY a b")).isEqualTo(0L);
      assertThat(does("COPY a b DB 0 REPLACE")).isEqualTo(1L);
      assertThat(store.events()).containsExactly("n new b", "g copy_to b");
      assertThat(does("COPY c b REPLACE")).isEqualTo(0L);
      assertThat(does("HGET b f")).isEqualTo("1");
    }

    @Test
    void refuses_what_it_does_not_have() throws IOException {
      assertThat(does("COPY a a"))
          .isEqualTo(error("ERR source and destination objects are the same"));
      assertThat(does("COPY a b DB 1")).isEqualTo(error("ERR DB index is out of range"));
      assertThat(does("COPY a b DB x")).isEqualTo(error(CommandError.NOT_INTEGER));
      assertThat(does("COPY a b DB")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("COPY a b NOW")).isEqualTo(error(CommandError.SYNTAX));
    }
  }

  @Nested
  class All_keys {
    @Test
    void are_counted_exactly() throws IOException {
      does("HSET a f 1");
      does("HSET a g 1");
      does("HGET b f");
      store.text("c", "1");
      assertThat(does("DBSIZE")).isEqualTo(2L);

      does("RENAME a d");
      does("COPY d e");
      assertThat(does("DBSIZE")).isEqualTo(3L);
      assertThat(store.kv().delete("e")).isTrue();
      store.kv().lookup("c").orElseThrow().stop();
      assertThat(does("DBSIZE")).isEqualTo(1L);
    }

    @Test
    void are_counted_without_a_bucket_whose_process_was_killed() throws IOException {
      does("HSET a f 1");
      does("HSET b f 1");
      var down = store.watch("a");
      store.kv().lookup("a").orElseThrow().pid().exit(dev.ostler.ExitReason.KILL);
      TimedStore.await(down);

      assertThat(does("HGET a f")).isNull(); // a look-up finds it dead
      assertThat(does("DBSIZE")).isEqualTo(1L);
    }

    @Test
    void are_listed_by_pattern() throws IOException {
      Stream.of("key_x", "key_y", "foo_a", "foo_b").forEach(name -> store.text(name, "v"));

      assertThat((List<?>) does("KEYS foo*")).asList().containsExactlyInAnyOrder("foo_a", "foo_b");
      assertThat((List<?>) does("KEYS *")).hasSize(4);
      assertThat((List<?>) does("KEYS nothing")).isEmpty();
    }

    @Test
    void randomkey_of_one_key_is_that_key() throws IOException {
      assertThat(does("RANDOMKEY")).isNull();
      store.text("a", "v");

      assertThat(does("RANDOMKEY")).isEqualTo("a");
    }

    @Test
    void are_dropped_by_flushall() throws IOException {
      IntStream.range(0, 100).forEach(i -> store.text("k" + i, "v"));
      does("KV.CREATE kept");

      assertThat(does("FLUSHALL LATER")).isEqualTo(error(CommandError.SYNTAX));
      assertThat(does("DBSIZE")).isEqualTo(101L);
      assertThat(does("FLUSHALL")).isEqualTo("OK");
      assertThat(does("DBSIZE")).isEqualTo(0L);
      assertThat((List<?>) does("KEYS *")).isEmpty();
      assertThat(does("FLUSHDB ASYNC")).isEqualTo("OK");
      assertThat(does("FLUSHALL SYNC")).isEqualTo("OK");
    }

    @Test
    void are_dropped_by_a_command_that_holds_some_of_them() throws IOException {
      store.text("held", "1");
      store.text("other", "2");
      var keyspace = Store.of(store.kv()).keyspace();

      boolean dropped =
          keyspace.withAll(
              List.of("held"),
              List.of("made"),
              true,
              Store.of(store.kv()).gate(),
              held -> {
                held.get("made").apply(new Change.Text("3"));
                keyspace.dropAll(held);
                return !held.get("held").exists() && !held.get("made").exists();
              });

      assertThat(dropped).isTrue();
      assertThat(does("EXISTS held made other")).isEqualTo(0L);
      assertThat(does("DBSIZE")).isEqualTo(0L);
    }
  }

  @Nested
  class Insight {
    @Test
    void by_object_is_answered_as_by_redis() throws IOException {
      does("HSET a f 1");
      store.text("b", "1");

      assertThat(does("OBJECT ENCODING a")).isEqualTo("hashtable");
      assertThat(does("OBJECT ENCODING b")).isEqualTo("raw");
      assertThat(does("OBJECT ENCODING c")).isNull();
      assertThat(does("OBJECT REFCOUNT a")).isEqualTo(1L);
      assertThat(does("OBJECT IDLETIME a"))
          .isEqualTo(error("ERR when keys were last used is not tracked"));
      assertThat(does("OBJECT FREQ c")).isNull();
      assertThat((List<?>) does("OBJECT HELP")).isNotEmpty();
      assertThat(does("OBJECT NONSENSE a"))
          .isEqualTo(error("ERR unknown subcommand 'NONSENSE'. Try OBJECT HELP."));
    }

    @Test
    void returns_the_memory_a_key_takes() throws IOException {
      does("HSET a f 1");
      long small = (Long) does("MEMORY USAGE a");
      store.ask("HSET", "a", "g", "x".repeat(10_000));

      assertThat((Long) does("MEMORY USAGE a SAMPLES 5")).isBetween(small + 10_000, small + 10_200);
      assertThat(does("MEMORY USAGE b")).isNull();
      assertThat(does("MEMORY USAGE a SAMPLES")).isEqualTo(error(CommandError.SYNTAX));
    }
  }
}
