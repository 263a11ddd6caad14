package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.access.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What RESP clients have to know, and how much they may use. Immutable.
 *
 * @param passwordHash of the default user's password, see {@link Secrets#hash}
 * @param aclFile the file of users and their rules
 * @param maxMemoryBytes how much heap buckets may take; 0 for as much as there is
 * @param maxBulkBytes how long an argument may be
 * @param idleTime after how long silent clients are closed, in whole seconds; zero for never
 */
public record ClientSettings(
    Optional<String> passwordHash,
    Optional<Path> aclFile,
    long maxMemoryBytes,
    long maxBulkBytes,
    Duration idleTime) {

  /** Whether strangers may be kept out: there is a password, or a file says who may come. */
  public boolean isGuarded() {
    return passwordHash.isPresent() || aclFile.isPresent();
  }
}
