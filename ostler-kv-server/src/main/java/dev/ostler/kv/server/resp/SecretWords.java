package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import java.util.Set;

/** Which arguments of commands are passwords, or may be. Pure functions; any thread. */
final class SecretWords {
  private static final Set<String> SETTINGS = Set.of("requirepass", "masterauth");

  private SecretWords() {}

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
