package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to applications when their JVM is told to stop: A3. */
class ShutdownOfTheJvmTest {
  /** How a JVM ends that was sent a SIGTERM. */
  private static final int TERMINATED = 128 + 15;

  // A3
  @Test
  void stops_applications_last_first_each_from_its_newest_child_to_its_oldest() throws Exception {
    Process process = ChildJvm.start(TwoApplications.class, List.of());
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

  // A3
  @ParameterizedTest
  @EnumSource
  @Timeout(60) // three children of five seconds each, a few more, and the start of a JVM
  void ends_the_jvm_though_a_supervisor_is_stuck(StuckApplication.Way way) throws Exception {
    Process process = ChildJvm.start(StuckApplication.class, List.of(), way.name());
    try (var said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("stuck");
      boolean exitsByItself = way.name().startsWith("EXIT");
      if (!exitsByItself) {
        process.toHandle().destroy(); // SIGTERM, and the stream stays open
      }
      assertThat(said.lines().toList()).containsExactly("b shutdown", "a shutdown");
      assertThat(process.waitFor()).isEqualTo(exitsByItself ? StuckApplication.STATUS : TERMINATED);
    } finally {
      process.destroyForcibly();
    }
  }
}
