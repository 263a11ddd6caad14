package dev.ostler.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents of the project, and what is in them. */
final class Documents {
  private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git", ".cache");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|^ {4}[^\n]*$|`[^`\n]*`");
  private static final Pattern LINK = Pattern.compile("\\]\\((?<to>[^)\\s]+)\\)");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(?<text>.*)$");

  private Documents() {}

  /** All of them, as paths from the root. */
  static List<Path> all() throws IOException {
    return files(".md");
  }

  /** The sources of the modules, whose Javadoc has examples, too. */
  static List<Path> sources() throws IOException {
    return files(".java").stream().filter(file -> file.toString().contains("src/main")).toList();
  }

  private static List<Path> files(String suffix) throws IOException {
    Path root = Project.root();
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .map(root::relativize)
          .filter(Documents::isOurs)
          .sorted()
          .toList();
    }
  }

  private static boolean isOurs(Path document) {
    for (Path part : document) {
      if (NOT_OURS.contains(part.toString())) {
        return false;
      }
    }
    return true;
  }

  /** Where the links lead that lead into the project. */
  static List<String> links(String text) {
    return LINK.matcher(CODE.matcher(text).replaceAll(""))
        .results()
        .map(link -> link.group("to"))
        .filter(to -> !to.matches("[a-z]+:.*"))
        .toList();
  }

  /** What links may have after their {@code #}: the headings, as GitHub makes anchors of them. */
  static Set<String> anchors(String text) {
    var anchors = new HashSet<String>();
    Map<String, Integer> uses = new HashMap<>();
    HEADING
        .matcher(FENCED.matcher(text).replaceAll(""))
        .results()
        .map(heading -> anchor(heading.group("text")))
        .forEach(
            anchor -> {
              int earlier = uses.merge(anchor, 1, Integer::sum) - 1;
              anchors.add(earlier == 0 ? anchor : anchor + "-" + earlier);
            });
    return anchors;
  }

  private static String anchor(String heading) {
    return heading
        .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
        .strip()
        .replace(' ', '-');
  }
}
