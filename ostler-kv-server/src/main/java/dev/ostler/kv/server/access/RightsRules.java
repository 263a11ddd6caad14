package dev.ostler.kv.server.access;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.args.Glob;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A builder of {@link Rights}, which applies the rules of ACL SETUSER one by one. Used by one
 * thread.
 */
final class RightsRules {
  private static final String SYNTAX = "Syntax error";
  private static final String UNKNOWN = "Unknown command or category name in ACL";

  private final GuardedCommand.Table table;
  private final boolean allChannels; // what a reset restores
  private boolean enabled;
  private boolean open;
  private boolean unsanitized;
  private int selectors;
  private final Set<String> hashes;
  private final BitSet commands;
  private final Map<Integer, Set<String>> firstWords = new HashMap<>();
  // By what follows the sign, in the order of the rules: there may be very many.
  private final Map<String, String> commandRules = new LinkedHashMap<>();
  // The rules for parts of a command, such as config|get, or for first arguments, by the command.
  private final Map<String, Set<String>> partRules = new HashMap<>();
  // By their patterns, in the order of the rules: one command may have very many.
  private final Map<String, KeyPattern> keys = new LinkedHashMap<>();
  private final Map<String, Glob> channels = new LinkedHashMap<>();
  private boolean hasAllKeys;
  private boolean hasAllChannels;

  /**
   * Starts with these rights.
   *
   * @param allChannels whether new users may use all channels
   */
  RightsRules(GuardedCommand.Table table, Rights from, boolean allChannels) {
    this.table = table;
    this.allChannels = allChannels;
    enabled = from.enabled();
    open = from.open();
    unsanitized = from.unsanitized();
    selectors = from.selectors();
    hashes = new LinkedHashSet<>(from.hashes());
    commands = (BitSet) from.commands().clone();
    from.firstWords().forEach((command, words) -> firstWords.put(command, new HashSet<>(words)));
    from.commandRules().forEach(rule -> putCommandRule(rule.charAt(0), rule.substring(1)));
    from.keys().forEach(this::putKey);
    from.channels().forEach(this::putChannel);
  }

  Rights rights() {
    var words = new HashMap<Integer, Set<String>>();
    firstWords.forEach(
        (command, set) -> words.put(command, Collections.unmodifiableSet(new HashSet<>(set))));
    return new Rights(
        enabled,
        open,
        unsanitized,
        Collections.unmodifiableSet(new LinkedHashSet<>(hashes)),
        table.size(),
        (BitSet) commands.clone(),
        Map.copyOf(words),
        List.copyOf(commandRules.values()),
        List.copyOf(keys.values()),
        List.copyOf(channels.values()),
        selectors);
  }

  /**
   * Applies one rule.
   *
   * @throws CommandError if it is not valid, with Redis's text
   */
  RightsRules add(String rule) {
    try {
      apply(rule);
    } catch (IllegalArgumentException e) {
      throw new CommandError(
          "ERR Error in ACL SETUSER modifier '%s': %s".formatted(shown(rule), e.getMessage()));
    }
    return this;
  }

  /** Hides a password: errors are often logged. */
  private static String shown(String rule) {
    boolean secret = !rule.isEmpty() && "><".indexOf(rule.charAt(0)) >= 0;
    return secret ? rule.charAt(0) + "(redacted)" : rule;
  }

  private void apply(String rule) {
    switch (Bytes.lower(rule)) {
      case "on" -> enabled = true;
      case "off" -> enabled = false;
      case "nopass" -> {
        open = true;
        hashes.clear();
      }
      case "resetpass" -> {
        open = false;
        hashes.clear();
      }
      case "allkeys", "~*" -> {
        clearKeys();
        putKey(new KeyPattern(Glob.of("*"), true, true));
      }
      case "resetkeys" -> clearKeys();
      case "allchannels", "&*" -> {
        clearChannels();
        putChannel(Glob.of("*"));
      }
      case "resetchannels" -> clearChannels();
      case "allcommands", "+@all" -> all(true);
      case "nocommands", "-@all" -> all(false);
      case "sanitize-payload" -> unsanitized = false;
      case "skip-sanitize-payload" -> unsanitized = true;
      case "clearselectors" -> selectors = 0;
      case "()" -> selectors++;
      case "" -> {} // Redis allows it
      case "reset" -> reset();
      default -> applyOther(rule);
    }
  }

  private void reset() {
    enabled = false;
    open = false;
    unsanitized = false;
    selectors = 0;
    hashes.clear();
    clearKeys();
    clearChannels();
    if (allChannels) {
      putChannel(Glob.of("*"));
    }
    all(false);
  }

  private void applyOther(String rule) {
    String rest = rule.isEmpty() ? "" : rule.substring(1);
    switch (rule.isEmpty() ? ' ' : rule.charAt(0)) {
      case '>' -> addHash(Secrets.hash(rest));
      case '#' -> addHash(checkedHash(rest));
      case '<' -> removeHash(Secrets.hash(rest));
      case '!' -> removeHash(checkedHash(rest));
      case '~' -> addKey(rest, true, true);
      case '%' -> addKeyWithUse(rest);
      case '&' -> addChannel(rest);
      case '+' -> addCommands(Bytes.lower(rest), true);
      case '-' -> addCommands(Bytes.lower(rest), false);
      default -> throw new IllegalArgumentException(SYNTAX);
    }
  }

  // --- Passwords

  private void addHash(String hash) {
    hashes.add(hash);
    open = false;
  }

  private void removeHash(String hash) {
    if (!hashes.remove(hash)) {
      throw new IllegalArgumentException(
          "The password you are trying to remove from the user does not exist");
    }
  }

