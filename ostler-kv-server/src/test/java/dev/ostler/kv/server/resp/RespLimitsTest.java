package dev.ostler.kv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Down;
import dev.ostler.Self;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.RespPeer;
import dev.ostler.kv.server.RespReader.Failure;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limits of RESP clients, and what happens to clients that exceed them. */
@ExtendWith(OstlerExtension.class)
class RespLimitsTest {
  private Kv kv;
  private RespPeer client;

  @BeforeEach
  void open() throws IOException {
    open(Resp.on(0));
  }

  private void open(Resp resp) throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(resp));
    client = RespPeer.of(kv);
  }

  private void reopen(Resp resp) throws IOException {
    close();
    open(resp);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    kv.close();
  }

  private Object does(String line) throws IOException {
    return client.ask(line.split(" "));
  }

  @Test
  void a_client_above_the_limit_gets_an_error_and_others_are_served() throws IOException {
    reopen(Resp.on(0).maxConnections(1));
    assertThat(does("PING")).isEqualTo("PONG");
    try (RespPeer other = RespPeer.of(kv)) {
      assertThat(other.reply()).isEqualTo(new Failure("ERR max number of clients reached"));
      assertThat(other.isClosed()).isTrue();
    }
    assertThat(String.valueOf(does("INFO stats"))).contains("rejected_connections:1\r\n");
    assertThat(does("CONFIG SET maxclients 2")).isEqualTo("OK");
    try (RespPeer other = RespPeer.of(kv)) {
      assertThat(other.ask("PING")).isEqualTo("PONG");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "*1/$536870913, invalid bulk length",
        "*1/$-1, invalid bulk length",
        "*2147483648, invalid multibulk length",
        "*1/PING, \"expected '$', got 'P'\""
      })
  void an_invalid_request_gets_an_error_and_ends_the_client(String bytes, String error)
      throws IOException {
    client.sendRaw(Bytes.array(bytes.replace("/", "\r\n") + "\r\n"));
    assertThat(client.reply()).isEqualTo(new Failure("ERR Protocol error: " + error));
    assertThat(client.isClosed()).isTrue();
  }

  @Test
  void an_argument_may_be_as_long_as_the_setting_says() throws IOException {
    assertThat(does("CONFIG SET proto-max-bulk-len 1mb")).isEqualTo("OK");
    assertThat(client.ask("ECHO", "x".repeat(1 << 20))).asString().hasSize(1 << 20);
    client.sendRaw(Bytes.array("*2\r\n$4\r\nECHO\r\n$1048577\r\n"));
    assertThat(client.reply()).isEqualTo(new Failure("ERR Protocol error: invalid bulk length"));
    assertThat(client.isClosed()).isTrue();
  }

  @Test
  void a_line_may_be_64_KiB_long() throws IOException {
    client.sendRaw(Bytes.array("PING " + "x".repeat(64 * 1024 - 7) + "\r\n"));
    assertThat(client.reply()).asString().hasSize(64 * 1024 - 7);
    client.sendRaw(Bytes.array("PING " + "x".repeat(64 * 1024)));
    assertThat(client.reply()).isEqualTo(new Failure("ERR Protocol error: too big inline request"));
    assertThat(client.isClosed()).isTrue();
  }

  @Test
  void commands_that_need_memory_are_refused_at_the_limit_and_others_run() throws IOException {
    reopen(Resp.on(0).clients(ClientRules.open().maxMemoryBytes(10_000)));
    assertThat(client.ask("HSET", "a", "b", "x".repeat(10_000))).isEqualTo(1L);
    assertThat(does("HSET a c d"))
        .isEqualTo(new Failure("OOM command not allowed when used memory > 'maxmemory'."));
    assertThat(does("HGET a b")).asString().hasSize(10_000);
    assertThat(String.valueOf(does("INFO memory")))
        .contains("maxmemory:10000\r\n", "maxmemory_policy:noeviction\r\n");
    assertThat(does("CONFIG SET maxmemory 1mb")).isEqualTo("OK");
    assertThat(does("HSET a c d")).isEqualTo(1L);
    assertThat(does("CONFIG SET maxmemory 10000")).isEqualTo("OK");
    assertThat(does("DEL a")).isEqualTo(1L);
    assertThat(does("HSET a c d")).isEqualTo(1L);
  }

  @Test
  void a_client_that_is_silent_for_too_long_is_disconnected() throws IOException {
    reopen(Resp.on(0).clients(ClientRules.open().idleTime(Duration.ofSeconds(1))));
    assertThat(does("CONFIG GET timeout")).asString().contains("1");
    assertThat(client.isClosed()).isTrue();
  }

  @Test
  void runs_nothing_for_a_client_that_does_not_read() throws IOException {
    String large = "x".repeat(1_000_000);
    assertThat(client.ask("HSET", "a", "b", large)).isEqualTo(1L);
    try (RespPeer deaf = RespPeer.of(kv)) {
      for (int i = 0; i < 60; i++) {
        deaf.send("HGET", "a", "b");
      }
      assertThat(does("PING")).isEqualTo("PONG");
      String stats = String.valueOf(does("INFO stats"));
      String written = stats.replaceAll("(?s).*total_net_output_bytes:(\\d+).*", "$1");
      assertThat(Long.parseLong(written)).isLessThan(30_000_000);
      for (int i = 0; i < 60; i++) {
        assertThat(deaf.reply()).isEqualTo(large);
      }
    }
  }

  @Test
  void a_subscriber_that_does_not_read_is_disconnected_and_others_are_served() throws IOException {
    assertThat(does("CONFIG SET client-output-buffer-limit")).isInstanceOf(Failure.class);
    assertThat(client.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0"))
        .isEqualTo("OK");
    try (RespPeer deaf = RespPeer.of(kv);
        RespPeer other = RespPeer.of(kv)) {
      assertThat(deaf.ask("SUBSCRIBE", "news")).isNotNull();
      assertThat(other.ask("SUBSCRIBE", "news")).isNotNull();
      String large = "x".repeat(500_000);
      while (client.ask("PUBLISH", "news", large).equals(2L)) {
        assertThat(String.valueOf(other.reply())).contains(large);
      }
      assertThat(String.valueOf(other.reply())).contains(large);
    }
  }

  /** A thread that has its pid keeps the whole client reachable. */
  @Test
  void a_closed_subscriber_retains_none_of_its_waiting_messages() throws IOException {
    client.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0");
    try (RespPeer deaf = RespPeer.of(kv)) {
      assertThat(deaf.ask("SUBSCRIBE", "news")).isNotNull();
      RespClient served = deaf.served(kv);
      var end = Self.monitor(served.pid());
      while (client.ask("PUBLISH", "news", "x".repeat(500_000)).equals(1L)) {
        // More waits for it.
      }
      assertThat(Self.receive(Down.class, down -> down.ref().equals(end), Duration.ofSeconds(60)))
          .isPresent();
      try (RespPeer next = RespPeer.of(kv)) {
        // the process that accepted it has noticed the end
        assertThat(next.ask("PING")).isEqualTo("PONG");
      }
      assertThat(served.pushed()).isZero();
    }
  }

  @Test
  void are_refused_if_they_make_no_sense() {
    ClientRules rules = ClientRules.open();
    assertThatThrownBy(() -> rules.maxBulkBytes(1000)).hasMessageContaining("and found 1000");
    assertThatThrownBy(() -> rules.maxMemoryBytes(-1)).hasMessageContaining("and found -1");
    assertThatThrownBy(() -> rules.idleTime(Duration.ofMillis(5))).hasMessageContaining("PT0.005S");
    assertThatThrownBy(() -> rules.password("")).hasMessageContaining("an empty one");
  }
}
