package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.junit.OstlerExtension;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.RawPeer;
import dev.ostler.kv.server.Resp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that asked for MONITOR sees what the others do. */
@ExtendWith(OstlerExtension.class)
class MonitorTest {
  private Kv kv;
  private RawPeer client;
  private RawPeer monitor;

  @BeforeEach
  void open() throws IOException {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
    client = new RawPeer(kv.port("resp"));
    monitor = new RawPeer(kv.port("resp"));
    assertThat(monitor.ask("MONITOR")).isEqualTo("+OK");
  }

  @AfterEach
  void close() throws IOException {
    monitor.close();
    client.close();
    kv.close();
  }

  /** The next commands that it sees, without time and address. */
  private List<String> sees(int count) throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      String line = monitor.reply();
      assertThat(line).matches("\\+\\d+\\.\\d{6} \\[0 127\\.0\\.0\\.1:\\d+] \".*");
      lines.add(line.substring(line.indexOf(']') + 2));
    }
    return lines;
  }

  @Test
  void sees_commands_when_they_are_done_with_bytes_that_are_quoted() throws IOException {
    client.ask("set", "a", "\u00ff\n\r\t\b\u0007 \"\\");
    client.ask("HGET", "a", "f");
    assertThat(sees(2))
        .containsExactly("\"set\" \"a\" \"\\xff\\n\\r\\t\\b\\a \\\"\\\\\"", "\"HGET\" \"a\" \"f\"");
  }

  @Test
  void sees_a_transaction_in_the_order_in_which_it_happened() throws IOException {
    client.ask("MULTI");
    client.ask("SET", "a", "1");
    client.ask("INCR", "a");
    client.ask("EXEC");
    assertThat(sees(4))
        .containsExactly("\"MULTI\"", "\"SET\" \"a\" \"1\"", "\"INCR\" \"a\"", "\"EXEC\"");
  }

  @Test
  void sees_no_secret_and_nothing_that_was_refused_or_is_administrative() throws IOException {
    client.ask("AUTH", "user", "secret");
    client.ask("CONFIG", "SET", "requirepass", "");
    client.ask("ACL", "SETUSER", "u", ">secret");
    client.ask("NOSUCH");
    client.ask("GET");
    client.ask("PING");
    assertThat(sees(2)).containsExactly("\"AUTH\" \"(redacted)\" \"(redacted)\"", "\"PING\"");
  }

  @Test
  void sees_the_beginning_of_a_large_command() throws IOException {
    client.ask("SET", "a", "x".repeat(100_000));
    String line = sees(1).getFirst();
    assertThat(line).hasSizeBetween(65_000, 66_000).endsWith("x...\" ...");
    client.ask("GET", "a");
    assertThat(sees(1)).containsExactly("\"GET\" \"a\"");
  }

  @Test
  void gets_lines_in_both_protocols_and_none_after_a_reset() throws IOException {
    assertThat(monitor.ask("HELLO", "3")).startsWith("%");
    assertThat(sees(1)).containsExactly("\"HELLO\" \"3\"");
    assertThat(client.ask("CLIENT", "LIST")).contains(" flags=O ");
    client.ask("PING");
    assertThat(sees(1)).containsExactly("\"PING\"");
    assertThat(monitor.ask("RESET")).isEqualTo("+RESET");
    client.ask("PING");
    assertThat(monitor.ask("GET", "a")).isEqualTo("$-1");
    assertThat(client.ask("CLIENT", "LIST")).doesNotContain(" flags=O ");
  }
}
