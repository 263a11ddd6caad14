package dev.ostler.kv.server.cli;

import dev.ostler.kv.server.ServerJvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The result of a command of the command line. Immutable; any thread may use it. */
public record Ran(int code, String out, String err) {
  /** Runs it in this JVM. */
  public static Ran kv(Object... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), words(arguments));
    return new Ran(code, out.toString(), err.toString());
  }

  /** Runs it in a JVM of its own, with this standard input. */
  static Ran apart(byte[] in, Object... arguments) throws IOException, InterruptedException {
    Process process = start(arguments);
    var err = new StringWriter();
    Thread errors =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    process.errorReader(StandardCharsets.UTF_8).transferTo(err);
                  } catch (IOException e) {
                    err.append(e.toString());
                  }
                });
    Thread.ofVirtual()
        .start(
            () -> {
              try (var input = process.getOutputStream()) {
                input.write(in);
              } catch (IOException e) {
                // It has ended without reading everything.
              }
            });
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    errors.join();
    return new Ran(process.waitFor(), out, err.toString());
  }

  /** Starts it in a JVM of its own. */
  static Process start(Object... arguments) throws IOException {
    return start(List.of(), arguments);
  }

  /** Starts it in a JVM of its own, with more options. */
  static Process start(List<String> options, Object... arguments) throws IOException {
    return builder(options, arguments).start();
  }

  /** Starts it in a JVM of its own, as systemd does that listens on this socket. */
  static Process startFor(String notifySocket, Object... arguments) throws IOException {
    ProcessBuilder builder = builder(List.of(), arguments);
    builder.environment().put("NOTIFY_SOCKET", notifySocket);
    return builder.start();
  }

  private static ProcessBuilder builder(List<String> options, Object... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServerJvm.OPTIONS);
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(words(arguments)));
    return new ProcessBuilder(command);
  }

  private static String[] words(Object... arguments) {
    var words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    return words;
  }
}
