package dev.ostler.kv.server.cli;

import static dev.ostler.kv.server.cli.Stores.change;
import static dev.ostler.kv.server.cli.Stores.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.bytes.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands in docs/kv.md for backups and exports give the output shown there. */
class BackupDocsTest {
  @TempDir private Path folder;
  private String docs;

  @BeforeEach
  void read() throws IOException {
    Path module = Path.of("").toAbsolutePath();
    String all = Files.readString(module.resolveSibling("docs").resolve("kv.md"));
    int begin = all.indexOf("## Backup and restore\n");
    docs = all.substring(begin, all.indexOf("\n## ", begin + 1));
  }

  @Test
  void the_commands_are_understood() {
    List<String> commands =
        docs.lines().filter(line -> line.startsWith("    ./kv ")).map(String::strip).toList();

    assertThat(commands).hasSize(4);
    for (String command : commands) {
      String[] words = command.replaceAll("^./kv +| +#.*", "").split(" +");
      var understood = new CommandLine(new Main.Top()).parseArgs(words);
      assertThat(understood.subcommand().commandSpec().name()).isEqualTo(words[0]);
    }
  }

  private String shown() {
    String shown = docs.substring(docs.indexOf("```json\n") + 8);
    return shown.substring(0, shown.indexOf("```"));
  }

  @Test
  void the_exported_file_is_one() throws IOException {
    Path file = Files.writeString(folder.resolve("shopping.jsonl"), shown());

    Ran in = Ran.kv("import", "--data", folder.resolve("store"), file);
    Ran out = Ran.kv("export", "--data", folder.resolve("store"), "--force", file);

    assertThat(in.err()).startsWith("imported ");
    assertThat(file).hasContent(shown());
    assertThat(docs).contains("    " + out.err().replace(folder + "/", ""));
  }

  @Test
  void the_exported_file_comes_of_such_buckets() throws IOException {
    Path file = folder.resolve("file");
    try (Kv kv = Stores.open(folder.resolve("store"))) {
      kv.create("shopping");
      change(kv, "shopping", put("milk", "1"), put("eggs", "12"));
      change(kv, "shopping", new Change.KeyDeadline("eggs", 4_000_000_000_000L));
      change(kv, "Zürich", new Change.Text(Bytes.of("8000 é")));
      change(kv, "binary", put("\u00ff\u0000", "a"));
    }

    Ran.kv("export", "--data", folder.resolve("store"), file);

    String changing = "\"(seq\":\\d+|crc32c\":\"\\w+\")";
    assertThat(Files.readString(file).replaceAll(changing, ""))
        .isEqualTo(shown().replaceAll(changing, ""));
  }
}
