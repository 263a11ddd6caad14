package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Admin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @Test
  void is_live_on_a_terminal_and_quits_with_q() throws Exception {
    try (Kv kv = store();
        var top = PseudoTerminal.of(Main.class, folder, 24, 100, "top", "--url", url(kv))) {
      top.await("QUEUED▼");
      top.type("/kv registry\r");
      top.await("1 to 1 of 1 by queued, with 'kv registry'");
      top.type("\r");
      top.await("Esc back");
      top.type("q");
      top.await("ended with 0");
    }
  }
}
