package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which scheduler processes run on, and who says so. */
class SchedulerOptionTest {
  private static final String OPTION = "--add-opens java.base/java.lang=ALL-UNNAMED";

  @Test
  void with_the_option_processes_run_on_a_scheduler_of_their_own() throws Exception {
    onTheirOwn(ChildJvm.runAsIs(OnWhichScheduler.class, List.of(OPTION.split(" "))));
  }

  @Test
  void without_it_they_run_on_that_of_the_jdk_and_one_line_names_it() throws Exception {
    List<String> said = ChildJvm.runAsIs(OnWhichScheduler.class, List.of());

    assertThat(said).filteredOn(line -> line.startsWith("INFO: ")).hasSize(1);
    assertThat(said.getFirst()).startsWith("INFO: ").endsWith("start Java with " + OPTION);
    assertThat(said.subList(1, said.size()))
        .hasSize(2)
        .allMatch(line -> line.startsWith("thread: ") && line.contains("@ForkJoinPool"));
  }

  @Test
  void the_manifest_of_an_executable_jar_may_have_it(@TempDir Path directory) throws Exception {
    Path jar = directory.resolve("program.jar");
    writeJar(jar);

    onTheirOwn(ChildJvm.runJar(jar));
  }

  private static void onTheirOwn(List<String> said) {
    assertThat(said)
        .hasSize(2)
        .allMatch(line -> line.startsWith("thread: ") && line.contains("@ostler-scheduler-"));
  }

  private static void writeJar(Path jar) throws IOException {
    var manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, OnWhichScheduler.class.getName());
    main.put(Attributes.Name.CLASS_PATH, ChildJvm.manifestPath());
    main.putValue("Add-Opens", "java.base/java.lang");
    try (var out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
  }
}
