package dev.ostler.kv.server.tls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The files and limits for TLS. Immutable; any thread may use it.
 *
 * @param certificate the server's certificate, followed by its chain
 * @param key its private key
 * @param authorities the certificates that sign those of clients
 * @param asking whether clients are asked for a certificate
 * @param checkEvery the shortest time between two looks for changed files
 * @param handshakeTime how long a client may take for the handshake
 */
public record TlsSettings(
    Path certificate,
    Path key,
    Optional<Path> authorities,
    Asking asking,
    Duration checkEvery,
    Duration handshakeTime) {

  /** Whether clients must show a certificate. */
  public enum Asking {
    REQUIRED,
    OPTIONAL,
    NOT_ASKED
  }
}
