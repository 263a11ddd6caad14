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
 * What RESP clients must present, and how much they may use. An immutable value, usable by any
 * thread; each method returns a changed copy.
 *
 * <p>Of a password only its SHA-256 is stored.
 */
public final class ClientRules {
  private static final long LEAST_BULK = 1024 * 1024;
  private static final long MOST_BULK = 512L * 1024 * 1024;

  private final ClientSettings settings;

  private ClientRules(ClientSettings settings) {
    this.settings = settings;
  }

  /** No password, and no limit except 512 MiB per argument. */
  public static ClientRules open() {
    return new ClientRules(
        new ClientSettings(Optional.empty(), Optional.empty(), 0, MOST_BULK, Duration.ZERO));
  }

  /**
   * Sets the password of the user {@code default}, which is the user of every client that names no
   * other.
   *
   * @param password not empty
   */
  public ClientRules password(String password) {
    if (password.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a password of at least one character, and found an empty one");
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
   * Reads the users from a file with one user on each line, {@code user NAME RULE ...}, with the
   * rules of ACL SETUSER. ACL LOAD reads the file again, ACL SAVE writes it.
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
   * Limits how much heap buckets take, approximately. Above the limit, commands that need memory
   * are refused with {@code OOM}; nothing is evicted.
   *
   * @param most the limit in bytes; 0 for none
   */
  public ClientRules maxMemoryBytes(long most) {
    if (most < 0) {
      throw new IllegalArgumentException("expected memory of 0 bytes or more, and found " + most);
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
   * Limits the length of one argument of a command.
   *
   * @param most the limit in bytes, from 1 MiB to 512 MiB
   */
  public ClientRules maxBulkBytes(long most) {
    if (most < LEAST_BULK || most > MOST_BULK) {
      throw new IllegalArgumentException(
          "expected a longest argument of %d to %d bytes, and found %d"
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
   * Closes connections that have sent nothing for this long, except those of subscribers.
   *
   * @param time whole seconds; zero for never
   */
  public ClientRules idleTime(Duration time) {
    if (isNoTime(time)) {
      throw new IllegalArgumentException(
          "expected an idle time in whole seconds, and found " + time);
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

  /** Leaves out the password. */
  @Override
  public String toString() {
    return "ClientRules[%s]".formatted(settings.isGuarded() ? "guarded" : "open");
  }
}
