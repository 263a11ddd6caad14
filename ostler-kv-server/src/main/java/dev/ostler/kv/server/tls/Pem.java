package dev.ostler.kv.server.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/**
 * Reads certificates and private keys from PEM files. Any thread may use it. Its error messages
 * contain nothing of a key.
 */
public final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String KEY = "PRIVATE KEY-----";
  private static final long MOST_BYTES = 1024 * 1024;

  private Pem() {}

  /** The file cannot be used; the message says which one, and why. */
  public static final class Unusable extends Exception {
    Unusable(String message) {
      super(message);
    }
  }

  private static byte[] bytes(Path file, String what) throws Unusable {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new Unusable(file + " is longer than 1 MiB, and cannot be " + what);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new Unusable("there is no file " + file + ", which must have " + what);
    } catch (IOException e) {
      throw new Unusable("cannot read " + file + ", which must have " + what + ": " + e);
    }
  }

  /** All certificates of a file, in its order; at least one. */
  public static List<X509Certificate> certificates(Path file) throws Unusable {
    byte[] bytes = bytes(file, "certificates");
    try {
      var found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (found.isEmpty()) {
        throw new Unusable(file + ": expected certificates in PEM, and found none");
      }
      return found;
    } catch (CertificateException e) {
      throw new Unusable(
          file + ": expected certificates in PEM, and found something else: " + e.getMessage());
    }
  }

  /** The private key in a file, which must match the certificate. */
  public static PrivateKey key(Path file, X509Certificate certificate) throws Unusable {
    PublicKey open = certificate.getPublicKey();
    String text = new String(bytes(file, "a private key"), StandardCharsets.ISO_8859_1);
    PrivateKey key;
    try {
      var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(block(file, text)));
      key = KeyFactory.getInstance(open.getAlgorithm()).generatePrivate(spec);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new Unusable(
          file
              + ": expected a private key for "
              + open.getAlgorithm()
              + ", as the certificate has, and found something else");
    }
    if (!match(key, open)) {
      throw new Unusable(file + ": the private key is not that of the certificate");
    }
    return key;
  }

  private static String block(Path file, String text) throws Unusable {
    String begin = BEGIN + KEY;
    int from = text.indexOf(begin);
    int to = from < 0 ? -1 : text.indexOf("-----END ", from);
    if (to < 0) {
      boolean other = text.contains(BEGIN) && text.contains(KEY);
      throw new Unusable(
          file
              + ": expected a private key in PKCS#8 without a password (BEGIN PRIVATE KEY), and found "
              + (other
                  ? "one in another form; to change it: openssl pkcs8 -topk8 -nocrypt -in FILE"
                  : "none"));
    }
    return text.substring(from + begin.length(), to);
  }

  /** Whether the public key verifies what the private key signs. */
  private static boolean match(PrivateKey key, PublicKey open) throws Unusable {
    String algorithm =
        switch (open.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default ->
              throw new Unusable("TLS is offered with RSA and EC, not " + open.getAlgorithm());
        };
    try {
      byte[] text = {1}; // any content will do
      var signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(open);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
