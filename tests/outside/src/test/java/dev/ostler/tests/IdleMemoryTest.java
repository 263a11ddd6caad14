package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.tests.IdleMemory.Idle;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An idle process takes few bytes, and those of a server are the same however it was started. */
class IdleMemoryTest {

  /**
   * At most so many bytes with compact object headers, and without. A raw process has a stack,
   * whose size depends on what the JVM has compiled.
   */
  @ParameterizedTest(name = "{0}: {1}, {2}")
  @CsvSource({
    "SERVER, 104, 120",
    "OWN_SERVER, 104, 120",
    "DIRECT, 104, 120",
    "OWN_DIRECT, 104, 120",
    "OWN_LABELLED, 104, 120",
    "OWN_BOUNDED, 220, 240",
    "AGENT, 112, 128",
    "OWN_AGENT, 112, 128",
    "RAW, 4000, 4000",
    "SUPERVISED, 210, 240",
    "OWN_SUPERVISED, 210, 240",
    "MONITORED, 160, 180",
    "OWN_MONITORED, 160, 180",
  })
  void an_idle_process_is_small(Idle idle, int compact, int plain) throws Exception {
    assertThat(bytes(idle, '+')).isBetween(64, compact);
    assertThat(bytes(idle, '-')).isBetween(64, plain);
  }

  private static int bytes(Idle idle, char compactHeaders) throws Exception {
    List<String> said =
        ChildJvm.run(
            IdleMemory.class,
            List.of(
                "-XX:+UseSerialGC",
                "-XX:-UseTLAB",
                "-XX:" + compactHeaders + "UseCompactObjectHeaders"),
            idle.name());
    return Integer.parseInt(said.getLast());
  }
}
