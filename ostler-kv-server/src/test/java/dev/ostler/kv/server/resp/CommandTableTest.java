package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.resp.command.AllCommands;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How commands are found by their names. */
class CommandTableTest {
  static Stream<String> names() {
    return AllCommands.ALL.commands().stream()
        .filter(spec -> spec.subcommands().isEmpty())
        .map(CommandSpec::name);
  }

  /** The command that a client means by this first argument. */
  private static CommandSpec meant(String name) throws RespParser.Malformed {
    byte[] sent = Bytes.array("*2\r\n$%d\r\n%s\r\n$1\r\n1\r\n".formatted(name.length(), name));
    var parser = new RespParser();
    parser.lend(new byte[1024]);
    System.arraycopy(sent, 0, parser.buffer(), 0, sent.length);
    parser.filled(sent.length);
    assertThat(parser.next()).isTrue();
    return AllCommands.ALL.require(parser.args());
  }

  private static String capitalsHereAndThere(String name) {
    return name.chars()
        .mapToObj(c -> c % 2 == 0 ? (char) c : Character.toUpperCase((char) c))
        .map(String::valueOf)
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @MethodSource("names")
  void every_name_is_found_whatever_its_case(String name) throws RespParser.Malformed {
    assertThat(meant(name).name()).isEqualTo(name);
    assertThat(meant(name.toUpperCase(Locale.ROOT)).name()).isEqualTo(name);
    assertThat(meant(capitalsHereAndThere(name)).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void no_name_is_found_by_its_beginning(String name) {
    assertThatThrownBy(() -> meant(name + "x")).hasMessageContaining("ERR unknown command");
  }

  @Test
  void no_other_byte_passes_for_a_letter() throws RespParser.Malformed {
    for (char c = 0; c < 256; c++) {
      String name = "ge" + c;
      if (c == 't' || c == 'T') {
        assertThat(meant(name).name()).isEqualTo("get");
      } else {
        assertThatThrownBy(() -> meant(name)).hasMessageContaining("ERR unknown command");
      }
    }
  }
}
