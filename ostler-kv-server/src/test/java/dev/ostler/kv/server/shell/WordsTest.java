package dev.ostler.kv.server.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ostler.kv.bytes.Bytes;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {
  private static List<String> split(String line) {
    try {
      return Words.split(line);
    } catch (Words.Malformed e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void are_separated_by_blanks() {
    assertThat(split("  SET\tk  v \r\n")).containsExactly("SET", "k", "v");
    assertThat(split(" \n")).isEmpty();
  }

  @Test
  void may_have_any_bytes_in_double_quotes() {
    assertThat(split("\"a\\x00b\" \"\\n\\r\\t\\b\\a\\\\\\\"\\q\" \"\" \"\\xzz\""))
        .containsExactly("a\0b", "\n\r\t\b\u0007\\\"q", "", "xzz");
  }

  @Test
  void are_taken_as_they_are_in_single_quotes() {
    assertThat(split("'a \\n \"' 'it\\'s'")).containsExactly("a \\n \"", "it's");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"a", "'a", "\"a\\\"", "\"a\"b", "'a'b", "SET k\"a"})
  void with_a_quote_that_does_not_fit_are_refused(String line) {
    assertThatExceptionOfType(Words.Malformed.class).isThrownBy(() -> Words.split(line));
  }

  @RepeatedTest(20)
  void of_any_bytes_are_quoted_and_split_again() {
    var bytes = new byte[100];
    new Random().nextBytes(bytes);
    String word = Bytes.of(bytes);

    assertThat(split(Words.quote(word))).containsExactly(word);
  }

  @ParameterizedTest
  @CsvSource({
    "AUTH password, true",
    "auth user password, true",
    "HELLO 3 AUTH user password, true",
    "ACL SETUSER ann >password, true",
    "CONFIG SET requirepass secret, true",
    "CONFIG SET timeout 1 masterauth secret, true",
    "MIGRATE h 1 k 0 1 AUTH secret, true",
    "HELLO 3, false",
    "ACL LIST, false",
    "CONFIG SET timeout 1, false",
    "SET auth x, false",
    "HSET 'b, true" // nobody knows what it was to be
  })
  void with_a_password_among_them_are_not_kept(String line, boolean secret) {
    assertThat(PrivateHistory.isSecret(line)).isEqualTo(secret);
  }
}
