package dev.ostler.kv.server.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Resp;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The shell without a terminal. */
class ShellTest {
  private static Kv kv;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void serve() {
    kv = Kv.open(KvConfig.inMemory().with(Resp.on(0)));
  }

  @AfterAll
  static void close() {
    kv.close();
  }

  private Shell shell(Format format) {
    return new Shell(
        "server",
        () -> new Socket(InetAddress.getLoopbackAddress(), kv.port("resp")),
        format,
        out,
        new PrintWriter(err, true));
  }

  private boolean piped(Format format, String lines) throws IOException {
    return shell(format).run(new ByteArrayInputStream(lines.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private String out() {
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void runs_the_command_on_each_line() throws IOException {
    assertThat(piped(Format.RAW, "SET k \"\\xff\"\r\n\nGET k\nPING")).isTrue();
    assertThat(out()).isEqualTo("OK\n\u00ff\nPONG\n");
  }

  @Test
  void goes_on_after_an_error_and_says_so_in_the_end() throws IOException {
    assertThat(piped(Format.RAW, "NONSENSE\nSET k 'x\nCLIENT REPLY OFF\nPING\n")).isFalse();
    assertThat(out()).startsWith("ERR unknown command").endsWith("\nPONG\n");
    assertThat(err.toString())
        .contains("kv: line 2: the quote in column 7 is not closed")
        .contains("kv: " + Shell.MUTE);
  }

  @Test
  void ends_where_the_input_says_so() throws IOException {
    assertThat(piped(Format.RAW, "PING\nQUIT\nNONSENSE\n")).isTrue();
    assertThat(out()).isEqualTo("PONG\n");
  }

  @Test
  void runs_one_command_in_RESP3() {
    assertThat(shell(Format.JSON).run(List.of("HSET", "böcket", "k", "1"))).isTrue();
    assertThat(shell(Format.JSON).run(List.of("HGETALL", "böcket"))).isTrue();
    assertThat(shell(Format.JSON).run(List.of("HGETALL"))).isFalse();
    assertThat(out()).startsWith("1\n{\"k\":\"1\"}\n{\"error\":\"ERR wrong number");
  }

  @Test
  void counts_the_answers_to_UNSUBSCRIBE() throws IOException {
    assertThat(piped(Format.RAW, "UNSUBSCRIBE a b\nUNSUBSCRIBE\nPING\n")).isTrue();
    assertThat(out()).isEqualTo("unsubscribe\na\n0\nunsubscribe\nb\n0\nunsubscribe\n\n0\nPONG\n");
  }

  @Test
  void goes_on_after_a_subscription_that_waits_for_EXEC() throws IOException {
    assertThat(piped(Format.RAW, "MULTI\nUNSUBSCRIBE x\nDISCARD\nPING\n")).isTrue();
    assertThat(out()).isEqualTo("OK\nQUEUED\nOK\nPONG\n");
  }

  @Test
  void ends_when_the_connection_does() throws IOException {
    assertThat(piped(Format.RAW, "CLIENT KILL SKIPME no TYPE normal\nPING\nPING\n")).isFalse();
    assertThat(err.toString()).contains("kv: server: ");
  }
}
