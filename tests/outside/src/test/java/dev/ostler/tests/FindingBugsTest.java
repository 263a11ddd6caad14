package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.GenServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs with a planted bug print what docs/guide/finding-bugs.md shows. */
class FindingBugsTest {
  private static final Path PROGRAMS = Project.root().resolve("examples/bugs");

  private static final Pattern SHOWN =
      Pattern.compile("<!-- (?<program>\\w+) -->\n```text\n(?<text>.*?)```", Pattern.DOTALL);

  /** Frames of the JDK and of the library. */
  private static final Pattern FOREIGN =
      Pattern.compile("\\s+(at (java\\.|jdk\\.|dev\\.ostler).*|\\.\\.\\. \\d+ more)");

  static List<String> programs() throws IOException {
    try (Stream<Path> files = Files.list(PROGRAMS)) {
      return files
          .map(each -> each.getFileName().toString().replace(".java", ""))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void a_program_prints_what_the_guide_shows(String program) throws Exception {
    assertThat(comparable(outputOf(program))).isEqualTo(comparable(shown(program)));
  }

  @Test
  void each_message_shows_the_line_with_the_bug() throws IOException {
    for (String program : programs()) {
      List<String> lines = Files.readAllLines(PROGRAMS.resolve(program + ".java"));
      var buggy = new ArrayList<String>();
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).contains("the bug")) {
          buggy.add(program + ".java:" + (i + 1));
        }
      }
      assertThat(buggy).as(program).hasSize(1);
      if (!program.equals("Lost")) { // where a normal end has no stack
        assertThat(shown(program)).contains(buggy);
      }
    }
  }

  @Test
  void the_lines_that_the_text_names_are_in_the_output() throws IOException {
    var named =
        Pattern.compile("`(?<line>(?<program>\\w+)\\.java:\\d+)`").matcher(guide()).results();

    assertThat(named)
        .isNotEmpty()
        .allSatisfy(each -> assertThat(shown(each.group("program"))).contains(each.group("line")));
  }

  private static String guide() throws IOException {
    return Files.readString(Project.root().resolve("docs/guide/finding-bugs.md"));
  }

  private static String shown(String program) throws IOException {
    return SHOWN
        .matcher(guide())
        .results()
        .filter(each -> each.group("program").equals(program))
        .map(each -> each.group("text"))
        .collect(Collectors.joining());
  }

  /** Without what differs from run to run. */
  private static String comparable(String text) {
    return text.lines()
        .filter(line -> !line.isBlank() && !FOREIGN.matcher(line).matches())
        .map(
            line ->
                line.replaceAll("<0\\.\\d+>", "<0.N>").replaceAll("after \\d+ ms", "after N ms"))
        .collect(Collectors.joining("\n"));
  }

  private static String outputOf(String program) throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-Djava.util.logging.SimpleFormatter.format=%4$s: %5$s%6$s%n",
                "-cp",
                Path.of(GenServer.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .toString(),
                PROGRAMS.resolve(program + ".java").toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
