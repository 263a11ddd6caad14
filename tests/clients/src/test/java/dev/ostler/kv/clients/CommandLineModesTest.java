package dev.ostler.kv.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The modes of redis-cli that look at all keys. They ask for types that KV lacks, too, and end when
 * these are refused.
 */
class CommandLineModesTest {
  @TempDir Path folder;

  @Test
  void find_the_biggest_buckets() throws Exception {
    String absence = CommandLineLibrary.absence();
    assumeTrue(absence.isEmpty(), absence);
    try (Target target = Target.open(folder, false, false);
        var cli = new CommandLineLibrary(target)) {
      cli.set("text", "x".repeat(1000));
      for (String field : List.of("a", "b", "c")) {
        cli.write("hash", field, "1");
      }

      assertThat(cli.look("--bigkeys"))
          .contains("Sampled 2 keys in the keyspace!")
          .anyMatch(line -> line.matches("Biggest +hash found .*hash.* has 3 fields"))
          .anyMatch(line -> line.matches("Biggest string found .*text.* has 1000 bytes"));
      assertThat(cli.look("--memkeys"))
          .contains("Sampled 2 keys in the keyspace!")
          .anyMatch(line -> line.matches("Biggest +hash found .*hash.* has \\d+ bytes"))
          .anyMatch(line -> line.matches("Biggest string found .*text.* has 1\\d{3} bytes"));
    }
  }
}
