package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** COMMAND DOCS tells the arguments of each command. */
class SynopsesTest {
  private static final CommandTable TABLE = AllCommands.ALL;

  /** Those that do something, and are no mere containers of others. */
  static Stream<CommandSpec> commands() {
    return TABLE.commands().stream()
        .flatMap(
            spec ->
                spec.subcommands().isEmpty()
                    ? Stream.of(spec)
                    : spec.subcommands().values().stream())
        .filter(spec -> !spec.has(Flag.ABSENT));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void take_as_many_words_as_their_synopsis_says(CommandSpec spec) {
    int name = spec.fullName().split("[|]", -1).length;
    Optional<Synopsis> synopsis = Synopses.of(spec.fullName());
    boolean refuses = spec.summary().matches("Refuses.*|.* this is not a cluster.|.*no scripts.*");

    if (synopsis.isPresent()) {
      assertThat(name + synopsis.get().least())
          .as(spec.fullName())
          .isEqualTo(Math.abs(spec.arity()));
      assertThat(synopsis.get().isOpen()).as(spec.fullName()).isEqualTo(spec.arity() < 0);
    } else if (!refuses && !spec.name().equals("quit")) {
      assertThat(spec.arity()).as(spec.fullName()).isEqualTo(name);
    }
  }

  @Test
  void are_of_commands_that_there_are() {
    assertThat(Synopses.names())
        .allSatisfy(name -> assertThat(TABLE.findFull(name)).as(name).isNotNull());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          key [count]; [{name:key,type:key},{name:count,type:integer,flags:[optional]}]
          key [key ...]; [{name:key,type:key,flags:[multiple]}]
          [a [a ...]]; [{name:a,type:string,flags:[optional,multiple]}]
          a b [a b ...]; [{name:a,type:block,flags:[multiple],arguments:[{name:a,type:string},{name:b,type:string}]}]
          [MATCH pattern]; [{name:pattern,type:pattern,token:MATCH,flags:[optional]}]
          [GET]; [{name:get,type:pure-token,token:GET,flags:[optional]}]
          (ON|OFF) a; [{name:on,type:oneof,arguments:[{name:on,type:pure-token,token:ON},{name:off,type:pure-token,token:OFF}]},{name:a,type:string}]
          [(EX seconds|KEEPTTL)]; [{name:seconds,type:oneof,flags:[optional],arguments:[{name:seconds,type:integer,token:EX},{name:keepttl,type:pure-token,token:KEEPTTL}]}]
          FIELDS numfields a [a ...]; [{name:numfields,type:block,token:FIELDS,arguments:[{name:numfields,type:integer},{name:a,type:string,flags:[multiple]}]}]
          TYPE (A|B); [{name:a,type:oneof,token:TYPE,arguments:[{name:a,type:pure-token,token:A},{name:b,type:pure-token,token:B}]}]
          """)
  void are_told_as_Redis_tells_them(String text, String told) {
    var out = new RespWriter(3);
    Synopsis.of(text).write(out);

    assertThat(new Shown(new String(out.toBytes(), StandardCharsets.UTF_8)).value())
        .isEqualTo(told);
  }

  /** A reply of RESP3 as text, without blanks. */
  private static final class Shown {
    private final String[] lines;
    private int next;

    Shown(String reply) {
      lines = reply.split("\r\n", -1);
    }

    String value() {
      String line = lines[next++];
      int count = line.matches(".\\d+") ? Integer.parseInt(line.substring(1)) : 0;
      return switch (line.charAt(0)) {
        case '$' -> lines[next++];
        case '+' -> line.substring(1);
        case '%' -> {
          var pairs = new StringBuilder();
          for (int i = 0; i < count; i++) {
            pairs.append(i == 0 ? "" : ",").append(value()).append(':').append(value());
          }
          yield "{" + pairs + "}";
        }
        case '*', '~' -> {
          var elements = new StringBuilder();
          for (int i = 0; i < count; i++) {
            elements.append(i == 0 ? "" : ",").append(value());
          }
          yield "[" + elements + "]";
        }
        default -> throw new AssertionError(line);
      };
    }
  }
}
