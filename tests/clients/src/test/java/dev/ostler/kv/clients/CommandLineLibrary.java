package dev.ostler.kv.clients;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** redis-cli, which gets its commands on its input. Used by one thread. */
final class CommandLineLibrary implements Library {
  private final Target target;

  CommandLineLibrary(Target target) {
    this.target = target;
  }

  static String absence() {
    return Program.isThere("redis-cli") ? "" : "redis-cli is not installed";
  }

  /** What one of its modes that look at all keys prints. */
  List<String> look(String mode) throws Exception {
    return print("", mode);
  }

  private Process start(String... more) throws IOException {
    var command = new ArrayList<String>();
    command.addAll(List.of("redis-cli", "-p", String.valueOf(target.port())));
    target
        .authority()
        .ifPresent(file -> command.addAll(List.of("--tls", "--cacert", file.toString())));
    command.addAll(List.of(more));
    var builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
    // Not as an argument, which everybody on the machine could read.
    target.password().ifPresent(password -> builder.environment().put("REDISCLI_AUTH", password));
    return builder.start();
  }

  /** What it prints for these lines. */
  private List<String> print(String commands, String... more) throws Exception {
    Process process = start(more);
    Thread writer =
        Thread.startVirtualThread(
            () -> {
              try (var in = process.outputWriter()) {
                in.write(commands);
              } catch (IOException e) {
                // It has ended, and what it printed says why.
              }
            });
    List<String> lines = process.inputReader().lines().toList();
    writer.join();
    process.waitFor();
    return lines;
  }

  private String one(String command) throws Exception {
    return String.join("\n", print(command + "\n"));
  }

  @Override
  public void write(String bucket, String key, String value) throws Exception {
    one("HSET %s %s \"%s\"".formatted(bucket, key, value));
  }

  @Override
  public String read(String bucket, String key) throws Exception {
    return one("HGET %s %s".formatted(bucket, key));
  }

  @Override
  public void set(String bucket, String value) throws Exception {
    one("SET %s \"%s\"".formatted(bucket, value));
  }

  @Override
  public String get(String bucket) throws Exception {
    return one("GET " + bucket);
  }

  @Override
  public List<String> scan(String pattern) throws Exception {
    return print("", "--scan", "--pattern", pattern);
  }

  @Override
  public long expire(String bucket, long millis) throws Exception {
    return Long.parseLong(
        print("PEXPIRE %s %d\nPTTL %s\n".formatted(bucket, millis, bucket)).getLast());
  }

  @Override
  public boolean exists(String bucket) throws Exception {
    return one("EXISTS " + bucket).equals("1");
  }

  @Override
  public List<String> transaction(String bucket) throws Exception {
    String commands = "MULTI\nHSET %1$s a 1\nHINCRBY %1$s a 41\nHGET %1$s a\nEXEC\n";
    return print(commands.formatted(bucket)).stream()
        .filter(line -> line.matches("[0-9]+"))
        .toList();
  }

  /** Its mode for mass insertion, which counts replies, and errors among them. */
  @Override
  public List<Long> pipeline(String bucket, int count) throws Exception {
    List<String> said = print("HINCRBY %s n 1\r\n".formatted(bucket).repeat(count), "--pipe");
    if (!said.getLast().equals("errors: 0, replies: " + count)) {
      throw new IOException(String.join("\n", said));
    }
    var replies = new ArrayList<Long>();
    for (long i = 1; i < count; i++) {
      replies.add(i); // it does not show them
    }
    replies.add(Long.valueOf(read(bucket, "n")));
    return replies;
  }

  @Override
  public String publish(String channel, String text) throws Exception {
    Process subscriber = start("SUBSCRIBE", channel);
    try (BufferedReader heard = subscriber.inputReader()) {
      readLines(heard, 3); // subscribe, the channel, 1
      one("PUBLISH %s \"%s\"".formatted(channel, text));
      return readLines(heard, 3); // message, the channel, the text
    } finally {
      subscriber.destroy();
      subscriber.waitFor();
    }
  }

  /** The last of the next lines. */
  private static String readLines(BufferedReader from, int count) throws IOException {
    String line = "";
    for (int i = 0; i < count; i++) {
      line = from.readLine();
    }
    return line;
  }

  @Override
  public void close() {}
}
