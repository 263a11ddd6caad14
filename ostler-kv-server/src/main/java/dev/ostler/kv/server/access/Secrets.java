package dev.ostler.kv.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/** What is kept of passwords. Pure functions; any thread. */
public final class Secrets {
  private Secrets() {}

  /** The SHA-256 of a byte string, in hexadecimal: what is kept of a password. */
  public static String hash(String password) {
    try {
      byte[] bytes = password.getBytes(StandardCharsets.ISO_8859_1);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Whether it is one of these. Takes as long for any that is not. */
  static boolean isAmong(Collection<String> hashes, String hash) {
    byte[] asked = hash.getBytes(StandardCharsets.ISO_8859_1);
    boolean found = false;
    for (String known : hashes) {
      found |= MessageDigest.isEqual(known.getBytes(StandardCharsets.ISO_8859_1), asked);
    }
    return found;
  }
}
