package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.bytes.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parsing commands, however the bytes arrive, and the errors for bytes that are not commands. */
class RespParserTest {
  private static final String HEAD = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";

  private static byte[] bytes(String raw) {
    return raw.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Feed.Result parsed(String raw) {
    return Feed.whole(bytes(raw));
  }

  private static List<List<String>> commands(String raw) {
    Feed.Result result = parsed(raw);
    assertThat(result.error()).isNull();
    return result.commands();
  }

  @Nested
  class Cut_anywhere {
    static LongStream seeds() {
      return Seeds.some(150);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_same_commands_come_out(long seed) {
      var random = new Random(seed);
      Requests requests = Requests.any(random, random.nextInt(1, 30));

      Feed.Result result = Feed.cutAtRandom(requests.bytes(), random);

      assertThat(result).isEqualTo(new Feed.Result(requests.commands(), null));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void mangled_bytes_mean_the_same(long seed) {
      var random = new Random(seed);
      byte[] mangled = Requests.any(random, random.nextInt(1, 10)).mangled(random);

      Feed.Result whole = Feed.whole(mangled);

      assertThat(Feed.cutAtRandom(mangled, random)).isEqualTo(whole);
      assertThat(Feed.cutAtRandom(mangled, random)).isEqualTo(whole);
    }

    @Test
    void at_every_byte() {
      var random = new Random(4);
      Requests requests = Requests.any(random, 12);
      byte[] sent = requests.bytes();
      byte[] mangled =
          bytes("*1\r\n$4\r\nPING\r\n PING \"a b\" 'c'\r\n*1\r\n$-4\r\nPING\r\n" + HEAD);
      Feed.Result whole = Feed.whole(mangled);

      for (int place = 0; place <= sent.length; place += sent.length < 5_000 ? 1 : 97) {
        assertThat(Feed.cutAt(sent, place).commands()).isEqualTo(requests.commands());
      }
      for (int place = 0; place <= mangled.length; place++) {
        assertThat(Feed.cutAt(mangled, place)).isEqualTo(whole);
      }
    }

    @Test
    void at_all_bytes_at_once() {
      byte[] sent = Requests.any(new Random(5), 12).bytes();
      int[] places = IntStream.range(0, Math.min(sent.length, 20_000)).toArray();

      assertThat(Feed.cut(sent, places)).isEqualTo(Feed.whole(sent));
    }
  }

  @Nested
  class Arrays {
    @Test
    void have_arguments_of_any_bytes() {
      assertThat(commands("*3\r\n$0\r\n\r\n$2\r\n\r\n\r\n$3\r\n\0\u00ff*\r\n"))
          .containsExactly(List.of("", "\r\n", "\0\u00ff*"));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"*0\r\n", "*-1\r\n", "*-9223372036854775808\r\n", "\r\n", "\n", "  \r\n"})
    void or_lines_without_arguments_are_not_commands(String nothing) {
      assertThat(commands(nothing + HEAD + nothing)).containsExactly(List.of("GET", "k"));
    }

    @Test
    void that_are_incomplete_are_not_commands() {
      for (int end = 0; end < HEAD.length(); end++) {
        assertThat(commands(HEAD.substring(0, end))).isEmpty();
      }
    }

    @Test
    void may_have_very_many_arguments() {
      String all = "*300000\r\n" + "$1\r\nx\r\n".repeat(300_000);

      Feed.Result result =
          Feed.cut(bytes(all), IntStream.range(0, 500).map(i -> i * 4000).toArray());

      assertThat(result.commands()).hasSize(1);
      assertThat(result.commands().getFirst()).hasSize(300_000);
    }
  }

  @Nested
  class Lines {
    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        delimiter = '|',
        value = {
          "GET k            | GET,k",
          "\tGET  \t k      | GET,k",
          "a \"b c\" 'd e'  | a,b c,d e",
          "\"\" ''          | ,",
          "a\"b\"           | ab",
          "\"\\x41\\x4a\"   | AJ",
          "\"\\x4\\xzz\"    | x4xzz",
          "'\\x41\\n'       | \\x41\\n",
          "'it\\'s'         | it's",
          "\"\\q\\\\\\\"\"  | q\\\"",
          "a\\nb            | a\\nb",
        })
    void are_arguments_between_spaces_or_in_quotes(String line, String words) {
      assertThat(commands(line + "\r\n")).containsExactly(List.of(words.split(",", -1)));
    }

    @Test
    void have_escapes_in_double_quotes() {
      assertThat(commands("\"\\n\\r\\t\\b\\a\\x00\\xff\"\n"))
          .containsExactly(List.of("\n\r\t\b\u0007\0\u00ff"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a", "'a", "\"a\\\"", "\"a\"b", "'a'b", "a \"", "\"a\\"})
    void with_a_quote_that_stays_open_or_goes_on_are_refused(String line) {
      assertThat(parsed(line + "\r\n").error())
          .isEqualTo("ERR Protocol error: unbalanced quotes in request");
    }

    @Test
    void may_be_64_KiB_long() {
      String longest = "x".repeat(RespParser.INLINE - 2);

      assertThat(commands(longest + "\r\n" + longest + "\n")).hasSize(2);
      assertThat(parsed("x".repeat(RespParser.INLINE)).error())
          .isEqualTo("ERR Protocol error: too big inline request");
      assertThat(parsed("x".repeat(RespParser.INLINE) + "\r\n").error())
          .isEqualTo("ERR Protocol error: too big inline request");
    }
  }

  @Nested
  class Malformed {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "x",
          "1x",
          "+1",
          "01",
          "- 1",
          "2147483648",
          "3000000000",
          "9223372036854775808",
          "-9223372036854775809",
          "99999999999999999999999",
          "1 "
        })
    void counts_of_arguments(String count) {
      assertThat(parsed(HEAD + "*" + count + "\r\n"))
          .isEqualTo(
              new Feed.Result(
                  List.of(List.of("GET", "k")), "ERR Protocol error: invalid multibulk length"));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "x",
          "-1",
          "-0",
          "+1",
          "00",
          "536870913",
          "2147483647",
          "2147483648",
          "18446744073709551617",
          "-9223372036854775808"
        })
    void lengths_of_arguments(String length) {
      assertThat(parsed(HEAD + "*1\r\n$" + length + "\r\n"))
          .isEqualTo(
              new Feed.Result(
                  List.of(List.of("GET", "k")), "ERR Protocol error: invalid bulk length"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"f", "*", "\0", "\u00ff", ":"})
    void arguments_without_a_length(String first) {
      assertThat(parsed("*2\r\n$1\r\na\r\n" + first + "oo\r\n").error())
          .isEqualTo("ERR Protocol error: expected '$', got '" + first + "'");
    }

    @Test
    void lines_that_do_not_end() {
      String zeros = "\0".repeat(RespParser.INLINE);

      assertThat(parsed(zeros).error()).isEqualTo("ERR Protocol error: too big inline request");
      assertThat(parsed("*" + zeros).error())
          .isEqualTo("ERR Protocol error: too big mbulk count string");
      assertThat(parsed("*1\r\n$" + zeros).error())
          .isEqualTo("ERR Protocol error: too big bulk count string");
    }

    @Test
    void commands_of_unauthenticated_clients_are_short() throws RespParser.Malformed {
      assertThat(limited("*10\r\n$16384\r\n")).isEqualTo("");
      assertThat(limited("*11\r\n"))
          .isEqualTo("ERR Protocol error: unauthenticated multibulk length");
      assertThat(limited("*1\r\n$16385\r\n"))
          .isEqualTo("ERR Protocol error: unauthenticated bulk length");
    }

    private static String limited(String raw) {
      var parser = new RespParser();
      parser.limits(10, 16_384);
      parser.lend(bytes(raw + " "));
      parser.filled(raw.length());
      try {
        assertThat(parser.next()).isFalse();
        return "";
      } catch (RespParser.Malformed e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  /** {@link Feed} checks the memory after each piece, in all tests above. */
  @Nested
  class Memory {
    @ParameterizedTest
    @ValueSource(strings = {"*1\r\n$536870912\r\n", "*2147483647\r\n", "*2147483647\r\n$0\r\n\r\n"})
    void is_not_taken_for_what_is_only_announced(String announced) {
      assertThat(commands(announced + "x")).isEmpty();
    }

    @Test
    void is_given_back_when_a_large_command_is_done() throws RespParser.Malformed {
      var parser = new RespParser();
      byte[] lent = new byte[RespBuffers.READ];
      String large = "*1\r\n$1000000\r\n" + "x".repeat(1_000_000) + "\r\n*1";
      for (int at = 0; at < large.length(); ) {
        parser.lend(lent);
        parser.makeRoom();
        int count = Math.min(large.length() - at, parser.buffer().length - parser.end());
        System.arraycopy(
            bytes(large.substring(at, at + count)), 0, parser.buffer(), parser.end(), count);
        parser.filled(count);
        at += count;
        if (parser.next()) {
          parser.done();
        }
        parser.giveBack(lent);
      }

      assertThat(parser.retained()).isEqualTo(2);
      assertThat(parser.args().count()).isZero();
    }

    @Test
    void does_not_show_what_clients_sent() {
      var parser = new RespParser();
      parser.lend(bytes("AUTH secret"));
      parser.filled(11);

      assertThat(parser).hasToString("RespParser[11 bytes wait]");
    }
  }

  @Test
  void a_command_that_comes_in_very_many_pieces_is_not_copied_for_each() {
    String word = "x".repeat(3_000_000);
    byte[] sent = bytes("*1\r\n$" + word.length() + "\r\n" + word + "\r\n");
    int[] places = IntStream.range(0, sent.length / 16).map(i -> i * 16).toArray();

    Feed.Result result = Feed.cut(sent, places);

    assertThat(result.commands().stream().flatMap(List::stream).collect(Collectors.joining()))
        .isEqualTo(word);
  }
}
