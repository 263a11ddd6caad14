package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Processes;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The end of the runtime within a JVM that goes on. */
class RuntimeShutdownTest {

  @Test
  void leaves_no_class_loader_and_can_be_followed_by_a_new_start() throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(
                java,
                "-Xmx64m",
                "-XX:SoftRefLRUPolicyMSPerMB=0",
                "-cp",
                System.getProperty("java.class.path"),
                Redeployment.class.getName())
            .redirectError(Redirect.INHERIT)
            .start();
    try (var said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("20 deployments, 20 ended, 0 class loaders left");
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void is_refused_to_a_process() {
    var refused = new CompletableFuture<Throwable>();

    Processes.spawn(
        () -> {
          try {
            Processes.shutdown(Deaths.PATIENCE);
          } catch (IllegalStateException e) {
            refused.complete(e);
          }
        });

    assertThat(refused.join()).hasMessageContaining("by a process");
  }
}
