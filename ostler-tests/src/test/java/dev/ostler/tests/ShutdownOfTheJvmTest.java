package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens to applications when their JVM is told to stop: A3. */
class ShutdownOfTheJvmTest {

  // A3
  @Test
  void stops_applications_last_first_each_from_its_newest_child_to_its_oldest() throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var path =
        System.getProperty("java.class.path")
            + System.getProperty("path.separator")
            + System.getProperty("jdk.module.path", "");
    var process =
        new ProcessBuilder(java, "-Xshare:auto", "-cp", path, TwoApplications.class.getName())
            .redirectError(Redirect.INHERIT)
            .start();
    try (var said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("started");
      process.toHandle().destroy(); // SIGTERM, and the stream stays open
      List<String> stopped = said.lines().toList();
      assertThat(stopped).containsExactly("d shutdown", "c shutdown", "b shutdown", "a shutdown");
      assertThat(process.waitFor()).isNotZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
