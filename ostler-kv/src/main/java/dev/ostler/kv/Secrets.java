package dev.ostler.kv;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Set;

/**
 * What passwords become, and which words of commands are or may be such. Pure functions; any
 * thread.
 */
final class Secrets {
  private static final Set<String> SETTINGS = Set.of("requirepass", "masterauth");

  private Secrets() {}

  /** The SHA-256 of a byte string, in hexadecimal: what is kept of a password. */
  static String hash(String password) {
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

  /** Whether this word of a command must not be shown to others. */
  static boolean isSecret(CommandSpec spec, Args args, int index) {
    return switch (spec.fullName()) {
      case "auth" -> index > 0;
      case "acl|setuser" -> index > 1;
      case "hello" -> index > 2 && (args.is(index - 1, "auth") || args.is(index - 2, "auth"));
      case "config|set" -> index > 2 && index % 2 == 1 && isSecretSetting(args.get(index - 1));
      default -> false;
    };
  }

  private static boolean isSecretSetting(String name) {
    return SETTINGS.contains(Bytes.lower(name));
  }
}
