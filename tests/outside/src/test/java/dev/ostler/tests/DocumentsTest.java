package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The documents' blocks of Java compile, run, and print what the documents say. */
class DocumentsTest {
  private static final MemoryCompiler COMPILER = new MemoryCompiler();

  @AfterAll
  static void close() throws IOException {
    COMPILER.close();
  }

  static List<Path> documents() throws IOException {
    return Stream.concat(Documents.all().stream(), Documents.sources().stream())
        .filter(DocumentsTest::hasJava)
        .toList();
  }

  private static boolean hasJava(Path document) {
    try {
      return Chapter.read(Project.root().resolve(document)).hasJava();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void a_document_is_a_program_that_prints_what_it_says(Path document) throws Exception {
    Chapter chapter = Chapter.read(Project.root().resolve(document));
    ClassLoader loader = COMPILER.compile(chapter.sources());

    assertThat(printed(chapter, loader)).isEqualTo(shown(chapter));
    for (String test : chapter.tests()) {
      succeeds(loader.loadClass(test));
    }
  }

  /** What the statements print, by the line where their block begins. */
  private static Map<Integer, String> printed(Chapter chapter, ClassLoader loader)
      throws Exception {
    String[] outputs =
        Printed.by(loader.loadClass("Statements"), "run")
            .split(Character.toString(Chapter.END_OF_BLOCK), -1);
    var printed = new TreeMap<Integer, String>();
    int next = 0;
    for (Chapter.Block block : chapter.blocks()) {
      if (block.isStatements()) {
        String output = outputs[next++];
        if (!output.isBlank()) {
          printed.put(block.fence(), Printed.comparable(output));
        }
      }
    }
    return printed;
  }

  private static Map<Integer, String> shown(Chapter chapter) {
    var shown = new TreeMap<Integer, String>();
    int last = 0;
    for (Chapter.Block block : chapter.blocks()) {
      if (block.isStatements()) {
        last = block.fence();
      } else if (block.isOutput()) {
        shown.put(last, Printed.comparable(block.text()));
      }
    }
    return shown;
  }

  private static void succeeds(Class<?> test) {
    var listener = new SummaryGeneratingListener();
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(test))
            .build();
    boolean logged = Events.logging(false); // the crashes in it are meant
    LauncherFactory.create().execute(request, listener);
    Events.logging(logged);
    var summary = listener.getSummary();
    assertThat(summary.getFailures())
        .extracting(failure -> failure.getTestIdentifier().getDisplayName(), f -> f.getException())
        .isEmpty();
    assertThat(summary.getTestsSucceededCount()).as("tests in " + test).isPositive();
  }

  @Test
  void every_link_leads_somewhere() throws IOException {
    Path root = Project.root();
    for (Path document : Documents.all()) {
      Path folder = root.resolve(document).getParent();
      for (String link : Documents.links(Files.readString(root.resolve(document)))) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? root.resolve(document) : folder.resolve(parts[0]);
        assertThat(target).as("%s links to %s", document, link).exists();
        if (parts.length == 2) {
          assertThat(Documents.anchors(Files.readString(target)))
              .as("%s links to %s", document, link)
              .contains(parts[1]);
        }
      }
    }
  }

  @Test
  void every_fence_is_closed() throws IOException {
    for (Path document : Documents.all()) {
      try (Stream<String> lines = Files.lines(Project.root().resolve(document))) {
        List<String> fences = lines.filter(line -> line.startsWith("```")).toList();
        assertThat(fences.size()).as("fences in %s", document).isEven();
        for (int i = 1; i < fences.size(); i += 2) {
          assertThat(fences.get(i)).as("in %s", document).isEqualTo("```");
        }
      }
    }
  }

  /** {@code docs/llms} writes them. */
  @Test
  void the_files_for_programs_are_those_of_the_guide_as_it_is(@TempDir Path fresh)
      throws Exception {
    Path root = Project.root();
    var script =
        new ProcessBuilder(root.resolve("docs/llms").toString(), fresh.toString())
            .inheritIO()
            .start();
    assertThat(script.waitFor()).isZero();
    for (String file : List.of("llms.txt", "llms-full.txt")) {
      assertThat(root.resolve(file)).as(file).hasSameTextualContentAs(fresh.resolve(file));
    }
  }
}