  private static String checkedHash(String given) {
    boolean right = given.length() == 64;
    for (int i = 0; i < given.length(); i++) {
      right &= "0123456789abcdef".indexOf(given.charAt(i)) >= 0;
    }
    if (!right) {
      throw new IllegalArgumentException(
          "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
              + " characters");
    }
    return given;
  }

  // --- Keys and channels

  /** A rule such as {@code R~pattern}. Without a pattern it means the empty pattern. */
  private void addKeyWithUse(String rule) {
    expectNotAllKeys();
    boolean reads = false;
    boolean writes = false;
    int at = 0;
    while (at < rule.length() && rule.charAt(at) != '~') {
      char use = Character.toUpperCase(rule.charAt(at++));
      if ((use != 'R' || reads) && (use != 'W' || writes)) {
        throw new IllegalArgumentException(SYNTAX);
      }
      reads |= use == 'R';
      writes |= use == 'W';
    }
    if (!reads && !writes) {
      throw new IllegalArgumentException(SYNTAX);
    }
    addKey(rule.substring(Math.min(at + 1, rule.length())), reads, writes);
  }

  private void expectNotAllKeys() {
    if (hasAllKeys) {
      throw new IllegalArgumentException(
          "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not"
              + " have any effect. Try 'resetkeys' to start with an empty list of patterns");
    }
  }

  private void addKey(String glob, boolean reads, boolean writes) {
    expectNotAllKeys();
    checkPattern(glob);
    KeyPattern known = keys.get(glob);
    putKey(
        known == null
            ? new KeyPattern(Glob.of(glob), reads, writes)
            : new KeyPattern(known.glob(), known.reads() || reads, known.writes() || writes));
  }

  private void putKey(KeyPattern pattern) {
    keys.put(pattern.glob().pattern(), pattern);
    hasAllKeys |= pattern.isAll();
  }

  private void clearKeys() {
    keys.clear();
    hasAllKeys = false;
  }

  private void addChannel(String glob) {
    if (hasAllChannels) {
      throw new IllegalArgumentException(
          "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does"
              + " not have any effect. Try 'resetchannels' to start with an empty list of"
              + " channels");
    }
    checkPattern(glob);
    putChannel(Glob.of(glob));
  }

  private void putChannel(Glob glob) {
    channels.put(glob.pattern(), glob);
    hasAllChannels |= glob.isAll();
  }

  private void clearChannels() {
    channels.clear();
    hasAllChannels = false;
  }

  private static void checkPattern(String glob) {
    if (glob.indexOf(' ') >= 0 || glob.indexOf(0) >= 0) {
      throw new IllegalArgumentException(SYNTAX);
    }
  }

  // --- Commands

  private void all(boolean allowed) {
    commands.set(0, table.size(), allowed);
    firstWords.clear();
    commandRules.clear();
    partRules.clear();
    putCommandRule(allowed ? '+' : '-', "@all");
  }

  private void addCommands(String name, boolean allowed) {
    if (name.startsWith("@")) {
      addCategory(name.substring(1), allowed);
    } else {
      int bar = name.lastIndexOf('|');
      GuardedCommand command = bar < 0 ? null : table.findFull(name.substring(0, bar));
      if (command != null && command.parts().isEmpty()) {
        addFirstWord(command, name.substring(bar + 1), allowed);
      } else if (command != null && allowed && name.endsWith("|")) {
        throw new IllegalArgumentException(SYNTAX);
      } else {
        addCommand(table.findFull(name), allowed);
      }
    }
    putCommandRule(allowed ? '+' : '-', name);
  }

  /** Adds a rule at the end, in the place of those for the same command and its parts. */
  private void putCommandRule(char sign, String name) {
    commandRules.remove(name);
    Set<String> parts = partRules.remove(name);
    if (parts != null) {
      parts.forEach(commandRules::remove);
    }
    commandRules.put(name, sign + name);
    int bar = name.indexOf('|');
    if (bar >= 0) {
      partRules.computeIfAbsent(name.substring(0, bar), _ -> new HashSet<>()).add(name);
    }
  }

  private void addCategory(String category, boolean allowed) {
    if (!Categories.ALL.contains(category)) {
      throw new IllegalArgumentException(UNKNOWN);
    }
    for (GuardedCommand command : table.guarded()) {
      if (command.categories().contains(category)) {
        set(command, allowed);
      }
    }
  }

  private void addCommand(@Nullable GuardedCommand command, boolean allowed) {
    if (command == null) {
      throw new IllegalArgumentException(UNKNOWN);
    }
    set(command, allowed);
    command.parts().forEach(sub -> set(sub, allowed));
  }

  private void set(GuardedCommand command, boolean allowed) {
    commands.set(command.number(), allowed);
    firstWords.remove(command.number());
  }

  /**
   * Allows a command only with this first argument. Such a permission cannot be removed. For an
   * unsupported command the removal is accepted and has no effect.
   */
  private void addFirstWord(GuardedCommand command, String word, boolean allowed) {
    if (!allowed && !command.isAbsent()) {
      throw new IllegalArgumentException(UNKNOWN);
    }
    if (command.fullName().indexOf('|') >= 0) {
      throw new IllegalArgumentException("Allowing first-arg of a subcommand is not supported");
    }
    if (word.isEmpty()) {
      throw new IllegalArgumentException(SYNTAX);
    }
    if (allowed) {
      firstWords.computeIfAbsent(command.number(), _ -> new HashSet<>()).add(word);
    }
  }
}
