package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kv shell} as a person uses it: in a JVM of its own, on a pseudo-terminal. */
class ShellCommandTest {
  @TempDir Path folder;

  private static Kv store(int port) {
    return Kv.open(KvConfig.inMemory().with(Resp.on(port)));
  }

  @Test
  void completes_prints_keeps_and_connects_again() throws Exception {
    Kv first = store(0);
    int port = first.port("resp");
    try (var shell = PseudoTerminal.of(Main.class, folder, 60, 100, "shell", "--port", port)) {
      String prompt = "127.0.0.1:" + port + "> ";
      dialogue(shell, "127.0.0.1:" + port);
      shell.type("hgeta\t");
      shell.await(prompt + "hgetall");
      shell.type("shopping\r");
      shell.type("AUTH secret\r");
      shell.await("(error) ERR AUTH");
      shell.type("SUBSCRIBE news\r");
      shell.await("3) (integer) 1");
      assertThat(Ran.kv("shell", "--port", port, "PUBLISH", "news", "x").code()).isZero();
      shell.await("3) \"x\"");
      shell.type("\u0003");
      shell.type("ECHO still\r");
      shell.await("\"still\"");
      first.close();
      first = store(port);
      shell.type("PING\r"); // which the shell may have sent before it notices
      shell.await("kv: connected to 127.0.0.1:" + port + " again");
      shell.type("ECHO again\r");
      shell.await("\"again\"");
      first.close();
      shell.type("PING\r");
      shell.await("not connected> ");
      shell.type("exit\r");
      shell.await("ended with 0");
    } finally {
      first.close();
    }
    assertThat(Files.readString(folder.resolve("ostler").resolve("kv-shell-history")))
        .contains("HGETALL shopping", "\\x002")
        .doesNotContain("secret");
  }

  @Test
  void connects_with_TLS_to_a_server_it_trusts() throws Exception {
    TlsFiles files = Certificates.write(folder, Certificates.Owner.SERVER);
    Path authority = Certificates.writeCertificate(folder, Certificates.Owner.AUTHORITY);
    Path password = Files.writeString(folder.resolve("password"), "secret\n");
    Resp resp = Resp.on(0).tls(files).clients(ClientRules.open().password("secret"));
    try (Kv kv = Kv.open(KvConfig.inMemory().with(resp))) {
      int port = kv.port("resp");
      Ran plain = Ran.kv("shell", "--port", port, "SET", "k", "1");
      Ran stranger = Ran.kv("shell", "--port", port, "--tls-ca", authority, "SET", "k", "2");
      Ran known =
          Ran.kv(
              "shell",
              "--port",
              port,
              "--tls-ca",
              authority,
              "--password-file",
              password,
              "SET",
              "k",
              "3");

      assertThat(plain.code()).isEqualTo(1);
      assertThat(plain.err()).startsWith("kv: 127.0.0.1:" + port + ": ");
      assertThat(stranger.code()).isEqualTo(1); // NOAUTH
      assertThat(known.err()).isEmpty();
      assertThat(known.code()).isZero();
    }
  }

  /** Types what docs/shell.md shows, and awaits what it shows. */
  private static void dialogue(PseudoTerminal shell, String server) throws IOException {
    String docs =
        Files.readString(Path.of("").toAbsolutePath().resolveSibling("docs").resolve("shell.md"));
    int begin = docs.indexOf("```\n127.0.0.1:6380> ") + "```\n".length();
    String shown = docs.substring(begin, docs.indexOf("```", begin));
    shell.hold(
        shown.replace("127.0.0.1:6380", server),
        Pattern.compile(Pattern.quote(server) + "(\\(TX\\))?> "));
  }
}
