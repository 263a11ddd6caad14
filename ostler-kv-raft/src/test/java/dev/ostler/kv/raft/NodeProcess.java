package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;

/** A JVM that runs {@link NodeMain}. One thread uses it. */
final class NodeProcess implements AutoCloseable {
  /** A line that a node has said; "ended" after the last one. */
  record Said(NodeProcess node, String line) {}

  private final String name;
  private final Process process;
  private final PrintWriter in;

  /** Starts a node, with more options of Java. All that it says goes to a queue. */
  NodeProcess(
      String name,
      Path directory,
      List<RaftConfig.Member> members,
      BlockingQueue<Said> said,
      String... options)
      throws IOException {
    this.name = name;
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-Xmx256m",
                "--add-opens",
                "java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(List.of(options));
    command.addAll(List.of(NodeMain.class.getName(), name, directory.toString()));
    for (RaftConfig.Member member : members) {
      command.add(member.name());
      command.add(String.valueOf(member.port()));
    }
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    in = new PrintWriter(process.outputWriter(UTF_8), true);
    BufferedReader out = process.inputReader(UTF_8);
    Thread.ofVirtual().start(() -> listen(out, said));
  }

  private void listen(BufferedReader out, BlockingQueue<Said> said) {
    try {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        said.add(new Said(this, line));
      }
    } catch (IOException e) {
      // It was killed.
    }
    said.add(new Said(this, "ended"));
  }

  String name() {
    return name;
  }

  void tell(String command) {
    in.println(command);
  }

  /** Kills it, as {@code kill -9} does. */
  void kill() {
    process.destroyForcibly();
  }

  /** Stops all its threads, until it is {@linkplain #resume resumed}. */
  void suspend() throws IOException, InterruptedException {
    signal("STOP");
  }

  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (code != 0) {
      throw new IOException("kill -" + name + " ended with " + code);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
