package dev.ostler.kv.server;

import dev.ostler.kv.server.tls.TlsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * The files that an endpoint needs for TLS. An immutable value, usable by any thread; each method
 * returns a changed copy.
 *
 * <p>All files are PEM. They are read when the store opens, and again after they have changed: when
 * a client connects, the store looks for changes, at most once a second. If it cannot use the
 * changed files, it continues with the previous ones, and logs the reason.
 */
public final class TlsFiles {
  private static final Duration CHECK_EVERY = Duration.ofSeconds(1);
  private static final Duration HANDSHAKE_TIME = Duration.ofSeconds(10);

  private final Path certificate;
  private final Path key;
  private final Optional<Path> authorities;
  private final Clients clients;
  private final Duration checkEvery;
  private final Duration handshakeTime;

  /** Whether clients must show a certificate. */
  public enum Clients {
    /**
     * A client without a certificate, or with one that no authority of the file has signed, is
     * refused.
     */
    REQUIRED,
    /**
     * A client may come without a certificate. If it shows one, an authority of the file must have
     * signed it.
     */
    OPTIONAL,
    /** Clients are not asked for a certificate. */
    NOT_ASKED
  }

  private TlsFiles(
      Path certificate,
      Path key,
      Optional<Path> authorities,
      Clients clients,
      Duration checkEvery,
      Duration handshakeTime) {
    this.certificate = certificate;
    this.key = key;
    this.authorities = authorities;
    this.clients = clients;
    this.checkEvery = checkEvery;
    this.handshakeTime = handshakeTime;
  }

  /**
   * Sets the server's certificate and key. Clients are not asked for a certificate.
   *
   * @param certificate the server's certificate, followed by its chain up to a certificate that
   *     clients trust
   * @param key the private key of the certificate, in PKCS#8 without a password, RSA or EC
   */
  public static TlsFiles of(Path certificate, Path key) {
    return new TlsFiles(
        Objects.requireNonNull(certificate, "certificate"),
        Objects.requireNonNull(key, "key"),
        Optional.empty(),
        Clients.NOT_ASKED,
        CHECK_EVERY,
        HANDSHAKE_TIME);
  }

  /**
   * Asks clients for certificates.
   *
   * @param file the certificates of the authorities that sign the clients' certificates
   */
  public TlsFiles authorities(Path file, Clients asked) {
    return new TlsFiles(
        certificate,
        key,
        Optional.of(file),
        Objects.requireNonNull(asked, "asked"),
        checkEvery,
        handshakeTime);
  }

  /** Looks for changed files at most this often. */
  public TlsFiles checkEvery(Duration time) {
    return new TlsFiles(certificate, key, authorities, clients, time, handshakeTime);
  }

  /** Sets how long a client may take for the handshake. */
  TlsFiles handshakeTime(Duration time) {
    return new TlsFiles(certificate, key, authorities, clients, checkEvery, time);
  }

  TlsSettings settings() {
    var asking =
        switch (clients) {
          case REQUIRED -> TlsSettings.Asking.REQUIRED;
          case OPTIONAL -> TlsSettings.Asking.OPTIONAL;
          case NOT_ASKED -> TlsSettings.Asking.NOT_ASKED;
        };
    return new TlsSettings(certificate, key, authorities, asking, checkEvery, handshakeTime);
  }
}
