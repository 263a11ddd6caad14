package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.RespWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares what COMMAND returns for each command with Redis 8.0.2. The lines of {@code
 * redis8-commands.txt} are name, arity, flags, places of keys, categories, hints, and key
 * specifications (first key, last key from there, step, use).
 */
class CommandMetadataTest {
  static Stream<String> lines() throws IOException {
    try (InputStream in = CommandMetadataTest.class.getResourceAsStream("redis8-commands.txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8).lines();
    }
  }

  @ParameterizedTest
  @MethodSource("lines")
  void is_Redis_8_s(String line) throws IOException {
    String name = line.substring(0, line.indexOf('|'));
    CommandSpec spec = AllCommands.ALL.findFull(name.replace(' ', '|'));
    assertThat(described(Objects.requireNonNull(spec))).isEqualTo(line);
  }

  /** The same line for a command of ours, from the reply that clients get. */
  private static String described(CommandSpec spec) throws IOException {
    var out = new RespWriter(2);
    CommandDescription.write(spec, out);
    var in = new java.io.ByteArrayInputStream(out.toBytes());
    List<?> reply = (List<?>) Objects.requireNonNull(new RespReader(in).next());
    return String.join(
        "|",
        text(reply.get(0)).replace('|', ' '),
        text(reply.get(1)),
        words(reply.get(2), ""),
        reply.get(3) + " " + reply.get(4) + " " + reply.get(5),
        words(reply.get(6), "@"),
        String.join(" ", ((List<?>) reply.get(7)).stream().map(String::valueOf).toList()),
        String.join(
            " ", ((List<?>) reply.get(8)).stream().map(CommandMetadataTest::keys).toList()));
  }

  private static String text(Object value) {
    return String.valueOf(value);
  }

  private static String words(Object list, String before) {
    var words = new TreeSet<String>();
    ((List<?>) list).forEach(word -> words.add(text(word).substring(before.length())));
    return String.join(" ", words);
  }

  private static String keys(Object specification) {
    List<?> parts = new ArrayList<>((List<?>) specification);
    boolean noted = parts.removeFirst().equals("notes");
    if (noted) {
      parts.subList(0, 2).clear(); // the note, and the name of the next part
    }
    List<?> search = (List<?>) parts.get(2);
    List<?> find = (List<?>) parts.get(4);
    List<?> range = (List<?>) find.get(3);
    return "%s/%s/%s:%s%s"
        .formatted(
            ((List<?>) search.get(3)).get(1),
            range.get(1),
            range.get(3),
            String.join("+", ((List<?>) parts.getFirst()).stream().map(String::valueOf).toList()),
            noted ? "+note" : "");
  }

  @Test
  void names_nothing_that_Redis_8_0_has_not_but_what_is_KV_s_own_or_newer() throws IOException {
    var known = lines().map(line -> line.substring(0, line.indexOf('|'))).toList();
    assertThat(
            AllCommands.ALL.all().stream()
                .filter(spec -> !spec.has(CommandSpec.Flag.ABSENT))
                .map(spec -> spec.fullName().replace('|', ' '))
                .filter(name -> !known.contains(name) && !name.startsWith("kv.cluster ")))
        .containsExactlyInAnyOrder(
            "kv.create",
            "create",
            "kv.backup",
            "kv.watch",
            "kv.cas",
            "kv.cluster",
            "delex",
            "digest");
  }
}
