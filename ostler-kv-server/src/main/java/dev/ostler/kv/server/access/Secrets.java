package dev.ostler.kv.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/** Hashes of passwords. Pure functions; any thread may use them. */
public final class Secrets {
  private Secrets() {}

  /** The SHA-256 of a byte string, in hexadecimal. Only this hash of a password is stored. */
  public static String hash(String password) {
    try {
      byte[] bytes = password.getBytes(StandardCharsets.ISO_8859_1);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /**
   * Whether the hash is one of these. The time it takes does not tell how much of a hash matches.
   */
  static boolean isAmong(Collection<String> hashes, String hash) {
    byte[] asked = hash.getBytes(StandardCharsets.ISO_8859_1);
    boolean found = false;
    for (String known : hashes) {
      found |= MessageDigest.isEqual(known.getBytes(StandardCharsets.ISO_8859_1), asked);
    }
    return found;
  }
}
