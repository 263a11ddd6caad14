package dev.ostler.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.rocksdb.RespLine.Refusal;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A value that is large for the heap of a durable store is refused, and others go on. */
class LargeValueTest {
  private static final String LARGE = "x".repeat(30_000_000);
  private static final String REFUSAL = "OOM command not allowed when used memory > 'maxmemory'.";

  @TempDir private Path folder;
  private ServerProcess server;
  private RespLine client;
  private RespLine other;

  @BeforeEach
  void start() throws Exception {
    // This variable wins over the command line.
    var runner = List.of("env", "_JAVA_OPTIONS=-Xmx128m");
    server = new ServerProcess(runner, folder.resolve("data"), "--sync", "always");
    client = new RespLine(server.port());
    other = new RespLine(server.port());
    assertThat(other.ask("SET", "small", "1")).isEqualTo("OK");
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    other.close();
    server.close();
  }

  private void assertOthersGoOn() throws Exception {
    assertThat(other.ask("INCR", "small")).isEqualTo(2L);
    assertThat(other.ask("HSET", "new", "f", "1")).isEqualTo(1L);
    assertThat(other.ask("DBSIZE")).isEqualTo(2L);
  }

  /** More than all clients may take: the reply may be lost, because the connection is closed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET large",
        "HSET large f",
        "APPEND large",
        "SETRANGE large 0",
        "MSET small 3 large"
      })
  void in_one_command(String line) throws Exception {
    for (int i = 0; i < 3; i++) {
      try (var client = new RespLine(server.port())) {
        assertThat(client.ask((line + " " + LARGE).split(" "))).isInstanceOf(Refusal.class);
      } catch (SocketException e) {
        System.out.println("without a reply: " + e.getMessage());
      }
    }
    assertOthersGoOn();
  }

  @Test
  void that_a_short_command_makes() throws Exception {
    assertThat(client.ask("SETRANGE", "large", "30000000", "x")).isEqualTo(new Refusal(REFUSAL));
    assertOthersGoOn();
  }

  @Test
  void that_grows() throws Exception {
    String piece = "x".repeat(1_000_000);
    Object said = 0L;
    for (int i = 0; i < 30 && said instanceof Long; i++) {
      said = client.ask("APPEND", "large", piece);
    }
    assertThat(said).isEqualTo(new Refusal(REFUSAL));
    assertThat(client.ask("DEL", "large")).isEqualTo(1L);
    assertOthersGoOn();
  }
}
