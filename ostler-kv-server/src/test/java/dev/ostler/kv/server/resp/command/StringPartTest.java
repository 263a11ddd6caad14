package dev.ostler.kv.server.resp.command;

import static dev.ostler.kv.server.resp.command.Commands.error;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.RespWriter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands on parts of values, and the longest common subsequence of two. */
@ExtendWith(OstlerExtension.class)
class StringPartTest {
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
    void that_has_the_value_already_is_not_a_change() throws IOException {
      does("SET a x"); // 01111000
      does("WATCH a");
      assertThat(does("SETBIT a 1 1")).isEqualTo(1L);
      assertThat(does("SETBIT a 0 0")).isEqualTo(0L);
      does("MULTI");
      assertThat(does("EXEC")).isEqualTo(List.of());
      assertThat(store.events()).containsExactly("n new a", "$ set a");
      assertThat(does("SETBIT b 0 0")).isEqualTo(0L);
      assertThat(does("GET b")).isEqualTo("\0");
    }

    @Test
    void that_changes_is_published() throws IOException {
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
    void refuses_wrong_arguments() throws IOException {
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
  class In_protocol_3 {
    @Test
    void lcs_is_a_map_and_no_value_is_nil() throws IOException {
      var entries = new Entries("a", Environment.of(Limits.DEFAULT));
      assertThat(Commands.reply(3, entries, "GET", "a")).isNull();

      var held = new LockedBuckets(Environment.of(Limits.DEFAULT));
      var out = new RespWriter(3);
      var spec = AllCommands.ALL.find("lcs");
      assertThat(spec).isNotNull();
      ((CommandSpec.OfBuckets) spec.body()).run(held, Args.of("LCS", "a", "b", "IDX"), out);
      assertThat(new RespReader(new java.io.ByteArrayInputStream(out.toBytes())).next())
          .isEqualTo(Map.of("matches", List.of(), "len", 0L));
    }
  }
}
