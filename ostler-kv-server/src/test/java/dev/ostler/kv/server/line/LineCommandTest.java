package dev.ostler.kv.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a line of the line protocol is parsed. */
class LineCommandTest {

  @Test
  void has_five_verbs() {
    assertThat(parse("CREATE b")).isEqualTo(new LineCommand.Create("b"));
    assertThat(parse("PUT b k v")).isEqualTo(new LineCommand.Put("b", "k", "v"));
    assertThat(parse("GET b k")).isEqualTo(new LineCommand.Get("b", "k"));
    assertThat(parse("DELETE b k")).isEqualTo(new LineCommand.Delete("b", "k"));
    assertThat(parse("SUBSCRIBE b")).isEqualTo(new LineCommand.Subscribe("b"));
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(
      strings = {
        "",
        " ",
        "\t\r",
        "create b",
        "Create b",
        "CREATE",
        "CREATE a b",
        "PUT b k",
        "PUT b k v w",
        "GET b",
        "GET b k v",
        "DELETE b",
        "SUBSCRIBE",
        "SUBSCRIBE a b",
        "UNKNOWN b",
        "CREATE/1",
        "PUT/3"
      })
  void anything_else_is_unknown(String line) {
    assertThat(parse(line)).isEqualTo(new LineCommand.Unknown());
  }

  @Test
  void any_amount_of_white_space_separates_arguments() {
    assertThat(parse(" \t GET   b\tk  \r")).isEqualTo(new LineCommand.Get("b", "k"));
  }

  /**
   * The property White_Space of Unicode 16, PropList.txt, without the line feed, which ends lines.
   */
  @ParameterizedTest(name = "U+{0}")
  @ValueSource(
      strings = {
        "0009", "000b", "000c", "000d", "0020", "0085", "00a0", "1680", "2000", "2001", "2002",
        "2003", "2004", "2005", "2006", "2007", "2008", "2009", "200a", "2028", "2029", "202f",
        "205f", "3000"
      })
  void white_space_is_what_Unicode_says(String hex) {
    String space = Character.toString(Integer.parseInt(hex, 16));

    assertThat(parse(space + "GET" + space + "b" + space + space + "k" + space))
        .isEqualTo(new LineCommand.Get("b", "k"));
  }

  @ParameterizedTest(name = "U+{0}")
  @ValueSource(strings = {"0000", "001c", "001f", "180e", "200b", "2060", "feff"})
  void and_nothing_else(String hex) {
    String other = Character.toString(Integer.parseInt(hex, 16));

    assertThat(parse("GET b k" + other)).isEqualTo(new LineCommand.Get("b", "k" + other));
  }

  @Test
  void arguments_are_of_any_script() {
    assertThat(parse("PUT käse 牛乳 🥛")).isEqualTo(new LineCommand.Put("käse", "牛乳", "🥛"));
  }

  @Test
  void invalid_UTF_8_is_unknown() {
    byte[] line = "CREATE b?".getBytes(StandardCharsets.ISO_8859_1);
    line[8] = (byte) 0xff;

    assertThat(LineCommand.parse(line)).isEqualTo(new LineCommand.Unknown());
  }

  private static LineCommand parse(String line) {
    return LineCommand.parse(line.getBytes(StandardCharsets.UTF_8));
  }
}
