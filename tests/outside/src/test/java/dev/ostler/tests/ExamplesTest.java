package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.GenServer;
import dev.ostler.kv.Kv;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The programs in examples/ run with what their README says on the class path, and nothing else.
 */
class ExamplesTest {

  @Test
  void a_store_is_embedded_with_two_jars() throws Exception {
    assertThat(outputOf("Embedded.java", GenServer.class, Kv.class)).isEqualTo("12 eggs\n");
  }

  @Test
  void an_endpoint_is_added_and_restarted_like_any_other_part() throws Exception {
    assertThat(outputOf("UseBucketSizes.java", GenServer.class, Kv.class))
        .isEqualTo(
            """
            page 1
            shopping 1
            tools 0
            page 2
            shopping 1
            tools 0
            page 1
            shopping 1
            tools 0
            """);
  }

  /** What a program prints, with nothing on its class path but the jars that have these types. */
  private static String outputOf(String program, Class<?>... types) throws Exception {
    var classPath =
        Stream.of(types).map(ExamplesTest::home).collect(Collectors.joining(File.pathSeparator));
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Path source = Project.root().resolve("examples").resolve(program);
    var process =
        new ProcessBuilder(java.toString(), "-cp", classPath, source.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT) // where the crash is reported
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static String home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
