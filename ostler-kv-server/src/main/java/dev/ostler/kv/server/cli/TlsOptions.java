package dev.ostler.kv.server.cli;

import dev.ostler.kv.server.TlsFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code kv serve} for TLS. Used by the main thread. */
final class TlsOptions {
  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description =
          "Serve RESP over TLS 1.3 only, with this certificate (PEM, followed by its chain).")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description =
          "The private key of the certificate (PEM, PKCS#8 without a password, RSA or EC).")
  private @Nullable Path key;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "The certificate authority of the clients' certificates (PEM).")
  private @Nullable Path authorities;

  @Option(
      names = "--tls-auth-clients",
      paramLabel = "yes|optional|no",
      description =
          "Whether clients must show a certificate (default: yes with --tls-ca, else no).")
  private @Nullable String clients;

  /**
   * The files that the options name; null for no TLS.
   *
   * @param offered whether the server offers RESP at all
   * @throws IllegalArgumentException if they do not fit together
   */
  @Nullable TlsFiles files(boolean offered) {
    if (certificate == null || key == null) {
      if (certificate != null || key != null || authorities != null || clients != null) {
        throw new IllegalArgumentException(
            "TLS expects --tls-cert and --tls-key together, and "
                + (certificate == null ? "--tls-cert" : "--tls-key")
                + " is missing");
      }
      return null;
    }
    if (!offered) {
      throw new IllegalArgumentException("--tls-cert is for RESP, and --resp-port is off");
    }
    var files = TlsFiles.of(certificate, key);
    String asked = clients != null ? clients : authorities == null ? "no" : "yes";
    TlsFiles.Clients mode =
        switch (asked) {
          case "yes" -> TlsFiles.Clients.REQUIRED;
          case "optional" -> TlsFiles.Clients.OPTIONAL;
          case "no" -> TlsFiles.Clients.NOT_ASKED;
          default ->
              throw new IllegalArgumentException(
                  "--tls-auth-clients expects yes, optional or no, and found '" + asked + "'");
        };
    if (authorities != null) {
      files = files.authorities(authorities, mode);
    } else if (mode != TlsFiles.Clients.NOT_ASKED) {
      throw new IllegalArgumentException(
          "--tls-auth-clients "
              + asked
              + " expects --tls-ca FILE,"
              + " the authority of the clients' certificates");
    }
    return files;
  }
}
