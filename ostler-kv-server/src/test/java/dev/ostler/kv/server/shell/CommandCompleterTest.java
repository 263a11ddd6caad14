package dev.ostler.kv.server.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.bytes.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Parser.ParseContext;
import org.jline.reader.impl.DefaultParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandCompleterTest {
  private static final String SET =
      "%5;+summary;+Sets a string.;+since;+1.0.0;+group;+string;+flags;*0;+arguments;*4"
          + ";%2;+name;+key;+type;+key"
          + ";%2;+name;+value;+type;+string"
          + ";%4;+name;+condition;+type;+oneof;+flags;*1;+optional;+arguments;*2"
          + ";%3;+name;+nx;+type;+pure-token;+token;+NX"
          + ";%3;+name;+xx;+type;+pure-token;+token;+XX"
          + ";%4;+name;+more;+type;+string;+token;+ALSO;+flags;*2;+optional;+multiple";
  private static final String ACL =
      "%4;+summary;+About users.;+since;+6.0.0;+group;+server;+subcommands;%2"
          + ";+acl|list;%3;+summary;+Lists them.;+since;+6.0.0;+group;+server"
          + ";+acl|save;%3;+summary;+Saves them.;+since;+6.0.0;+group;+server";

  private final CommandCompleter completer = new CommandCompleter();

  @BeforeEach
  void the_server_tells() throws IOException {
    String resp = "%2;$3;set;" + SET + ";$3;acl;" + ACL;
    byte[] bytes = Bytes.array(resp.replace(";", "\r\n") + "\r\n");
    completer.know(CommandDocs.of(new ReplyReader(new ByteArrayInputStream(bytes)).next()));
  }

  private List<String> candidates(String line) {
    var parser = new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]);
    var found = new ArrayList<Candidate>();
    completer.complete(NOBODY, parser.parse(line, line.length(), ParseContext.COMPLETE), found);
    return found.stream().map(Candidate::value).sorted().toList();
  }

  private static final LineReader NOBODY = LineReaderBuilder.builder().build();

  @Test
  void offers_commands_and_those_of_the_shell() {
    assertThat(candidates("")).containsExactly("ACL", "EXIT", "HELP", "QUIT", "SET");
    assertThat(candidates("s")).contains("set", "acl"); // the reader keeps those that fit
  }

  @Test
  void offers_subcommands_and_what_there_is_help_for() {
    assertThat(candidates("ACL ")).containsExactly("LIST", "SAVE");
    assertThat(candidates("SET ")).isEmpty();
    assertThat(candidates("help s")).containsExactly("acl", "set");
    assertThat(candidates("SET k v")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "SET ; ` key value [NX|XX] [ALSO more [more ...]]`",
        "`set ` ; key value [NX|XX] [ALSO more [more ...]]",
        "set k ; ` value [NX|XX] [ALSO more [more ...]]`",
        "`set k 'v v' ` ; [NX|XX] [ALSO more [more ...]]",
        "ACL LIST ; `  Lists them.`",
        "ACL ; `  About users.`",
        "ACL LIST x ; ``",
        "GET ; ``",
        "'a ; ``"
      })
  void hints_at_what_follows(String line, String hint) {
    assertThat(completer.hint(line)).isEqualTo(hint);
  }

  @Test
  void helps_with_what_the_server_tells() {
    assertThat(completer.help(List.of("set")))
        .isEqualTo(
            """
            SET key value [NX|XX] [ALSO more [more ...]]
              Sets a string.
              since 1.0.0, group string""");
    assertThat(completer.help(List.of("ACL"))).endsWith("\n  subcommands: LIST SAVE");
    assertThat(completer.help(List.of("acl", "save"))).startsWith("ACL SAVE\n  Saves them.");
    assertThat(completer.help(List.of("get"))).isEqualTo("kv: the server tells nothing about GET");
  }

  @Test
  void knows_nothing_of_a_server_that_tells_nothing() {
    completer.know(CommandDocs.of(new Reply.Failure("ERR unknown command")));

    assertThat(candidates("")).containsExactly("EXIT", "HELP", "QUIT");
  }
}
