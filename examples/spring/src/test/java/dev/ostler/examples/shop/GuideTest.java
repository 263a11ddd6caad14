package dev.ostler.examples.shop;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guide shows this application as it is. */
class GuideTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```Java$(.*?)^```$");

  @Test
  void shows_code_of_this_application() throws IOException {
    String guide = Files.readString(Path.of("../../docs/guide/frameworks.md"));
    List<MatchResult> blocks = BLOCK.matcher(guide).results().toList();

    assertThat(blocks).isNotEmpty();
    String sources = withoutSpace(sources());
    assertThat(blocks).allMatch(block -> sources.contains(withoutSpace(block.group(1))));
  }

  private static String sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      return sources.stream().map(GuideTest::read).collect(joining());
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("\\s", "");
  }
}
