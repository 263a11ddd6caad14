package dev.ostler.kv.server;

import dev.ostler.kv.server.tls.TlsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the store finds what it needs for TLS. An immutable value; each method gives a changed
 * copy.
 *
 * <p>All files are PEM. They are read when the store opens, and again when they have changed: that
 * is looked for when a client comes, once a second at most. If what is found then cannot be used,
 * the store goes on with what it has, and the log says why.
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

  /** Whether clients have to show a certificate of their own. */
  public enum Clients {
    /** Who has none, or one that no authority of the file has signed, is refused. */
    REQUIRED,
    /** Who has one has it checked; who has none may come, too. */
    OPTIONAL,
    /** Nobody is asked for one. */
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
   * A certificate, and no questions to clients.
   *
   * @param certificate the store's certificate, and after it those that lead to one that clients
   *     know, each signed by the next
   * @param key its private key, in PKCS#8 without a password, RSA or EC
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
   * With clients that show certificates of their own.
   *
   * @param file the certificates of the authorities that sign those of clients
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

  /** Looks for changes as often as that, at most. */
  public TlsFiles checkEvery(Duration time) {
    return new TlsFiles(certificate, key, authorities, clients, time, handshakeTime);
  }

  /** Gives clients so much time to begin. */
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
