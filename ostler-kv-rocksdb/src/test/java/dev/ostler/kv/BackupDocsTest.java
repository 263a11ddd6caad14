package dev.ostler.kv;

import static dev.ostler.kv.Stores.change;
import static dev.ostler.kv.Stores.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What docs/kv.md shows of backups and exports is what comes out. */
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

  @Test
  void the_exported_file_is_the_one_shown() throws IOException {
    Path file = folder.resolve("shopping.jsonl");
    try (Kv kv = Stores.open(folder.resolve("store"))) {
      kv.create("shopping");
      change(kv, "shopping", put("milk", "1"), put("eggs", "12"));
      change(kv, "shopping", new Change.KeyDeadline("eggs", 4_000_000_000_000L));
      change(kv, "Zürich", new Change.Text(Bytes.of("8000 é")));
      change(kv, "binary", put("\u00ff\u0000", "a"));
    }

    Ran ran = Ran.kv("export", "--data", folder.resolve("store"), file);

    String shown = docs.substring(docs.indexOf("```json\n") + 8);
    shown = shown.substring(0, shown.indexOf("```"));
    assertThat(shown).isEqualTo(Files.readString(file));
    assertThat(docs).contains("    " + ran.err().replace(folder + "/", ""));
  }
}
