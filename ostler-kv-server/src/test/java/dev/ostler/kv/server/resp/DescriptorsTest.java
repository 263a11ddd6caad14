package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Admin;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.ServerJvm;
import dev.ostler.kv.server.cli.Main;
import dev.ostler.kv.server.net.Descriptors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many clients fit into a process's limit of open files. */
class DescriptorsTest {
  @TempDir private Path folder;

  @Test
  void some_files_are_reserved() {
    assertThat(Descriptors.clients(1024, 1, false)).isEqualTo(924);
    assertThat(Descriptors.clients(4096, 1, true)).isEqualTo(3396);
    assertThat(Descriptors.clients(4096, 2, true)).isEqualTo(1698);
    assertThat(Descriptors.clients(Long.MAX_VALUE, 1, true)).isEqualTo(Integer.MAX_VALUE);
  }

  /** The admin endpoint has few clients: it does not take its share of what there is. */
  @Test
  void the_admin_endpoint_takes_a_few() {
    var one = KvConfig.inMemory().with(Resp.on(0));

    assumeThat(Descriptors.most()).isPresent();
    assertThat(Descriptors.clients(one.with(Admin.on(0))))
        .isGreaterThan(Descriptors.clients(one.with(LineProtocol.on(0))));
  }

  @Test
  void of_very_few_files_some_are_for_clients() {
    assertThat(Descriptors.clients(256, 1, true)).isEqualTo(64);
    assertThat(Descriptors.clients(1, 1, true)).isEqualTo(1);
  }

  @Test
  void more_cannot_be_asked_for() {
    var settings = new Settings();
    settings.mostClients(50);
    settings.maxClients(50);
    assertThatThrownBy(() -> settings.maxClients(51))
        .hasMessageContaining("not able to handle the specified number of clients, try with 50");
    assertThat(settings.maxClients()).isEqualTo(50);
  }

  /** With the limit set by a shell. */
  @Test
  void a_server_logs_that_it_accepts_fewer_and_refuses_the_others() throws Exception {
    crowd(200, 100, peer -> assertThat(peer.ask("SET", "k", "v")).isEqualTo("OK"), "--memory");
  }

  /** The store opens further files meanwhile. */
  @Test
  void of_a_durable_server_they_leave_files_for_the_store() throws Exception {
    crowd(
        800,
        200,
        peer -> {
          for (int i = 0; i < 100; i++) {
            assertThat(peer.ask("SET", "k" + i, "x".repeat(1 << 20))).isEqualTo("OK");
          }
          assertThat(peer.ask("DBSIZE")).isEqualTo(100L);
        },
        "--data",
        folder.resolve("data").toString(),
        "--sync",
        "always");
  }

  /** What one client does while as many as may are connected, and others are refused. */
  private interface Work {
    void with(RespPeer peer) throws IOException;
  }

  private static void crowd(int files, int clients, Work work, String... store) throws Exception {
    assumeThat(Files.exists(Path.of("/proc/self/limits"))).isTrue();
    Process server = start(files, store);
    var peers = new ArrayList<RespPeer>();
    try {
      int port = 0;
      var said = new ArrayList<String>();
      for (String line = ""; !line.startsWith("ready"); line = server.inputReader().readLine()) {
        said.add(line);
        port = line.startsWith("RESP on") ? Integer.parseInt(line.replaceAll(".*:", "")) : port;
      }
      assertThat(said)
          .contains(
              "at most %d clients on each port, not 10000: this process may have %d files open"
                  .formatted(clients, files));
      for (int i = 0; i < clients; i++) {
        peers.add(new RespPeer(port));
        assertThat(peers.getLast().ask("PING")).isEqualTo("PONG");
      }
      for (int i = 0; i < files; i++) { // more than there are files
        peers.add(new RespPeer(port));
        assertThat(String.valueOf(peers.getLast().reply())).contains("max number of clients");
      }
      work.with(peers.getFirst());
    } finally {
      server.destroyForcibly().waitFor();
      for (RespPeer peer : peers) {
        peer.close();
      }
    }
  }

  private static Process start(int files, String... store) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String path = System.getProperty("java.class.path");
    var command =
        new ArrayList<>(
            List.of("bash", "-c", "ulimit -n " + files + " && exec \"$0\" \"$@\"", java));
    command.addAll(ServerJvm.OPTIONS);
    command.addAll(List.of("-cp", path, Main.class.getName()));
    command.addAll(List.of("serve", "--line-port", "off", "--resp-port", "0"));
    command.addAll(List.of(store));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
