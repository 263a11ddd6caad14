package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Limits;
import dev.ostler.kv.server.line.LineReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The figures in docs/kv.md are those of the code. */
class KvDocsTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();

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
}
