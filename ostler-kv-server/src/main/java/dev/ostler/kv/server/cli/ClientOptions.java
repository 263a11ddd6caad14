package dev.ostler.kv.server.cli;

import dev.ostler.kv.server.ClientRules;
import dev.ostler.kv.server.resp.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code kv serve} for RESP clients: access and limits. Used by the main thread. */
final class ClientOptions {
  /**
   * The environment variable with the password, if no file is given. There is no option for it,
   * because other users can see command lines.
   */
  private static final String VARIABLE = "KV_PASSWORD";

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description =
          "The file whose first line is the password of RESP clients (default: the environment "
              + "variable KV_PASSWORD; if it is not set, there is no password).")
  private @Nullable Path passwordFile;

  @Option(
      names = "--acl-file",
      paramLabel = "FILE",
      description =
          "The file of users and their rights: on each line user NAME RULE ..., with the rules "
              + "of ACL SETUSER.")
  private @Nullable Path aclFile;

  @Option(
      names = "--max-memory",
      paramLabel = "BYTES",
      description =
          "How much of the heap buckets may take, as in 512mb. Beyond it, commands of RESP "
              + "clients that need more are refused (default: 0, no limit but the heap).")
  private @Nullable String maxMemory;

  @Option(
      names = "--max-bulk-bytes",
      paramLabel = "BYTES",
      description = "The longest argument of a RESP command (default and most: 512mb).")
  private @Nullable String maxBulk;

  @Option(
      names = "--idle-time",
      paramLabel = "SECONDS",
      description =
          "After how many seconds a silent RESP client is disconnected (default: 0, never).")
  private @Nullable Integer idleTime;

  /**
   * The rules that the options give.
   *
   * @throws IllegalArgumentException if they are not valid
   */
  ClientRules rules() {
    ClientRules rules = ClientRules.open();
    String password = password();
    rules = password == null ? rules : rules.password(password);
    rules = aclFile == null ? rules : rules.aclFile(aclFile);
    rules = maxMemory == null ? rules : rules.maxMemoryBytes(bytes("--max-memory", maxMemory));
    rules = maxBulk == null ? rules : rules.maxBulkBytes(bytes("--max-bulk-bytes", maxBulk));
    return idleTime == null ? rules : rules.idleTime(Duration.ofSeconds(idleTime));
  }

  private @Nullable String password() {
    if (passwordFile == null) {
      String given = System.getenv(VARIABLE);
      return given == null || given.isEmpty() ? null : given;
    }
    try (var lines = Files.lines(passwordFile, StandardCharsets.UTF_8)) {
      return lines
          .findFirst()
          .filter(line -> !line.isEmpty())
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "--password-file expects a password in the first line of "
                          + passwordFile
                          + ", and found none"));
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalArgumentException("--password-file: cannot read " + passwordFile, e);
    }
  }

  private static long bytes(String option, String given) {
    Long bytes = given.matches("[0-9].*") ? Setting.bytes(given) : null;
    if (bytes == null) {
      throw new IllegalArgumentException(
          option + " expects a number of bytes, as 1000, 64kb or 2gb, and found '" + given + "'");
    }
    return bytes;
  }
}
