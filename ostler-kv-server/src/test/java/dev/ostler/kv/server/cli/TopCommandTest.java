package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Admin;
import dev.ostler.kv.server.ServerJvm;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.ScreenTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kv top}, with a server, from its options to its exit code. */
class TopCommandTest {
  @TempDir Path folder;

  private static Kv store() {
    Kv kv = Kv.open(KvConfig.inMemory().with(Admin.on(0)));
    kv.create("shopping");
    return kv;
  }

  private static String url(Kv kv) {
    return "http://127.0.0.1:" + kv.port("admin");
  }

  @Test
  void prints_the_processes_of_a_server_where_there_is_no_terminal() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "any\n");
    try (Kv kv = store()) {
      Ran ran =
          Ran.kv(
              "top",
              "--url",
              url(kv),
              "--count",
              2,
              "--interval",
              0.1,
              "--sort",
              "label",
              "--growth",
              "--filter",
              "bucket",
              "--rows",
              5,
              "--token-file",
              token);

      assertThat(ran.code()).as(ran.err()).isZero();
      assertThat(ran.out()).containsPattern("(?s)kv \\(\\d+\\).*bucket.*kv \\(\\d+\\).*bucket");
    }
  }

  @Test
  void ends_with_1_without_an_observer() throws IOException {
    try (var deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "http://127.0.0.1:" + deaf.getLocalPort();
      deaf.close();
      Ran ran = Ran.kv("top", "--url", url, "--count", 1);

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).startsWith("kv: no observer on " + url);
      assertThat(Ran.kv("top", "--token-file", folder.resolve("none")).err()).startsWith("kv: ");
    }
  }

  /** As a person uses it: in a JVM of its own, on a pseudo-terminal that script(1) makes. */
  @Test
  void is_live_on_a_terminal_and_quits_with_q() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no script, of bsdutils");
    try (Kv kv = store()) {
      var java = new ArrayList<String>();
      java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      java.addAll(ServerJvm.OPTIONS);
      java.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
      java.addAll(List.of("top", "--url", url(kv)));
      Path start =
          Files.writeString(
              folder.resolve("start"),
              "stty rows 24 cols 100\n'" + String.join("' '", java) + "'\necho ended with $?\n");
      var builder =
          new ProcessBuilder(
              "/usr/bin/script", "-q", "-c", "sh " + start, folder.resolve("log").toString());
      builder.environment().put("TERM", "xterm-256color");
      builder.environment().put("LC_ALL", "C.UTF-8");
      Process script = builder.start();
      try (var said = new InputStreamReader(script.getInputStream(), StandardCharsets.UTF_8);
          var keys = script.outputWriter()) {
        var screen = new ScreenTerminal(100, 24);
        Thread.ofVirtual().start(() -> show(said, screen));
        await(screen, "QUEUED▼");
        keys.write("/kv registry\r");
        keys.flush();
        await(screen, "1 to 1 of 1 by queued, with 'kv registry'");
        keys.write("\r");
        keys.flush();
        await(screen, "Esc back");
        keys.write("q");
        keys.flush();
        await(screen, "ended with 0");
      } finally {
        script.destroyForcibly();
      }
    }
  }

  /** Shows on a screen what is said, until its end. */
  private static void show(Reader said, ScreenTerminal screen) {
    var buffer = new char[8192];
    try {
      for (int count = said.read(buffer); count > 0; count = said.read(buffer)) {
        screen.write(new String(buffer, 0, count));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private static void await(ScreenTerminal screen, String text) {
    try {
      while (!screen.toString().contains(text)) {
        screen.waitDirty();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("never " + text + " in\n" + screen, e);
    }
  }
}
