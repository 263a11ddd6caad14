package dev.ostler.kv.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Certificates for tests: created by keytool once per JVM, and valid for a day, except the expired
 * one. Any thread may use it.
 */
public final class Certificates {
  private static final char[] PASSWORD = "of no worth".toCharArray();

  private Certificates() {}

  /** The owner of a certificate. */
  public enum Owner {
    /** Signs the other certificates. */
    AUTHORITY("EC", "-groupname", "secp256r1", "-ext", "bc:c"),
    /** A server at localhost. */
    SERVER(
        "RSA",
        "-keysize",
        "2048",
        "-ext",
        "san=dns:localhost,ip:127.0.0.1",
        "-signer",
        "authority"),
    /** The same server with other keys. */
    SUCCESSOR(
        "EC",
        "-groupname",
        "secp256r1",
        "-ext",
        "san=dns:localhost,ip:127.0.0.1",
        "-signer",
        "authority"),
    /** A server whose certificate has expired. */
    EXPIRED("EC", "-groupname", "secp256r1", "-startdate", "-2d", "-signer", "authority"),
    /** A client. */
    CLIENT("EC", "-groupname", "secp256r1", "-signer", "authority"),
    /** A client with a self-signed certificate. */
    STRANGER("RSA", "-keysize", "2048");

    private final List<String> arguments;

    Owner(String algorithm, String... more) {
      var all = new ArrayList<String>(List.of("-keyalg", algorithm));
      all.addAll(List.of(more));
      arguments = List.copyOf(all);
    }

    private String alias() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Created on first use. */
  private static final class Made {
    static final KeyStore STORE = make();

    private static KeyStore make() {
      try {
        Path folder = Files.createTempDirectory("certificates");
        Path file = folder.resolve("all.p12");
        try {
          for (Owner owner : Owner.values()) {
            generate(owner, file);
          }
          try (InputStream in = Files.newInputStream(file)) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            return store;
          }
        } finally {
          Files.deleteIfExists(file);
          Files.deleteIfExists(folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (GeneralSecurityException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void generate(Owner owner, Path file) throws IOException, InterruptedException {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
      command.addAll(
          List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC")); // it starts sooner
      for (String count : List.of("keyPbe", "certPbe", "mac")) { // nobody attacks this file
        command.add("-J-Dkeystore.pkcs12." + count + "IterationCount=1");
      }
      command.addAll(List.of("-genkeypair", "-alias", owner.alias(), "-validity", "1"));
      command.addAll(List.of("-dname", "CN=" + owner.alias(), "-storetype", "PKCS12"));
      command.addAll(List.of("-keystore", file.toString(), "-storepass", new String(PASSWORD)));
      command.addAll(owner.arguments);
      var keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes());
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException("keytool: " + said);
      }
    }
  }

  /** The owner's certificate. */
  public static Certificate certificate(Owner owner) throws GeneralSecurityException {
    return Made.STORE.getCertificate(owner.alias());
  }

  /** Writes the certificate and its chain to {@code NAME.pem}. */
  public static Path writeCertificate(Path folder, Owner owner)
      throws GeneralSecurityException, IOException {
    var text = new StringBuilder();
    for (Certificate certificate : Made.STORE.getCertificateChain(owner.alias())) {
      text.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return write(folder.resolve(owner.alias() + ".pem"), text.toString());
  }

  /** Writes the private key to {@code NAME.key}. */
  public static Path writeKey(Path folder, Owner owner)
      throws GeneralSecurityException, IOException {
    Key key = Made.STORE.getKey(owner.alias(), PASSWORD);
    return write(folder.resolve(owner.alias() + ".key"), pem("PRIVATE KEY", key.getEncoded()));
  }

  /** Writes a server's certificate and key. */
  public static TlsFiles write(Path folder, Owner owner)
      throws GeneralSecurityException, IOException {
    return TlsFiles.of(writeCertificate(folder, owner), writeKey(folder, owner));
  }

  /** Writes a file in one step. */
  private static Path write(Path file, String text) throws IOException {
    Path draft = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text);
    return Files.move(
        draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String pem(String what, byte[] bytes) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }

  /**
   * The context of a client that trusts the authority, and has the certificates of these owners.
   */
  public static SSLContext client(Owner... owners) throws GeneralSecurityException, IOException {
    KeyStore trusted = empty();
    trusted.setCertificateEntry("authority", certificate(Owner.AUTHORITY));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyStore own = empty();
    for (Owner owner : owners) {
      Certificate[] chain = Made.STORE.getCertificateChain(owner.alias());
      own.setKeyEntry(owner.alias(), Made.STORE.getKey(owner.alias(), PASSWORD), PASSWORD, chain);
    }
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
