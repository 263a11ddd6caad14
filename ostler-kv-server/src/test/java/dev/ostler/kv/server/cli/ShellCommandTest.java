package dev.ostler.kv.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.Certificates;
import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.ServerJvm;
import dev.ostler.kv.server.TlsFiles;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.ScreenTerminal;
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
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no script, of bsdutils");
    Kv first = store(0);
    int port = first.port("resp");
    Process script = script("shell", "--port", port);
    try (var said = new InputStreamReader(script.getInputStream(), StandardCharsets.UTF_8);
        var keys = script.outputWriter()) {
      var screen = new ScreenTerminal(100, 60);
      Thread.ofVirtual().start(() -> show(said, screen));
      String prompt = "127.0.0.1:" + port + "> ";
      dialogue(keys, screen, "127.0.0.1:" + port);
      type(keys, "hgeta\t");
      await(screen, prompt + "hgetall");
      type(keys, "shopping\r");
      type(keys, "AUTH secret\r");
      await(screen, "(error) ERR AUTH");
      type(keys, "SUBSCRIBE news\r");
      await(screen, "3) (integer) 1");
      assertThat(Ran.kv("shell", "--port", port, "PUBLISH", "news", "x").code()).isZero();
      await(screen, "3) \"x\"");
      type(keys, "\u0003");
      type(keys, "ECHO still\r");
      await(screen, "\"still\"");
      first.close();
      first = store(port);
      type(keys, "PING\r"); // which the shell may have sent before it notices
      await(screen, "kv: connected to 127.0.0.1:" + port + " again");
      type(keys, "ECHO again\r");
      await(screen, "\"again\"");
      first.close();
      type(keys, "PING\r");
      await(screen, "not connected> ");
      type(keys, "exit\r");
      await(screen, "ended with 0");
    } finally {
      script.destroyForcibly();
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
  private static void dialogue(Writer keys, ScreenTerminal screen, String server)
      throws IOException {
    String docs =
        Files.readString(Path.of("").toAbsolutePath().resolveSibling("docs").resolve("shell.md"));
    int begin = docs.indexOf("```\n127.0.0.1:6380> ") + "```\n".length();
    var expected = new StringBuilder();
    for (String shown : docs.substring(begin, docs.indexOf("```", begin)).split("\n")) {
      String line = shown.replace("127.0.0.1:6380", server);
      int prompt = line.startsWith(server) ? line.indexOf("> ") + 2 : 0;
      if (prompt > 0) {
        await(screen, expected + line.substring(0, prompt).strip());
        type(keys, line.substring(prompt) + "\r");
      }
      expected.append(line).append('\n');
    }
    await(screen, expected + server + "> ");
  }

  private Process script(Object... arguments) throws IOException {
    var java = new ArrayList<String>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(ServerJvm.OPTIONS);
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    List.of(arguments).forEach(argument -> java.add(argument.toString()));
    Path start =
        Files.writeString(
            folder.resolve("start"),
            "trap : INT\nstty rows 60 cols 100\n'"
                + String.join("' '", java)
                + "'\necho ended with $?\n");
    var builder =
        new ProcessBuilder(
            "/usr/bin/script", "-q", "-c", "sh " + start, folder.resolve("log").toString());
    builder.environment().put("TERM", "xterm-256color");
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("XDG_STATE_HOME", folder.toString());
    return builder.start();
  }

  private static void type(Writer keys, String text) throws IOException {
    keys.write(text);
    keys.flush();
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
      while (!shown(screen.toString()).contains(shown(text))) {
        screen.waitDirty();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("never " + text + " in\n" + screen, e);
    }
  }

  /** Without blanks at the ends of lines, which a screen has everywhere. */
  private static String shown(String text) {
    return text.replaceAll("(?m) +$", "");
  }
}
