package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.access.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What RESP clients must present, and how much they may use. Immutable; any thread may use it.
 *
 * @param passwordHash the hash of the default user's password, see {@link Secrets#hash}
 * @param aclFile the file of users and their rules
 * @param maxMemoryBytes how much heap buckets may take; 0 for no limit
 * @param maxBulkBytes the longest argument
 * @param idleTime after how long silent clients are disconnected, in whole seconds; zero for never
 */
public record ClientSettings(
    Optional<String> passwordHash,
    Optional<Path> aclFile,
    long maxMemoryBytes,
    long maxBulkBytes,
    Duration idleTime) {

  /** Whether clients may have to authenticate: there is a password or a file of users. */
  public boolean isGuarded() {
    return passwordHash.isPresent() || aclFile.isPresent();
  }
}
