package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.FailingEngine;
import dev.ostler.kv.journal.FaultyStore;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.ServerJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kv serve} on a disk that fails, in a JVM of its own. */
class KeptServeTest {
  @TempDir private Path folder;

  private Process start(String... arguments) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(BucketStore.Engine.class.getName()), FailingEngine.class.getName());
    var command = new java.util.ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServerJvm.OPTIONS);
    String path = folder + File.pathSeparator + System.getProperty("java.class.path");
    command.addAll(List.of("-cp", path, Main.class.getName(), "serve"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }

  /** Reads the server's output until it is ready; returns the port of RESP. */
  private static int port(Process server) throws IOException {
    int port = 0;
    String line = server.inputReader().readLine();
    while (!line.startsWith("ready")) {
      port = line.startsWith("RESP on") ? Integer.parseInt(line.replaceAll(".*:", "")) : port;
      line = server.inputReader().readLine();
    }
    return port;
  }

  @Test
  void ends_with_1_and_says_why_when_a_sync_has_failed() throws Exception {
    String data = folder.resolve("data").toString();
    Process server =
        start("--data", data, "--sync", "always", "--line-port", "off", "--resp-port", "0");
    try (var said = server.errorReader();
        var client = new RespPeer(port(server))) {
      client.send("SET", "key", "value");

      assertThat(said.lines()).anyMatch(line -> line.contains(FaultyStore.EIO));
      assertThat(server.waitFor()).isEqualTo(1);
    } finally {
      server.destroyForcibly();
    }
  }
}
