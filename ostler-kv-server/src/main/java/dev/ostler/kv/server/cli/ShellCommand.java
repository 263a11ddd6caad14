package dev.ostler.kv.server.cli;

import dev.ostler.kv.server.shell.Dial;
import dev.ostler.kv.server.shell.Format;
import dev.ostler.kv.server.shell.Shell;
import java.io.ByteArrayInputStream;
import java.io.Console;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code kv shell}: sends typed, piped or given commands to a server, and prints its replies. Used
 * by the main thread.
 */
@Command(
    name = "shell",
    description = {
      "Send commands to a running server: typed, from a pipe, or the one that is given.",
      "It asks the server which protocol it speaks on this port, RESP or the line protocol. On a"
          + " terminal it completes commands, and keeps what is typed in ~/.local/state/ostler,"
          + " without passwords.",
      "It ends with 1 if a command of a pipe, or the given one, is answered with an error."
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ShellCommand extends Helped implements Callable<Integer> {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int LINE_PORT = 4040;

  @Mixin private RemoteOptions options = new RemoteOptions();

  @Option(
      names = "--resp",
      fallbackValue = "true",
      description = "Speak RESP, without asking (with --tls and --password-file it is RESP, too).")
  private boolean resp;

  @Option(
      names = "--line",
      fallbackValue = "true",
      description = "Speak the line protocol, without asking; the port is then 4040 by default.")
  private boolean line;

  @Option(
      names = "--pretty",
      fallbackValue = "true",
      description = "Print replies for people, as on a terminal: quoted and numbered.")
  private boolean pretty;

  @Option(
      names = "--raw",
      fallbackValue = "true",
      description = "Print replies as they are, as where there is no terminal.")
  private boolean raw;

  @Option(
      names = "--json",
      fallbackValue = "true",
      description = "Print each reply as a JSON value on a line.")
  private boolean json;

  @Parameters(
      paramLabel = "WORD",
      arity = "0..*",
      description = "A command and its arguments, to be run alone.")
  private List<String> words = List.of();

  @Override
  public Integer call() throws IOException {
    check();
    if (!resp && !options.isForRespOnly()) {
      try (Socket socket = new Socket()) {
        if (!isConnected(socket)) {
          return 1;
        }
        if (line || !speaksResp(socket)) {
          return inLines(socket);
        }
      } catch (IOException e) {
        err().println("kv: " + options.host() + ":" + port() + ": " + e.getMessage());
        return 1;
      }
    }
    return inResp();
  }

  private void check() {
    try {
      options.check();
    } catch (IllegalArgumentException e) {
      throw misused(String.valueOf(e.getMessage()));
    }
    if (line && (resp || options.isForRespOnly())) {
      throw misused("--line excludes --resp, --user, --password-file and the options of TLS");
    }
    if (options.lacksPassword()) {
      throw misused("--user expects --password-file, and it is missing; AUTH can be typed, too");
    }
    if ((pretty ? 1 : 0) + (raw ? 1 : 0) + (json ? 1 : 0) > 1) {
      throw misused("--pretty, --raw and --json exclude each other");
    }
  }

  private int port() {
    boolean given = spec().commandLine().getParseResult().hasMatchedOption("--port");
    return given || !line ? options.port() : LINE_PORT;
  }

  private boolean isConnected(Socket socket) {
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(options.host(), port()), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      err().println("kv: no server on " + options.host() + ":" + port() + ": " + e.getMessage());
      return false;
    }
  }

  // --- RESP

  /** Asks with a line that both protocols answer: RESP with + or -. */
  private static boolean speaksResp(Socket socket) throws IOException {
    socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
    socket.setSoTimeout(CONNECT_MILLIS);
    InputStream in = socket.getInputStream();
    int first = in.read();
    for (int c = first; c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the server answers neither as RESP nor as the line protocol does");
      }
    }
    socket.setSoTimeout(0);
    return first == '+' || first == '-';
  }

  private int inResp() throws IOException {
    var shell = new Shell(options.server(), dial(), format(), System.out, err());
    boolean done;
    if (!words.isEmpty()) {
      done = shell.run(words);
    } else if (isTyped()) {
      done = shell.typed(history());
    } else {
      done = shell.run(System.in);
    }
    return done ? 0 : 1;
  }

  private Dial dial() {
    return () -> options.connect().socket();
  }

  private Format format() {
    if (json) {
      return Format.JSON;
    }
    return pretty || (isTyped() && !raw) ? Format.PRETTY : Format.RAW;
  }

  private static Path history() {
    @Nullable String state = System.getenv("XDG_STATE_HOME");
    Path folder =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return folder.resolve("ostler").resolve("kv-shell-history");
  }

  // --- The line protocol

  private int inLines(Socket socket) throws IOException {
    if (!words.isEmpty()) {
      byte[] command = (String.join(" ", words) + "\n").getBytes(StandardCharsets.UTF_8);
      return talk(socket, new ByteArrayInputStream(command), System.out);
    }
    if (isTyped()) {
      err()
          .println(
              "connected to "
                  + options.host()
                  + ":"
                  + socket.getPort()
                  + "; CREATE, PUT, GET, DELETE, SUBSCRIBE; end with Ctrl-D");
    }
    return talk(socket, System.in, System.out);
  }

  @SuppressWarnings("SystemConsoleNull") // this works without the module jdk.internal.le
  private static boolean isTyped() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /**
   * Passes lines on until the server closes the connection. Returns 0 if the input had ended
   * before.
   */
  int talk(Socket socket, InputStream in, PrintStream out) throws IOException {
    var done = new AtomicBoolean();
    Thread.ofVirtual().name("shell input").start(() -> send(in, socket, done));
    byte[] buffer = new byte[8 * 1024];
    InputStream answers = socket.getInputStream();
    for (int count = answers.read(buffer); count >= 0; count = answers.read(buffer)) {
      out.write(buffer, 0, count);
      out.flush();
    }
    if (!done.get()) {
      err().println("kv: the server closed the connection");
      return 1;
    }
    return 0;
  }

  private static void send(InputStream in, Socket socket, AtomicBoolean done) {
    try {
      OutputStream commands = socket.getOutputStream();
      in.transferTo(commands);
      done.set(true);
      socket.shutdownOutput();
    } catch (IOException e) {
      // The server has closed the connection; the thread that reads from it notices that, too.
    }
  }
}
