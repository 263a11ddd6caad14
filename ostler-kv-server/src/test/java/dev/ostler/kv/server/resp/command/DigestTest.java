package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.RespReader.Failure;
import dev.ostler.kv.server.TimedStore;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DIGEST, and what SET and DELEX do only if the value is the expected one. */
@ExtendWith(OstlerExtension.class)
class DigestTest {
  /** Of "Hello world", as Redis's documents show it. */
  private static final String DIGEST = "b6acb9d84a38ff74";

  private TimedStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TimedStore();
    assertThat(store.ask("SET", "a", "Hello world")).isEqualTo("OK");
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private Object does(String line) throws IOException {
    return store.does(line);
  }

  /** The hashes are those of the reference implementation, of the bytes 3, 10, 17 and so on. */
  @ParameterizedTest
  @CsvSource({
    "0, 2d06800538d394c2",
    "1, 13e608bc156defed",
    "3, a9088dda485b481c",
    "4, 6d9253b16c8b1ed3",
    "8, 60539db630471163",
    "9, feff668361d723a8",
    "16, b8c859b0f030b585",
    "17, 714a04408e79b80f",
    "32, 19ff4ee1d6ba1a55",
    "33, 3e44983ad21679c8",
    "64, 287eb1fa9e4be2c1",
    "65, 829218de4d798646",
    "96, f084e7cfbc624743",
    "97, 1daa83271a8e7b7c",
    "128, 67425a03650261bf",
    "129, c664bf3311c6abc4",
    "144, 606a17fa700bb932",
    "240, 64556dc6b462a6cf",
    "241, 8beadd3a8874fe17",
    "512, f58202b8d9019d1d",
    "1023, d26986a0b85dcc44",
    "1024, 9b81661c641c72b1",
    "1025, 806c2072ed713576",
    "1088, 2f8781e01841f0da",
    "2048, abe604813ba62ed1",
    "5000, 799aaddd7339581d",
    "70000, 1d77e8fd7db4e024"
  })
  void is_XXH3_of_a_value_of_any_length(int length, String digest) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 7 + 3);
    }
    assertThat(Condition.digest(bytes)).isEqualTo(digest);
    assertThat(Condition.digest(Bytes.of(bytes))).isEqualTo(digest);
  }

  @Test
  void is_told() throws IOException {
    assertThat(does("DIGEST a")).isEqualTo(DIGEST);
    assertThat(does("DIGEST b")).isNull();
    does("HSET h f v");
    assertThat(does("DIGEST h")).isEqualTo(Commands.error(CommandError.WRONG_TYPE));
  }

  @Test
  void decides_whether_a_value_is_set() throws IOException {
    assertThat(does("SET a b IFDEQ 0000000000000000")).isNull();
    assertThat(does("SET a b IFDNE " + DIGEST)).isNull();
    assertThat(does("SET a b IFDEQ " + DIGEST.toUpperCase(java.util.Locale.ROOT))).isEqualTo("OK");
    assertThat(does("SET a c IFEQ c")).isNull();
    assertThat(does("SET a c IFNE b GET")).isEqualTo("b");
    assertThat(does("SET a c EX 100 IFEQ b")).isEqualTo("OK");
    assertThat(does("TTL a")).isEqualTo(100L);
    assertThat(does("SET a d ifeq c keepttl get")).isEqualTo("c");
    assertThat(List.of(does("GET a"), does("TTL a"))).isEqualTo(List.of("d", 100L));
  }

  @Test
  void of_nothing_is_no_value() throws IOException {
    assertThat(does("SET b x IFEQ x")).isNull();
    assertThat(does("SET b x IFDEQ " + DIGEST)).isNull();
    assertThat(does("EXISTS b")).isEqualTo(0L);
    assertThat(does("SET b x IFNE x")).isEqualTo("OK");
    assertThat(does("SET c x IFDNE " + DIGEST)).isEqualTo("OK");
    does("HSET h f v");
    assertThat(does("SET h x IFEQ x")).isEqualTo(Commands.error(CommandError.WRONG_TYPE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET a x NX IFEQ x",
        "SET a x IFEQ x XX",
        "SET a x IFEQ x IFNE y",
        "SET a x IFEQ",
        "SET a x IFEQ x EX"
      })
  void stands_alone_among_the_conditions(String line) throws IOException {
    assertThat(does(line)).isEqualTo(Commands.error(CommandError.SYNTAX));
    assertThat(does("GET a")).isEqualTo("Hello world");
  }

  @Test
  void decides_whether_a_key_is_deleted() throws IOException {
    assertThat(does("DELEX a IFEQ b")).isEqualTo(0L);
    assertThat(does("DELEX a IFDNE " + DIGEST)).isEqualTo(0L);
    assertThat(does("DELEX a IFDEQ " + DIGEST)).isEqualTo(1L);
    assertThat(does("DELEX a IFNE b")).isEqualTo(0L);
    does("HSET h f v");
    assertThat(does("DELEX h IFEQ v")).isEqualTo(Commands.error(CommandError.WRONG_TYPE));
    assertThat(does("DELEX h")).isEqualTo(1L);
    assertThat(does("DELEX h")).isEqualTo(0L);
    assertThat(does("DELEX a IFEQ")).isInstanceOf(Failure.class);
    assertThat(does("DELEX a FOO x")).isInstanceOf(Failure.class);
    assertThat(does("DELEX a IFDEQ x")).isInstanceOf(Failure.class);
  }
}
