package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.Processes;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The end of the runtime within a JVM that goes on. */
class RuntimeShutdownTest {

  @Test
  void leaves_no_class_loader_and_can_be_followed_by_a_new_start() throws Exception {
    assertThat(
            ChildJvm.run(Redeployment.class, List.of("-Xmx64m", "-XX:SoftRefLRUPolicyMSPerMB=0")))
        .containsExactly("20 deployments, 20 ended, 0 class loaders left");
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
