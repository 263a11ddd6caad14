package dev.ostler.kv.server.cli;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code kv shell}: sends typed or piped input to a server, and prints its replies. Used by the
 * main thread.
 */
@Command(
    name = "shell",
    description =
        "Send commands of the line protocol to a running server, from the keyboard or a pipe.",
    sortOptions = false,
    usageHelpAutoWidth = true)
final class ShellCommand extends Helped implements Callable<Integer> {
  private static final int CONNECT_MILLIS = 5_000;

  @Option(
      names = "--host",
      paramLabel = "ADDR",
      defaultValue = "127.0.0.1",
      description = "The address of the server (default: 127.0.0.1).")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "4040",
      description = "The server's port for the line protocol (default: 4040).")
  private int port;

  @Override
  public Integer call() throws IOException {
    if (port < 1 || port > 65_535) {
      throw misused("--port expects 1 to 65535, and found " + port);
    }
    try (var socket = new Socket()) {
      try {
        socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      } catch (IOException e) {
        err().println("kv: no server on " + host + ":" + port + ": " + e.getMessage());
        return 1;
      }
      if (isTyped()) {
        err()
            .println(
                "connected to "
                    + host
                    + ":"
                    + port
                    + "; CREATE, PUT, GET, DELETE, SUBSCRIBE; end with Ctrl-D");
      }
      return talk(socket, System.in, System.out);
    }
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
