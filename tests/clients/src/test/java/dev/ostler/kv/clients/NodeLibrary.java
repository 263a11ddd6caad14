package dev.ostler.kv.clients;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A library for Node, in a process of its own that {@code library.mjs} runs. Used by one thread.
 */
final class NodeLibrary implements Library {
  private static final Path FOLDER = Path.of("src", "test", "node").toAbsolutePath();

  private final Process node;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  NodeLibrary(String library, Target target) throws IOException {
    node =
        new ProcessBuilder(
                "node",
                "library.mjs",
                library,
                String.valueOf(target.port()),
                target.authority().map(Path::toString).orElse("-"),
                target.password().orElse("-"))
            .directory(FOLDER.toFile())
            .redirectError(Redirect.INHERIT)
            .start();
    requests = node.outputWriter();
    answers = node.inputReader();
  }

  /** Why it cannot be used here; empty if it can. */
  static String absence(String library) {
    if (!Program.isThere("node")) {
      return "node is not installed";
    }
    return Files.isDirectory(FOLDER.resolve("node_modules").resolve(library))
        ? ""
        : library + " is not installed: npm ci in tests/clients/src/test/node, as ./check does";
  }

  private String ask(String... words) throws IOException {
    requests.write(
        Arrays.stream(words)
            .map(word -> word.matches("-?[0-9]+") ? word : '"' + word + '"')
            .collect(Collectors.joining(",", "[", "]\n")));
    requests.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("node has ended: what it printed says why");
    }
    return answer;
  }

  private List<String> askAll(String... words) throws IOException {
    String answer = ask(words);
    return answer.isEmpty() ? List.of() : List.of(answer.split("\t"));
  }

  @Override
  public void write(String bucket, String key, String value) throws IOException {
    ask("write", bucket, key, value);
  }

  @Override
  public String read(String bucket, String key) throws IOException {
    return ask("read", bucket, key);
  }

  @Override
  public void set(String bucket, String value) throws IOException {
    ask("set", bucket, value);
  }

  @Override
  public String get(String bucket) throws IOException {
    return ask("get", bucket);
  }

  @Override
  public List<String> scan(String pattern) throws IOException {
    return askAll("scan", pattern);
  }

  @Override
  public long expire(String bucket, long millis) throws IOException {
    return Long.parseLong(ask("expire", bucket, String.valueOf(millis)));
  }

  @Override
  public boolean exists(String bucket) throws IOException {
    return ask("exists", bucket).equals("1");
  }

  @Override
  public List<String> transaction(String bucket) throws IOException {
    return askAll("transaction", bucket);
  }

  @Override
  public List<Long> pipeline(String bucket, int count) throws IOException {
    return askAll("pipeline", bucket, String.valueOf(count)).stream().map(Long::valueOf).toList();
  }

  @Override
  public String publish(String channel, String text) throws IOException {
    return ask("publish", channel, text);
  }

  @Override
  public void close() throws Exception {
    requests.close(); // upon which it ends
    node.waitFor();
  }
}
