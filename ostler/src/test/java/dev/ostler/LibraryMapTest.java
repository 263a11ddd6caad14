package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The map of the library in ARCHITECTURE.md names classes that there are. */
class LibraryMapTest {
  private static final Pattern MAP =
      Pattern.compile("(?s)## Map of the library\\R(?<map>.*?)\\R## ");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\|(?<subject>[^|`]+)\\|(?<open>[^|]*)\\|(?<behind>[^|]*)\\|$");
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  private static List<MatchResult> rows() throws IOException {
    var map = MAP.matcher(Files.readString(Source.root().resolve("ARCHITECTURE.md")));
    assertThat(map.find()).as("a map of the library").isTrue();
    return ROW.matcher(map.group("map"))
        .results()
        .filter(row -> row.group("behind").contains("`"))
        .toList();
  }

  private static List<Class<?>> types(String cell) {
    return NAME.matcher(cell).results().<Class<?>>map(name -> type(name.group(1))).toList();
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName("dev.ostler." + name, false, LibraryMapTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError("ARCHITECTURE.md names " + name + ", which there is not", e);
    }
  }

  @Test
  void lists_what_users_meet_and_what_is_behind() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(5);
    for (MatchResult row : rows()) {
      assertThat(types(row.group("open"))).allMatch(type -> Modifier.isPublic(type.getModifiers()));
      assertThat(types(row.group("behind")))
          .isNotEmpty()
          .noneMatch(type -> Modifier.isPublic(type.getModifiers()));
    }
  }
}
