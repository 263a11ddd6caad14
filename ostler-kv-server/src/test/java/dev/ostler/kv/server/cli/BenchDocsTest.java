package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** docs/bench.md shows options that there are. */
class BenchDocsTest {
  private String docs = "";

  @BeforeEach
  void read() throws IOException {
    docs =
        Files.readString(Path.of("").toAbsolutePath().resolveSibling("docs").resolve("bench.md"));
  }

  @Test
  void the_commands_are_understood() {
    List<String> commands =
        docs.lines().filter(line -> line.startsWith("    ./kv ")).map(String::strip).toList();

    assertThat(commands).hasSize(4);
    for (String command : commands) {
      String[] words = command.replaceAll("^./kv +| +#.*", "").split(" +");
      var understood = new CommandLine(new Main.Top()).parseArgs(words);
      assertThat(understood.subcommand().commandSpec().name()).isEqualTo("bench");
    }
  }

  @Test
  void every_option_is_there() {
    var bench = new CommandLine(new Main.Top()).getSubcommands().get("bench");

    assertThat(bench.getCommandSpec().options())
        .extracting(option -> option.longestName())
        .filteredOn(name -> !name.equals("--help"))
        .filteredOn(name -> !name.startsWith("--tls"))
        .allMatch(name -> docs.contains("`" + name) || docs.contains(" " + name + " "));
  }
}
