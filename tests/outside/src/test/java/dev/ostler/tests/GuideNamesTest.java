package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables for those who come from elsewhere name what the library has. */
class GuideNamesTest {
  /** The second column of a row. */
  private static final Pattern HERE = Pattern.compile("(?m)^\\|[^|]+\\|(?<here>[^|]+)\\|");

  private static final Pattern NAME = Pattern.compile("`(?<type>[A-Z]\\w*)(\\.(?<member>\\w+))?`");

  @ParameterizedTest
  @ValueSource(strings = {"from-elixir.md", "from-pekko.md", "from-spring-and-locks.md"})
  void every_name_in_the_column_of_ours_exists(String page) throws Exception {
    List<MatchResult> names = names(page);
    assertThat(names).hasSizeGreaterThan(20);
    for (MatchResult each : names) {
      Class<?> type = Class.forName(Processes.class.getPackageName() + "." + each.group("type"));
      if (each.group("member") != null) {
        assertThat(membersOf(type)).as(each.group()).contains(each.group("member"));
      }
    }
  }

  private static List<MatchResult> names(String page) throws IOException {
    String text = Files.readString(Project.root().resolve("docs/guide").resolve(page));
    return HERE.matcher(text)
        .results()
        .flatMap(row -> NAME.matcher(row.group("here")).results())
        .toList();
  }

  private static Stream<String> membersOf(Class<?> type) {
    return Stream.of(type.getMethods(), type.getFields(), type.getClasses())
        .flatMap(Arrays::stream)
        .map(
            each ->
                each instanceof Class<?> nested
                    ? nested.getSimpleName()
                    : ((java.lang.reflect.Member) each).getName());
  }
}
