package dev.ostler.kv.server.tls;

import dev.ostler.kv.KvException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;

/**
 * The store's current certificate and key, read again when their files change. Any thread may use
 * it. One thread at a time reads the files, and others wait for it.
 */
public final class TlsKeys {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");
  private static final String PROTOCOL = "TLSv1.3";

  private final TlsSettings files;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private SSLContext context;
  private List<String> seen; // the state of the files when they were last read
  private long checked;

  /**
   * Reads the files.
   *
   * @throws KvException.NoTls if they cannot be used
   */
  public TlsKeys(TlsSettings files) {
    this(files, System::nanoTime);
  }

  /** Uses a test's clock. */
  public TlsKeys(TlsSettings files, LongSupplier nanoTime) {
    this.files = files;
    this.nanoTime = nanoTime;
    this.checked = nanoTime.getAsLong();
    this.seen = look();
    try {
      this.context = read(files);
    } catch (Pem.Unusable e) {
      throw new KvException.NoTls(String.valueOf(e.getMessage()));
    }
  }

  /** How long a client may take for the handshake. */
  public Duration handshakeTime() {
    return files.handshakeTime();
  }

  /** The server's engine for a new connection. */
  public SSLEngine engine() {
    SSLEngine engine = current().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(new String[] {PROTOCOL});
    switch (files.asking()) {
      case REQUIRED -> engine.setNeedClientAuth(true);
      case OPTIONAL -> engine.setWantClientAuth(true);
      case NOT_ASKED -> engine.setNeedClientAuth(false);
    }
    return engine;
  }

  private synchronized SSLContext current() {
    long now = nanoTime.getAsLong();
    if (now - checked >= files.checkEvery().toNanos()) {
      checked = now;
      List<String> found = look();
      if (!found.equals(seen)) {
        // set before the files are used: unusable files are tried and logged only once
        seen = found;
        reload();
      }
    }
    return context;
  }

  private void reload() {
    try {
      context = read(files);
      LOG.log(Level.INFO, "TLS: " + files.certificate() + " was read again");
    } catch (Pem.Unusable e) {
      LOG.log(
          Level.WARNING,
          "TLS: the changed files cannot be used, and the previous ones stay in use: "
              + e.getMessage());
    }
  }

  /** A value for each file that changes when the file does. */
  private List<String> look() {
    var paths = new ArrayList<Path>(List.of(files.certificate(), files.key()));
    files.authorities().ifPresent(paths::add);
    return paths.stream().map(TlsKeys::look).toList();
  }

  private static String look(Path file) {
    try {
      var found = Files.readAttributes(file, BasicFileAttributes.class);
      return found.fileKey() + " " + found.size() + " " + found.lastModifiedTime();
    } catch (IOException e) {
      return "";
    }
  }

  private static SSLContext read(TlsSettings files) throws Pem.Unusable {
    warnIfOver(files, Pem.certificates(files.certificate()));
    return context(files.certificate(), files.key(), files.authorities());
  }

  /**
   * What shows this certificate, and trusts these authorities.
   *
   * @param trusted empty for none
   * @throws Pem.Unusable if a file cannot be used
   */
  public static SSLContext context(Path certificate, Path keyFile, Optional<Path> trusted)
      throws Pem.Unusable {
    List<X509Certificate> chain = Pem.certificates(certificate);
    PrivateKey key = Pem.key(keyFile, chain.getFirst());
    List<X509Certificate> authorities =
        trusted.isPresent() ? Pem.certificates(trusted.get()) : List.of();
    char[] noPassword = {}; // the key store never leaves this method
    try {
      KeyStore own = empty();
      own.setKeyEntry("kv", key, noPassword, chain.toArray(X509Certificate[]::new));
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, noPassword);
      KeyStore others = empty();
      for (X509Certificate authority : authorities) {
        others.setCertificateEntry("authority " + others.size(), authority);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(others);
      var context = SSLContext.getInstance(PROTOCOL);
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new Pem.Unusable(
          "what is in " + certificate + " cannot be used for TLS: " + e.getMessage());
    }
  }

  /** Logs a certificate that has expired or is not valid yet: clients refuse it. */
  private static void warnIfOver(TlsSettings files, List<X509Certificate> chain) {
    for (X509Certificate certificate : chain) {
      try {
        certificate.checkValidity();
      } catch (CertificateException e) {
        LOG.log(
            Level.WARNING,
            "TLS: clients will refuse the certificate in "
                + files.certificate()
                + ": it is valid from "
                + certificate.getNotBefore().toInstant()
                + " to "
                + certificate.getNotAfter().toInstant());
      }
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
