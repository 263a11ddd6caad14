package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** docs/bench.md, docs/top.md and docs/shell.md show commands and options that there are. */
class ToolDocsTest {
  private static String docs(String name) throws IOException {
    return Files.readString(
        Path.of("").toAbsolutePath().resolveSibling("docs").resolve(name + ".md"));
  }

  @ParameterizedTest
  @CsvSource({"bench, 4", "top, 4", "shell, 3"})
  void the_commands_are_understood(String name, int count) throws IOException {
    List<String> commands =
        docs(name).lines().filter(line -> line.startsWith("    ./kv ")).map(String::strip).toList();

    assertThat(commands).hasSize(count);
    for (String command : commands) {
      String[] words = command.replaceAll("^./kv +| +#.*| +[|].*", "").split(" +");
      var understood = new CommandLine(new Main.Top()).parseArgs(words);
      assertThat(understood.subcommand().commandSpec().name()).isIn(name, "serve");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bench", "top", "shell"})
  void every_option_is_there(String name) throws IOException {
    String docs = docs(name);
    var command = new CommandLine(new Main.Top()).getSubcommands().get(name);

    assertThat(command.getCommandSpec().options())
        .extracting(option -> option.longestName())
        .filteredOn(option -> !option.equals("--help"))
        .filteredOn(option -> !option.startsWith("--tls"))
        .filteredOn(option -> !docs.contains("`" + option))
        .filteredOn(option -> !docs.contains(" " + option + " "))
        .isEmpty();
  }
}
