package dev.ostler.kv.server.cli;

import static dev.ostler.kv.server.LineClient.CLOSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.ExitReason;
import dev.ostler.Processes;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.server.LineClient;
import dev.ostler.kv.server.LineProtocol;
import dev.ostler.kv.server.Resp;
import dev.ostler.kv.server.ServerJvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command line; commands that end the JVM run in one of their own. */
class MainTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }

  private static Process start(String... arguments) throws IOException {
    return start(Main.class, arguments);
  }

  private static Process start(Class<?> main, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServerJvm.OPTIONS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    var errors = main == Main.class ? Redirect.INHERIT : Redirect.PIPE;
    return new ProcessBuilder(command).redirectError(errors).start();
  }

  private static void awaitReady(Process server) throws IOException {
    String line = "";
    while (!line.startsWith("ready")) {
      line = server.inputReader().readLine();
      assertThat(line).as("the server ended before it was ready").isNotNull();
    }
  }

  /**
   * A server whose store, or, without a port, whose registry, is killed repeatedly once a line of
   * input arrives.
   */
  static final class Doomed {
    private Doomed() {}

    public static void main(String[] arguments) {
      String victim = List.of(arguments).contains("off") ? "kv registry" : "kv";
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                new Scanner(System.in).hasNextLine(); // or its end
                while (true) {
                  Processes.list().stream()
                      .filter(pid -> pid.label().replaceAll("#\\d+", "").equals(victim))
                      .forEach(pid -> pid.exit(ExitReason.KILL));
                }
              });
      Main.main(arguments);
    }
  }

  @Nested
  class Help {
    @Test
    void lists_the_supported_commands_and_options() {
      assertThat(run("--help")).isZero();
      assertThat(out.toString())
          .contains("serve", "shell", "backup", "export", "import", "bench", "top", "version");
      assertThat(run("serve", "--help")).isZero();
      assertThat(out.toString())
          .contains("--memory", "--line-port", "--config", "--password-file", "KV_PASSWORD");
      assertThat(run("version")).isZero();
      assertThat(err.toString()).isEmpty();
    }

    /**
     * Picocli starts a line for each part of a text, and shows a command with its first part in the
     * list.
     */
    @Test
    void is_made_of_whole_sentences() {
      var commands = new CommandLine(new Main.Top());
      var texts = new ArrayList<>(texts(commands));
      commands.getSubcommands().values().forEach(command -> texts.addAll(texts(command)));

      assertThat(texts).hasSizeGreaterThan(40).allMatch(text -> text.endsWith("."));
    }

    private static List<String> texts(CommandLine command) {
      var spec = command.getCommandSpec();
      return Stream.concat(
              Stream.of(spec.usageMessage().description()),
              spec.args().stream().flatMap(argument -> Stream.of(argument.description())))
          .toList();
    }
  }

  @Nested
  class A_mistake {
    @ParameterizedTest(name = "kv {0}")
    @CsvSource(
        delimiter = '|',
        value = {
          "serve --memory --data x | --data is for a store on disk, and --memory is given",
          "serve --memory --sync no | --sync is for a store on disk, and --memory is given",
          "serve --sync maybe | --sync expects always, everysec or no, and found 'maybe'",
          "serve --memory --resp-port x | --resp-port expects 0 to 65535 or off, and found 'x'",
          "serve --memory --tls-cert x | --tls-cert and --tls-key together, and --tls-key is missing",
          "serve --memory --tls-ca x | --tls-cert and --tls-key together, and --tls-cert is missing",
          "serve --memory --tls-cert x --tls-key y --resp-port off | --resp-port is off",
          "serve --memory --tls-cert x --tls-key y --tls-auth-clients yes | expects --tls-ca FILE",
          "serve --memory --tls-cert x --tls-key y --tls-auth-clients all | yes, optional or no",
          "serve --memory --admin-port 65536 | --admin-port expects 0 to 65535 or off, and found '65536'",
          "serve --memory --admin-port 0 --admin-bind 0.0.0.0 | --insecure-bind",
          "serve --memory --admin-port 0 --admin-bind 300.0.0.1 | --admin-bind expects an address",
          "serve --memory --line-port 65536 | --line-port expects 0 to 65535 or off, and found '65536'",
          "serve --memory --line-port x | --line-port expects 0 to 65535 or off, and found 'x'",
          "serve --memory --line-port off --resp-port off | would listen nowhere",
          "serve --memory --max-keys 0 | the number of keys must be 1 to 2147483647, but is 0",
          "serve --memory --bind 0.0.0.0 --resp-port off | --insecure-bind",
          "serve --memory --bind 0.0.0.0 --line-port off | --password-file, KV_PASSWORD or --acl-file",
          "serve --memory --password-file /no/such/file | cannot read /no/such/file",
          "serve --memory --password-file /dev/null | in the first line of /dev/null, and found none",
          "serve --memory --acl-file /no/such/file | cannot read the file of users /no/such/file",
          "serve --memory --max-memory lots | --max-memory expects a number of bytes, as 1000, 64kb",
          "serve --memory --max-bulk-bytes 1gb | 1048576 to 536870912 bytes, and found 1073741824",
          "serve --memory --idle-time -1 | whole seconds, and found PT-1S",
          "serve --memory --config /no/such/file | cannot read /no/such/file",
          "serve --memory --line-prot 1 | Possible solutions: --line-port",
          "shell --port 0 | --port expects 1 to 65535, and found 0",
          "shell --line --tls | --line excludes --resp, --user, --password-file and the options of",
          "shell --raw --json | --pretty, --raw and --json exclude each other",
          "shell --user ann | --user expects --password-file, and it is missing",
          "bench --port 0 | --port expects 1 to 65535, and found 0",
          "bench --clients 0 | --clients expects 1 to 10000, and found 0",
          "bench --pipeline 10001 | --pipeline expects 1 to 10000, and found 10001",
          "bench --pipeline 10000 --value-size 16000000 | --pipeline expects at most 67108864 bytes",
          "bench --mix get=0 | --mix expects different commands, of get, set, del, incr, hget, hset,",
          "bench --value-size 9-8 | --value-size expects a number of bytes, as 100, or a range",
          "bench --keys 0 | --keys expects 1 to 999999999999, and found 0",
          "bench --fields x | Invalid value for option '--fields': 'x' is not an int",
          "bench --distribution normal | --distribution expects uniform, zipf, or zipf:EXPONENT",
          "bench --prefix é | --prefix expects up to 100 visible characters of ASCII, and found 'é'",
          "bench --duration 0 | --duration expects seconds, up to those of a week, and found 0.0",
          "bench --duration 1 --requests 1 | --duration and --requests exclude each other",
          "bench --requests 0 | --requests expects 1 to 9223372036854775806, and found 0",
          "bench --warm-up -1 | --warm-up expects seconds, up to those of a week, and found -1.0",
          "bench --rate 0 | --rate expects requests a second, up to 1000000000, and found 0.0",
          "bench --against redis | --against expects HOST:PORT, as 127.0.0.1:6379, and found 'redis'",
          "bench --rounds 0 | --rounds expects 1 to 1000, and found 0",
          "bench --json /no/such/file | --json expects a file in a directory that exists",
          "bench --svg . | --svg expects a file in a directory that exists, and found .",
          "top --url localhost | --url expects an address, as http://127.0.0.1:9100, and found 'local",
          "top --sort size | --sort expects one of pid, label, kind, queued, handled, restarts, links",
          "top --interval 0 | --interval expects 0.1 to 86400 seconds, and found 0.0",
          "top --count 0 | --count expects 1 or more, and found 0",
          "top --rows 0 | --rows expects 1 to 1000, and found 0",
          "top --token a --token-file b | --token and --token-file exclude each other",
          "backup | Missing required parameter: 'DIR'",
          "backup DIR --port 0 | --port expects 1 to 65535, and found 0",
          "backup DIR --tls-cert x | --tls-cert and --tls-key go together, and --tls-key is missing",
          "import . | FILE expects a file or -, and found the directory .",
          "import | Missing required parameter: 'FILE|-'",
          "foo | kv: there is no command 'foo'",
          "foo --memory | kv: there is no command 'foo'",
          "serve foo | kv: serve does not expect the argument 'foo'",
          "backup DIR foo | kv: backup does not expect the argument 'foo'",
          "foo | More about it: kv --help",
          "serv | Did you mean: kv serve or kv version?",
          "'' | kv expects a command, and found none"
        })
    void is_named_and_ends_with_2(String arguments, String message) {
      assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" "))).isEqualTo(2);
      assertThat(err.toString()).contains(message);
      assertThat(out.toString()).isEmpty();
    }

    @Test
    void in_the_file_of_options_is_named_with_the_file() throws IOException {
      Path file = Files.writeString(folder.resolve("kv.conf"), "line_port = 0\n");

      assertThat(run("serve", "--memory", "--config", file.toString())).isEqualTo(2);
      assertThat(err.toString()).contains(file.toString(), "and found line_port");
    }

    @Test
    void in_the_file_of_options_may_be_a_switch_that_is_on_beside_another() throws IOException {
      Path file = Files.writeString(folder.resolve("kv.conf"), "memory\ndata = x\n");

      assertThat(run("serve", "--config", file.toString())).isEqualTo(2);
      assertThat(err.toString()).contains("--data is for a store on disk, and --memory is given");
    }

    @Test
    void in_the_file_of_options_may_be_a_value_that_is_missing() throws IOException {
      Path file = Files.writeString(folder.resolve("kv.conf"), "data =\n");

      assertThat(run("serve", "--config", file.toString())).isEqualTo(2);
      assertThat(err.toString()).contains(file + ": data expects a value, and has none");
    }
  }

  @Test
  void a_port_that_is_taken_ends_with_1() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());

      assertThat(run("serve", "--memory", "--resp-port", "off", "--line-port", port)).isEqualTo(1);
      assertThat(err.toString())
          .startsWith("kv: the endpoint line cannot listen on 127.0.0.1:" + port + ": ");
    }
  }

  @Test
  void a_shell_without_a_server_ends_with_1() throws IOException {
    try (var deaf = new Socket()) { // it has a port, so nobody else has, and does not listen
      deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = deaf.getLocalPort();
      assertThat(run("shell", "--port", String.valueOf(port))).isEqualTo(1);
      assertThat(err.toString()).contains("no server on 127.0.0.1:" + port);
    }
  }

  @Test
  void a_bench_without_a_server_ends_with_1() throws IOException {
    try (var deaf = new Socket()) { // it has a port, so nobody else has, and does not listen
      deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = deaf.getLocalPort();
      assertThat(run("bench", "--port", String.valueOf(port))).isEqualTo(1);
      assertThat(err.toString()).startsWith("kv: no server on 127.0.0.1:" + port);
    }
  }

  @Nested
  class A_server {
    @Test
    void says_where_it_listens_serves_and_ends_with_0_on_SIGTERM() throws Exception {
      Path file = Files.writeString(folder.resolve("kv.conf"), "memory = true\nline-port = off\n");
      Process server =
          start(
              "serve",
              "--config",
              file.toString(),
              "--memory",
              "--line-port",
              "0",
              "--resp-port",
              "off");
      try (var said = server.inputReader()) {
        String first = said.readLine();
        assertThat(first).startsWith("line protocol on 127.0.0.1:");
        assertThat(said.readLine()).matches("ready in \\d+\\.\\d\\d s");
        int port = Integer.parseInt(first.substring(first.lastIndexOf(':') + 1));
        try (var idle = new LineClient(port);
            var subscriber = new LineClient(port);
            var stuck = new LineClient(port)) {
          assertThat(idle.send("CREATE b\nPUT b k " + "x".repeat(60_000) + "\n").lines(2))
              .containsOnly("OK");
          assertThat(subscriber.ask("CREATE b")).isEqualTo("OK");
          subscriber.send("SUBSCRIBE b\n");
          stuck.send("GET b k\n".repeat(500));
          assertThat(stuck.line()).hasSize(60_000);
          server.destroy(); // SIGTERM

          assertThat(server.waitFor()).isZero();
          assertThat(idle.line()).isEqualTo(CLOSED);
        }
      } finally {
        server.destroyForcibly();
      }
    }

    @Test
    void whose_store_ends_ends_with_1_and_says_why() throws Exception {
      Process server =
          start(Doomed.class, "serve", "--memory", "--line-port", "0", "--resp-port", "0");
      try (var said = server.errorReader()) {
        awaitReady(server);
        server.outputWriter().close();
        assertThat(said.lines()).anyMatch(line -> line.contains("the application kv ended"));
        assertThat(server.waitFor()).isEqualTo(1);
      } finally {
        server.destroyForcibly();
      }
    }

    @Test
    void whose_parts_end_too_often_ends_with_1() throws Exception {
      Process server =
          start(Doomed.class, "serve", "--memory", "--line-port", "off", "--resp-port", "0");
      try (var said = server.errorReader()) {
        awaitReady(server);
        server.outputWriter().close();
        assertThat(said.lines()).anyMatch(line -> line.contains("gave up"));
        assertThat(server.waitFor()).isEqualTo(1);
      } finally {
        server.destroyForcibly();
      }
    }

    @Test
    void is_talked_to_through_a_pipe_into_the_shell() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)))) {
        Process shell = start("shell", "--port", String.valueOf(kv.port("line")));
        try (var input = shell.outputWriter();
            var answers = shell.inputReader()) {
          input.write("CREATE b\nPUT b k v\nGET b k\n");
          input.close();

          assertThat(answers.lines()).containsExactly("OK", "OK", "v", "OK");
          assertThat(shell.waitFor()).isZero();
        } finally {
          shell.destroyForcibly();
        }
      }
    }

    @Test
    void is_asked_by_the_shell_which_protocol_it_speaks() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)).with(Resp.on(0)))) {
        Process shell = start("shell", "--port", String.valueOf(kv.port("resp")));
        try (var input = shell.outputWriter();
            var answers = shell.inputReader()) {
          input.write("SET k v\nGET k\nNONSENSE\nQUIT\n");
          input.close();

          assertThat(answers.readLine()).isEqualTo("OK");
          assertThat(answers.readLine()).isEqualTo("v");
          assertThat(answers.readLine()).startsWith("ERR unknown command 'NONSENSE'");
          assertThat(answers.readLine()).isNull();
          assertThat(shell.waitFor()).isEqualTo(1);
        } finally {
          shell.destroyForcibly();
        }
      }
    }

    @Test
    void that_closes_on_the_shell_ends_it_with_1() throws Exception {
      try (Kv kv = Kv.open(KvConfig.inMemory().with(LineProtocol.on(0)).maxBuckets(1))) {
        Process shell = start("shell", "--port", String.valueOf(kv.port("line")));
        try (var input = shell.outputWriter();
            var answers = shell.inputReader()) {
          input.write("CREATE b\nCREATE c\n");
          input.flush();

          assertThat(answers.lines()).containsExactly("OK", "ERROR");
          assertThat(shell.waitFor()).isEqualTo(1);
        } finally {
          shell.destroyForcibly();
        }
      }
    }
  }
}
