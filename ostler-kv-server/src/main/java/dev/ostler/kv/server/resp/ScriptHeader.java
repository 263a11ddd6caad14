package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the first line of a script says of it, if it begins with {@code #!}. Immutable.
 *
 * @param isDeclared whether there is such a line
 * @param flags that it has
 * @param code without the text of that line
 */
public record ScriptHeader(boolean isDeclared, Set<Flag> flags, String code) {
  /** What a script promises, or asks for. */
  public enum Flag {
    NO_WRITES,
    ALLOW_OOM,
    ALLOW_STALE,
    NO_CLUSTER,
    ALLOW_CROSS_SLOT_KEYS;

    /** Its name in a script. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * The header of a script.
   *
   * @throws CommandError if it is not valid
   */
  static ScriptHeader of(String text) {
    if (!text.startsWith("#!")) {
      return new ScriptHeader(false, Set.of(), text);
    }
    int end = text.indexOf('\n');
    if (end < 0) {
      throw new CommandError("ERR Invalid script shebang");
    }
    List<String> words = List.of(text.substring(0, end).strip().split("\\s+"));
    if (!words.getFirst().equals("#!lua")) {
      throw new CommandError("ERR Unexpected engine in script shebang: " + words.getFirst());
    }
    var flags = EnumSet.noneOf(Flag.class);
    for (String word : words.subList(1, words.size())) {
      if (!Bytes.lower(word).startsWith("flags=")) {
        throw new CommandError("ERR Unknown lua shebang option: " + word);
      }
      for (String name : word.substring("flags=".length()).split(",", -1)) {
        if (!name.isEmpty()) {
          flags.add(flag(name));
        }
      }
    }
    return new ScriptHeader(true, flags, text.substring(end));
  }

  private static Flag flag(String name) {
    for (Flag each : Flag.values()) {
      if (each.word().equals(name)) {
        return each;
      }
    }
    throw new CommandError("ERR Unexpected flag in script shebang: " + name);
  }
}
