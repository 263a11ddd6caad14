package dev.ostler.kv.server;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.Secrets;
import dev.ostler.kv.server.resp.ClientSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What RESP clients have to know, and how much they may use. An immutable value; each method gives
 * a changed copy.
 *
 * <p>Of a password only its SHA-256 is kept.
 */
public final class ClientRules {
  private static final long LEAST_BULK = 1024 * 1024;
  private static final long MOST_BULK = 512L * 1024 * 1024;

  private final ClientSettings settings;

  private ClientRules(ClientSettings settings) {
    this.settings = settings;
  }

  /** Without a password, and with no limits but that of 512 MiB a word. */
  public static ClientRules open() {
    return new ClientRules(
        new ClientSettings(Optional.empty(), Optional.empty(), 0, MOST_BULK, Duration.ZERO));
  }

  /**
   * With a password for the user {@code default}, who is everybody that does not say otherwise.
   *
   * @param password not empty
   */
  public ClientRules password(String password) {
    if (password.isEmpty()) {
      throw new IllegalArgumentException("the password has at least one letter, and found none");
    }
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    String hash = Secrets.hash(Bytes.of(bytes, 0, bytes.length));
    return new ClientRules(
        new ClientSettings(
            Optional.of(hash),
            settings.aclFile(),
            settings.maxMemoryBytes(),
            settings.maxBulkBytes(),
            settings.idleTime()));
  }

  /**
   * With the users and rules of a file, one user a line: {@code user NAME RULE ...}, where rules
   * are those of ACL SETUSER. ACL LOAD reads it again, ACL SAVE writes it.
   */
  public ClientRules aclFile(Path file) {
    var named = Optional.of(Objects.requireNonNull(file, "file"));
    return new ClientRules(
        new ClientSettings(
            settings.passwordHash(),
            named,
            settings.maxMemoryBytes(),
            settings.maxBulkBytes(),
            settings.idleTime()));
  }

  /**
   * With about so many bytes of heap for buckets. When there are more, commands that need memory
   * are refused with {@code OOM}: nothing is evicted.
   *
   * @param most 0 for as many as there are
   */
  public ClientRules maxMemoryBytes(long most) {
    if (most < 0) {
      throw new IllegalArgumentException("the memory is not negative, unlike " + most);
    }
    return new ClientRules(
        new ClientSettings(
            settings.passwordHash(),
            settings.aclFile(),
            most,
            settings.maxBulkBytes(),
            settings.idleTime()));
  }

  /**
   * With words of commands of at most so many bytes.
   *
   * @param most 1 MiB to 512 MiB
   */
  public ClientRules maxBulkBytes(long most) {
    if (most < LEAST_BULK || most > MOST_BULK) {
      throw new IllegalArgumentException(
          "the length of a word of a command is %d to %d bytes, and not %d"
              .formatted(LEAST_BULK, MOST_BULK, most));
    }
    return new ClientRules(
        new ClientSettings(
            settings.passwordHash(),
            settings.aclFile(),
            settings.maxMemoryBytes(),
            most,
            settings.idleTime()));
  }

  /**
   * Closes connections that said nothing for so long; subscribers may.
   *
   * @param time zero for never; whole seconds
   */
  public ClientRules idleTime(Duration time) {
    if (isNoTime(time)) {
      throw new IllegalArgumentException(
          "the time a client may say nothing is whole seconds, and not " + time);
    }
    return new ClientRules(
        new ClientSettings(
            settings.passwordHash(),
            settings.aclFile(),
            settings.maxMemoryBytes(),
            settings.maxBulkBytes(),
            time));
  }

  private static boolean isNoTime(Duration time) {
    long seconds = time.toSeconds();
    return time.isNegative()
        || seconds > Integer.MAX_VALUE
        || !time.equals(Duration.ofSeconds(seconds));
  }

  ClientSettings settings() {
    return settings;
  }

  /** Without what only clients should know. */
  @Override
  public String toString() {
    return "ClientRules[%s]".formatted(settings.isGuarded() ? "guarded" : "open");
  }
}
