package dev.ostler.kv.server.tls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where the server finds what it needs for TLS. Immutable.
 *
 * @param certificate the server's certificate, and its chain after it
 * @param key its private key
 * @param authorities who signs the certificates of clients
 * @param asking whether clients are asked for one
 * @param checkEvery how often it is looked whether the files have changed, at most
 * @param handshakeTime how long a client may take to begin
 */
public record TlsSettings(
    Path certificate,
    Path key,
    Optional<Path> authorities,
    Asking asking,
    Duration checkEvery,
    Duration handshakeTime) {

  /** Whether clients have to show a certificate of their own. */
  public enum Asking {
    REQUIRED,
    OPTIONAL,
    NOT_ASKED
  }
}
