package dev.ostler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/semantics.md and the tags of the tests say the same.
 *
 * <p>A tag is a comment that begins with ids of lines of that list. It belongs to the method it
 * stands in, else to the next method.
 */
class SemanticsTest {

  private static final String ID = "(?:1\\.10 )?[A-Z]{1,2}\\d{1,2}";
  private static final Pattern TAG = Pattern.compile("// (" + ID + "(?:, " + ID + ")*)(?![\\w-])");
  private static final Pattern LINE = Pattern.compile("- \\*\\*(" + ID + ")\\*\\* (.*)");
  private static final Pattern TESTS = Pattern.compile("`(\\w+Test(?:\\.\\w+)+)`");

  /** The lines of the list by their ids. */
  private static final Map<String, String> LINES = lines();

  /** The tests that carry a tag, by the id in it. */
  private static final Map<String, Set<String>> TAGGED = tagged();

  @Test
  void the_list_and_the_tags_are_found() {
    assertThat(LINES).hasSizeGreaterThan(250);
    assertThat(TAGGED).hasSizeGreaterThan(250);
  }

  @Test
  void every_tag_is_the_id_of_a_line() {
    var unknown = new TreeMap<>(TAGGED);
    unknown.keySet().removeAll(LINES.keySet());

    assertThat(unknown).isEmpty();
  }

  @Test
  void every_line_names_a_test_or_says_why_there_is_none() {
    assertThat(ids(line -> named(line).isEmpty() != line.contains("*No test:* "))).isEmpty();
  }

  @Test
  void every_test_that_a_line_names_exists_and_carries_its_id() {
    var missing = new TreeMap<String, List<String>>();
    LINES.forEach(
        (id, line) -> {
          var tests = new ArrayList<>(named(line));
          tests.removeAll(TAGGED.getOrDefault(id, Set.of()));
          if (!tests.isEmpty()) {
            missing.put(id, tests);
          }
        });

    assertThat(missing).isEmpty();
  }

  @Test
  void a_line_without_a_test_has_no_tag() {
    assertThat(TAGGED.keySet()).doesNotContainAnyElementsOf(ids(line -> named(line).isEmpty()));
  }

  private static List<String> ids(Predicate<String> line) {
    return LINES.entrySet().stream()
        .filter(each -> line.test(each.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static List<String> named(String line) {
    return TESTS.matcher(line).results().map(match -> match.group(1)).toList();
  }

  private static Map<String, String> lines() {
    try {
      var found = new LinkedHashMap<String, String>();
      String id = null;
      for (String text :
          Files.readAllLines(Source.root().resolve("docs").resolve("semantics.md"), UTF_8)) {
        var line = LINE.matcher(text);
        if (line.matches()) {
          id = line.group(1);
          assertThat(found.put(id, line.group(2))).as("a second line %s", id).isNull();
        } else if (!text.startsWith("  ")) {
          id = null;
        } else if (id != null) {
          found.merge(id, text.substring(1), String::concat);
        }
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A test method: its name with the classes around it, and the lines it takes. */
  private record TestMethod(String name, long first, long last) {}

  private static Map<String, Set<String>> tagged() {
    var found = new TreeMap<String, Set<String>>();
    for (Source source : Source.all()) {
      if (source.isTest()) {
        tag(source, found);
      }
    }
    return found;
  }

  private static void tag(Source source, Map<String, Set<String>> found) {
    List<TestMethod> methods = null;
    long number = 0;
    for (String line : source.text().split("\n", -1)) {
      number++;
      var tag = TAG.matcher(line);
      if (tag.find()) {
        if (methods == null) {
          methods = methods(source);
        }
        String test = testAt(methods, number, source);
        for (String id : tag.group(1).split(", ")) {
          found.computeIfAbsent(id, any -> new TreeSet<>()).add(test);
        }
      }
    }
  }

  private static String testAt(List<TestMethod> methods, long line, Source source) {
    return Stream.concat(
            methods.stream().filter(method -> method.first() <= line && line <= method.last()),
            methods.stream()
                .filter(method -> method.first() > line)
                .sorted(Comparator.comparingLong(TestMethod::first)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no test at the tag in " + source + ":" + line))
        .name();
  }

  /** Methods with an annotation whose name ends in Test. */
  private static List<TestMethod> methods(Source source) {
    var methods = new ArrayList<TestMethod>();
    new TreeScanner<Void, String>() {
      @Override
      public Void visitClass(ClassTree type, String around) {
        return super.visitClass(type, around + type.getSimpleName() + ".");
      }

      @Override
      public Void visitMethod(MethodTree method, String around) {
        if (method.getModifiers().getAnnotations().stream()
            .map(Tree::toString)
            .anyMatch(annotation -> annotation.matches("@\\w*Test(\\(.*\\))?"))) {
          long first = source.firstLine(method);
          methods.add(
              new TestMethod(around + method.getName(), first, first + source.lines(method) - 1));
        }
        return super.visitMethod(method, around);
      }
    }.scan(source.unit(), "");
    return methods;
  }
}
