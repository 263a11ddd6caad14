package dev.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.Attached;
import dev.ostler.Down;
import dev.ostler.ExitReason;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ostler shell --attach}, with this JVM as the program to which it is attached. */
class AttachTest {
  @TempDir Path folder;

  private Path path;
  private Attached thisProcess;

  @BeforeEach
  void attach() {
    path = folder.resolve("shells").resolve("socket");
    thisProcess = Processes.attach();
  }

  @AfterEach
  void detach() {
    thisProcess.close();
  }

  private record Ran(int code, String out, String err) {}

  private Ran script(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("tour.jsh"), text);
    var out = new StringWriter();
    var err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out),
            new PrintWriter(err),
            "shell",
            "--attach",
            path.toString(),
            "--script",
            file.toString());
    return new Ran(code, out.toString(), err.toString().replace(folder + "/", ""));
  }

  /** Attaches, begins a script, and stays. */
  private Wire begin(String text) throws IOException {
    var wire = new Wire(ShellSockets.connect(path));
    wire.send(Wire.Kind.HELLO, AttachedSession.hello(Wire.VERSION, "script", "tour"));
    wire.send(Wire.Kind.INPUT, text.getBytes(StandardCharsets.UTF_8));
    wire.send(Wire.Kind.INPUT, new byte[0]);
    return wire;
  }

  @Nested
  class A_script {
    @Test
    void runs_in_the_program_with_what_it_gives() throws IOException {
      var visits = Agent.start(() -> 41);
      try (var _ = ShellSocket.at(path).giving("visits", Agent.class, visits).open()) {
        Ran ran =
            script(
                """
                Agent<Integer> typed = visits
                typed.update(n -> n + 1)
                print("ä€😀 " + typed.get(n -> n))
                print(ProcessHandle.current().pid())
                """);

        String pid = Long.toString(ProcessHandle.current().pid());
        assertThat(ran).isEqualTo(new Ran(0, "ä€😀 42\n" + pid + "\n", ""));
      }
      assertThat((int) visits.get(n -> n)).isEqualTo(42);
      visits.stop();
    }

    @Test
    void ends_with_1_at_the_first_error_and_tells_its_line() throws IOException {
      try (var _ = ShellSocket.at(path).open()) {
        Ran ran = script("print(1)\n\nint half = 1 / 0\nprint(2)\n");

        assertThat(ran)
            .isEqualTo(new Ran(1, "1\n", "tour.jsh:3: ArithmeticException: / by zero\n"));
      }
    }

    @Test
    void is_told_of_crashes_anywhere_in_the_program() throws IOException {
      var agent = Agent.start(() -> 0);
      try (var _ = ShellSocket.at(path).giving("agent", Agent.class, agent).open()) {
        Ran ran =
            script(
                """
                Self.monitor(agent.pid())
                ((Agent<Integer>) agent).cast(n -> n / n)
                print(Self.receive() instanceof Down)
                """);

        assertThat(ran.out()).isEqualTo("true\n");
        assertThat(ran.err()).contains("(agent) ended: crash: java.lang.ArithmeticException");
      }
    }

    @Test
    void ends_when_who_sent_it_has_gone() throws Exception {
      var pids = new LinkedBlockingQueue<Pid>();
      try (var _ = ShellSocket.at(path).giving("pids", BlockingQueue.class, pids).open()) {
        Wire wire = begin("pids.add(self()); Self.receive();");
        Pid shell = pids.take();
        Self.monitor(shell);

        wire.close();

        assertThat(Self.receive(Down.class).reason()).isEqualTo(ExitReason.KILLED);
      }
    }
  }

  @Nested
  class The_socket {
    @Test
    void is_for_its_owner_alone() throws IOException {
      try (var _ = ShellSocket.at(path).open()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
            .isEqualTo("rwx------");
      }
    }

    @Test
    void is_not_used_if_others_may_use_it() throws IOException {
      try (var _ = ShellSocket.at(path).open()) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));

        Ran ran = script("print(1)");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
            .contains("others may use", "expected the mode rw-------, and found rw-rw----");
      }
    }

    @Test
    void goes_when_it_is_closed_and_takes_the_shells_along() throws Exception {
      var pids = new LinkedBlockingQueue<Pid>();
      var socket = ShellSocket.at(path).giving("pids", BlockingQueue.class, pids).open();
      try (Wire wire = begin("pids.add(self()); Self.receive();")) {
        Self.monitor(pids.take());

        socket.close();

        assertThat(Self.receive(Down.class).reason()).isEqualTo(ExitReason.KILLED);
        assertThat(wire.receive()).isEmpty();
      }
      assertThat(path).doesNotExist();
      assertThat(script("print(1)").err()).contains("there is no socket");
    }

    @Test
    void cannot_be_opened_twice() {
      try (var _ = ShellSocket.at(path).open()) {
        assertThatThrownBy(() -> ShellSocket.at(path).open())
            .isInstanceOf(UncheckedIOException.class)
            .hasMessageContaining("it is open already");
      }
    }

    @Test
    void takes_the_place_of_one_whose_program_was_killed() throws IOException {
      Files.createDirectories(path.getParent());
      try (var killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        killed.bind(UnixDomainSocketAddress.of(path));
      }

      try (var _ = ShellSocket.at(path).open()) {
        assertThat(script("print(1)").out()).isEqualTo("1\n");
      }
    }

    @Test
    void takes_the_place_of_no_other_file() throws IOException {
      Files.createDirectories(path.getParent());
      Files.writeString(path, "precious");

      assertThatThrownBy(() -> ShellSocket.at(path).open())
          .isInstanceOf(UncheckedIOException.class);
      assertThat(path).hasContent("precious");
    }

    @Test
    void serves_eight_shells_and_no_more() throws IOException {
      var wires = new ArrayList<Wire>();
      try (var _ = ShellSocket.at(path).open()) {
        for (int i = 0; i <= 8; i++) {
          wires.add(new Wire(ShellSockets.connect(path)));
        }

        assertThat(wires.getLast().receive()).isEmpty();
      }
      for (Wire wire : wires) {
        wire.close();
      }
    }

    @Test
    void refuses_names_and_types_that_cannot_be_typed() {
      record Hidden() {}

      var spec = ShellSocket.at(path);
      for (String name : List.of("a b", "a.b", "class", "")) {
        assertThatThrownBy(() -> spec.giving(name, String.class, ""))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> spec.giving("hidden", Hidden.class, new Hidden()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a public type");
    }
  }

  @Test
  void another_version_is_told_so() throws IOException {
    try (var _ = ShellSocket.at(path).open();
        var wire = new Wire(ShellSockets.connect(path))) {
      wire.send(Wire.Kind.HELLO, AttachedSession.hello("0", "script", "tour"));

      Wire.Frame said = wire.receive().orElseThrow();
      assertThat(said.kind()).isEqualTo(Wire.Kind.ERR);
      assertThat(said.text()).contains("the program has version 1 of the shell, and not 0");
    }
  }

  @Test
  void a_traced_server_does_not_wait_for_a_slow_terminal() throws Exception {
    var pids = new LinkedBlockingQueue<Pid>();
    var agent = Agent.start(() -> "x".repeat(100));
    try (var _ =
            ShellSocket.at(path)
                .giving("agent", Agent.class, agent)
                .giving("pids", BlockingQueue.class, pids)
                .open();
        Wire wire = begin("trace(agent.pid()); pids.add(self()); Self.receive();")) {
      pids.take();

      for (int i = 0; i < 5_000; i++) { // 15,000 lines, of which nobody reads any
        agent.update(text -> text);
      }

      var said = new StringBuilder();
      while (said.indexOf("more are left out") < 0) {
        said.append(wire.receive().orElseThrow().text());
      }
      assertThat(said.toString()).contains("*DBG* agent got call");
    }
    agent.stop();
  }

  @Test
  void a_program_without_a_socket_is_told_of() {
    var err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(new StringWriter()),
            new PrintWriter(err),
            "shell",
            "--attach",
            "999999999",
            "--script",
            "/dev/null");

    assertThat(code).isEqualTo(1);
    assertThat(err.toString())
        .contains("the program 999999999 has not called ShellSocket.open(): there is no");
  }

  @Test
  void more_classes_for_a_program_that_runs_are_misuse() {
    var sink = new PrintWriter(new StringWriter());
    assertThat(Main.run(sink, sink, "shell", "--attach", "1", "-cp", "target")).isEqualTo(2);
  }
}
