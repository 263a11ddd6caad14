package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.Limits;
import dev.ostler.kv.server.line.LineReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Runs the examples of docs/kv.md, and checks their output. */
class KvDocsTest {
  private static final Path MODULE = Path.of("").toAbsolutePath();

  @Test
  void the_example_runs() {
    Optional<Bucket> seen;
    // @start
    try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)))) { // else: no port
      Bucket shopping = kv.create("shopping"); // the one there is, or a new one
      shopping.put("milk", "1");
      Optional<Bucket> found = kv.lookup("shopping"); // never a dead one
      // @end
      seen = found;
      assertThat(seen.orElseThrow().get("milk")).contains("1");
    }
  }

  @Test
  void the_example_is_the_one_in_the_docs() throws IOException {
    String source =
        Files.readString(MODULE.resolve("src/test/java/dev/ostler/kv/server/KvDocsTest.java"));
    String docs = Files.readString(MODULE.resolveSibling("docs").resolve("kv.md"));
    String shown = docs.substring(docs.indexOf("```java\n") + 8);
    shown = shown.substring(0, shown.lastIndexOf("}\n```"));
    String run =
        source.substring(source.indexOf("// @start\n") + 10, source.indexOf("      // @end"));

    assertThat(run).isEqualTo(shown.stripTrailing().indent(4));
  }

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
