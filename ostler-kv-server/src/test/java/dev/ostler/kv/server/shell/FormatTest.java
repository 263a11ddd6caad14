package dev.ostler.kv.server.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ostler.kv.bytes.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies as the server sends them, and as they are printed. A semicolon ends a line of RESP. */
class FormatTest {
  private static Reply reply(String resp) throws IOException {
    byte[] bytes = Bytes.array(resp.replace(";", "\r\n") + "\r\n");
    return new ReplyReader(new ByteArrayInputStream(bytes)).next();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "+OK | OK | OK | \"OK\"",
        "-ERR no | (error) ERR no | ERR no | {\"error\":\"ERR no\"}",
        "!6;ERR no | (error) ERR no | ERR no | {\"error\":\"ERR no\"}",
        ":12 | (integer) 12 | 12 | 12",
        "(12345678901234567890 | (integer) 12345678901234567890 | 12345678901234567890 |"
            + " 12345678901234567890",
        ",3.14 | (double) 3.14 | 3.14 | 3.14",
        ",inf | (double) inf | inf | \"inf\"",
        "#t | (true) | true | true",
        "#f | (false) | false | false",
        "_ | (nil) | '' | null",
        "$-1 | (nil) | '' | null",
        "*-1 | (nil) | '' | null",
        "$3;a\"b | \"a\\\"b\" | a\"b | \"a\\\"b\"",
        "$0; | \"\" | '' | \"\"",
        "=8;txt:some | some | some | \"some\"",
        "*0 | (empty array) | '' | []",
        "~0 | (empty set) | '' | []",
        "%0 | (empty hash) | '' | {}",
        ">0 | (empty push) | '' | {\"push\":[]}",
        "*2;:1;$1;a | 1) (integer) 1;2) \"a\" | 1;a | [1,\"a\"]",
        "*2;*2;:1;:2;*1;~2;:3;:4"
            + " | 1) 1) (integer) 1;   2) (integer) 2;2) 1) 1~ (integer) 3;      2~ (integer) 4"
            + " | 1;2;3;4 | [[1,2],[[3,4]]]",
        "%2;+a;:1;$1;b;*2;:2;:3 | 1# a => (integer) 1;2# \"b\" => 1) (integer) 2;   2) (integer) 3"
            + " | a 1;b 2;3 | {\"a\":1,\"b\":[2,3]}",
        "%2;:1;:2;+1;:3 | 1# (integer) 1 => (integer) 2;2# 1 => (integer) 3 | 1 2;1 3 |"
            + " [[1,2],[\"1\",3]]",
        "%1;_;:2 | 1# (nil) => (integer) 2 | ' 2' | [[null,2]]",
        ">2;+message;$1;x | 1) message;2) \"x\" | message;x | {\"push\":[\"message\",\"x\"]}",
        "'|1;+ttl;:1;:7' | (integer) 7 | 7 | 7"
      })
  void prints_replies_as_redis_cli_does(String resp, String pretty, String raw, String json)
      throws IOException {
    Reply reply = reply(resp);

    assertThat(Format.PRETTY.text(reply)).isEqualTo(pretty.replace(";", "\n"));
    assertThat(Format.RAW.text(reply)).isEqualTo(raw.replace(";", "\n"));
    assertThat(Format.JSON.text(reply)).isEqualTo(json);
  }

  @Test
  void prints_ten_elements_under_each_other() throws IOException {
    assertThat(Format.PRETTY.text(reply("*10" + ";:1".repeat(9) + ";*2;:1;:2")))
        .startsWith(" 1) (integer) 1\n 2)")
        .endsWith("\n10) 1) (integer) 1\n    2) (integer) 2");
  }

  @Test
  void bytes_that_are_no_text_are_escaped_or_base64_or_as_they_are() throws IOException {
    Reply reply = reply("$3;\u00ff\0\n");

    assertThat(Format.PRETTY.text(reply)).isEqualTo("\"\\xff\\x00\\n\"");
    assertThat(Format.RAW.text(reply)).isEqualTo("\u00ff\0\n");
    assertThat(Format.JSON.text(reply)).isEqualTo("{\"base64\":\"/wAK\"}");
    assertThat(Format.JSON.text(reply("$2;\u00c3\u00a9"))).isEqualTo("\"\u00c3\u00a9\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 400", "$x", "*-2", "$2;abc", "=1;a", "*1"})
  void what_is_no_reply_is_refused(String resp) {
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> reply(resp));
  }

  @Test
  void arrays_in_each_other_without_an_end_are_refused() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> reply("*1;".repeat(100_000)))
        .withMessage("a reply with more than 64 arrays in each other");
  }
}
