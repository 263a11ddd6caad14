package dev.ostler.kv.server.cli;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.tls.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that talk to a running server over RESP. Used by the main thread. */
final class RemoteOptions {
  private static final int CONNECT_MILLIS = 5_000;

  @Option(
      names = "--host",
      paramLabel = "ADDR",
      defaultValue = "127.0.0.1",
      description = "The address of the server (default: 127.0.0.1).")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "6380",
      description = "The server's port for RESP (default: 6380).")
  private int port;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "The user to authenticate as (default: default).")
  private String user = "";

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "A file whose first line is the user's password.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--tls",
      fallbackValue = "true",
      description = "Connect with TLS 1.3, to a server whose certificate this machine trusts.")
  private boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Connect with TLS 1.3, and trust the certificate authority in this file (PEM).")
  private @Nullable Path authorities;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Connect with TLS 1.3, and show this certificate to the server (PEM).")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description =
          "The private key of that certificate (PEM, PKCS#8 without a password, RSA or EC).")
  private @Nullable Path key;

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  /** The server's name in error messages. */
  String server() {
    return host + ":" + port;
  }

  /** Whether an option is given that only RESP has a use for. */
  boolean isForRespOnly() {
    return isSecured() || passwordFile != null || !user.equals("default");
  }

  /** Whether a user is named, and nothing tells the password. */
  boolean lacksPassword() {
    return passwordFile == null && !user.equals("default");
  }

  private boolean isSecured() {
    return tls || authorities != null || certificate != null;
  }

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if they do not fit together
   */
  void check() {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("--port expects 1 to 65535, and found " + port);
    }
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException(
          "--tls-cert and --tls-key go together, and "
              + (certificate == null ? "--tls-cert" : "--tls-key")
              + " is missing");
    }
  }

  /**
   * Connects and authenticates.
   *
   * @throws IOException if that fails; the message says why
   */
  RemoteServer connect() throws IOException {
    return connect(host, port);
  }

  /** Connects to another server than the options name, in the same way. */
  RemoteServer connect(String toHost, int toPort) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(toHost, toPort), CONNECT_MILLIS);
      if (isSecured()) {
        socket = secured(socket, toHost, toPort);
      }
      var server = new RemoteServer(socket);
      if (passwordFile != null) {
        server.ask("AUTH", Bytes.of(user), password(passwordFile));
      }
      return server;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static String password(Path file) throws IOException {
    try (var lines = Files.newBufferedReader(file)) {
      String first = lines.readLine();
      if (first == null) {
        throw new IOException(file + ": expected a password, and found nothing");
      }
      return Bytes.of(first);
    }
  }

  private Socket secured(Socket plain, String toHost, int toPort) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(
          keys() == null ? null : keys().getKeyManagers(),
          trust() == null ? null : trust().getTrustManagers(),
          null);
      var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, toHost, toPort, true);
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the certificate must name this host
      parameters.setProtocols(new String[] {"TLSv1.3"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (GeneralSecurityException | Pem.Unusable e) {
      throw new IOException("cannot use TLS: " + e.getMessage(), e);
    }
  }

  private @Nullable KeyManagerFactory keys()
      throws GeneralSecurityException, IOException, Pem.Unusable {
    if (certificate == null || key == null) {
      return null;
    }
    List<X509Certificate> chain = Pem.certificates(certificate);
    char[] noPassword = {}; // the key store never leaves this method
    KeyStore own = empty();
    own.setKeyEntry(
        "kv", Pem.key(key, chain.getFirst()), noPassword, chain.toArray(X509Certificate[]::new));
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, noPassword);
    return keys;
  }

  private @Nullable TrustManagerFactory trust()
      throws GeneralSecurityException, IOException, Pem.Unusable {
    if (authorities == null) {
      return null;
    }
    KeyStore trusted = empty();
    for (X509Certificate authority : Pem.certificates(authorities)) {
      trusted.setCertificateEntry("authority " + trusted.size(), authority);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return trust;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
