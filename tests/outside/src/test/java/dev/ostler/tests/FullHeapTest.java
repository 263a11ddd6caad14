package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A heap that is full ends who fills it, and nobody is left between life and death. */
class FullHeapTest {

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void ends_who_fills_it_and_lets_its_supervisor_begin_it_again() throws Exception {
    assertThat(ChildJvm.run(FullHeap.class, List.of("-Xmx64m", "-XX:+UseSerialGC")))
        .containsExactly(
            "PLAIN was ended and begun again 20",
            "DIRECT was ended and begun again 20",
            "BOUNDED was ended and begun again 20",
            "RAW was ended and begun again 20",
            "bystander silent 0",
            "reports 80");
  }
}
