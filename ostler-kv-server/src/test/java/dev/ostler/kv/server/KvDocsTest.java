package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Limits;
import dev.ostler.kv.server.line.LineReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The figures in docs/kv.md are those of the code, and the README's dialogue is what a server says.
 */
@ExtendWith(OstlerExtension.class)
class KvDocsTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();

  /** Each reply ends with one of them. */
  private static final Set<String> LAST_LINES =
      Set.of("OK", "NOT FOUND", "UNKNOWN COMMAND", LineClient.CLOSED);

  @Test
  void the_limits_are_those_of_the_configuration() throws IOException {
    String docs = Files.readString(MODULE.resolveSibling("docs").resolve("kv.md"));

    assertThat(docs)
        .contains("| buckets | %,d |".formatted(Limits.DEFAULT.buckets()))
        .contains("| keys a bucket | %,d |".formatted(Limits.DEFAULT.keys()))
        .contains("| bytes of a name or key | %,d |".formatted(Limits.DEFAULT.keyBytes()))
        .contains("| bytes of a value | %,d |".formatted(Limits.DEFAULT.valueBytes()))
        .contains("end | %,d |".formatted(LineReader.LIMIT))
        .contains("| connections | %,d |".formatted(LineProtocol.on(0).maxConnections()))
        .contains("subscriber | %,d |".formatted(LineProtocol.on(0).maxBacklogBytes()));
  }

  @Test
  void the_dialogue_in_the_readme_is_what_a_server_answers() throws IOException {
    String readme = Files.readString(MODULE.resolveSibling("README.md"));
    String dialogue = readme.split("\\$ telnet 127.0.0.1 \\d+\n", 2)[1].split("\n\n", 2)[0];
    List<String> shown = dialogue.lines().map(String::strip).toList();
    var said = new ArrayList<String>();
    try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)));
        var client = new LineClient(kv.port("line"))) {
      while (said.size() < shown.size()) {
        String request = shown.get(said.size());
        said.add(request);
        client.send(request + "\r\n");
        String line;
        do {
          line = client.line();
          said.add(line);
        } while (!LAST_LINES.contains(line));
      }
    }
    assertThat(said).isEqualTo(shown).hasSizeGreaterThan(6);
  }
}
