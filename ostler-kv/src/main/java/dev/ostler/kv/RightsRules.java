package dev.ostler.kv;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Rights that are being changed, rule by rule, as ACL SETUSER gives them. Used by one thread. */
final class RightsRules {
  private static final String UNKNOWN = "Unknown command or category name in ACL";

  private final CommandTable table = CommandTable.ALL;
  private boolean enabled;
  private boolean open;
  private final Set<String> hashes;
  private final BitSet commands;
  private final List<String> commandRules;
  private final List<KeyPattern> keys;
  private final List<Glob> channels;

  RightsRules(Rights from) {
    enabled = from.enabled();
    open = from.open();
    hashes = new LinkedHashSet<>(from.hashes());
    commands = (BitSet) from.commands().clone();
    commandRules = new ArrayList<>(from.commandRules());
    keys = new ArrayList<>(from.keys());
    channels = new ArrayList<>(from.channels());
  }

  Rights rights() {
    return new Rights(
        enabled,
        open,
        Collections.unmodifiableSet(new LinkedHashSet<>(hashes)),
        (BitSet) commands.clone(),
        List.copyOf(commandRules),
        List.copyOf(keys),
        List.copyOf(channels));
  }

  /**
   * Applies one rule after those before it.
   *
   * @throws CommandError if it is none, in the words of Redis
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

  /** A password in an error would be one in a log. */
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
        keys.clear();
        keys.add(new KeyPattern(Glob.of("*"), true, true));
      }
      case "resetkeys" -> keys.clear();
      case "allchannels", "&*" -> {
        channels.clear();
        channels.add(Glob.of("*"));
      }
      case "resetchannels" -> channels.clear();
      case "allcommands", "+@all" -> all(true);
      case "nocommands", "-@all" -> all(false);
      case "sanitize-payload",
          "skip-sanitize-payload",
          "clearselectors" -> {} // nothing to do it to
      case "reset" -> reset();
      default -> applyOther(rule);
    }
  }

  private void reset() {
    enabled = false;
    open = false;
    hashes.clear();
    keys.clear();
    channels.clear();
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
      default -> throw new IllegalArgumentException("Syntax error");
    }
  }

  // --- Passwords
  // ----------------------------------------------------------------------------------

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
  // --------------------------------------------------------------------------

  private void addKeyWithUse(String rule) {
    int tilde = rule.indexOf('~');
    String use = tilde < 0 ? "" : Bytes.lower(rule.substring(0, tilde));
    switch (use) {
      case "r" -> addKey(rule.substring(tilde + 1), true, false);
      case "w" -> addKey(rule.substring(tilde + 1), false, true);
      case "rw", "wr" -> addKey(rule.substring(tilde + 1), true, true);
      default -> throw new IllegalArgumentException("Syntax error");
    }
  }

  private void addKey(String glob, boolean reads, boolean writes) {
    checkPattern(glob);
    if (keys.stream().anyMatch(KeyPattern::isAll)) {
      throw new IllegalArgumentException(
          "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not"
              + " have any effect. Try 'resetkeys' to start with an empty list of patterns");
    }
    for (int i = 0; i < keys.size(); i++) {
      KeyPattern known = keys.get(i);
      if (known.glob().pattern().equals(glob)) {
        keys.set(i, new KeyPattern(known.glob(), known.reads() || reads, known.writes() || writes));
        return;
      }
    }
    keys.add(new KeyPattern(Glob.of(glob), reads, writes));
  }

  private void addChannel(String glob) {
    checkPattern(glob);
    if (channels.stream().anyMatch(Glob::isAll)) {
      throw new IllegalArgumentException(
          "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does"
              + " not have any effect. Try 'resetchannels' to start with an empty list of"
              + " channels");
    }
    if (channels.stream().noneMatch(known -> known.pattern().equals(glob))) {
      channels.add(Glob.of(glob));
    }
  }

  private static void checkPattern(String glob) {
    if (glob.indexOf(' ') >= 0 || glob.indexOf(0) >= 0) {
      throw new IllegalArgumentException("Syntax error");
    }
  }

  // --- Commands
  // -----------------------------------------------------------------------------------

  private void all(boolean allowed) {
    commands.set(0, table.all().size(), allowed);
    commandRules.clear();
    commandRules.add(allowed ? "+@all" : "-@all");
  }

  private void addCommands(String name, boolean allowed) {
    if (name.startsWith("@")) {
      if (!Categories.ALL.contains(name.substring(1))) {
        throw new IllegalArgumentException(UNKNOWN);
      }
      for (CommandSpec spec : table.all()) {
        if (spec.categories().contains(name.substring(1))) {
          commands.set(spec.number(), allowed);
        }
      }
    } else {
      if (name.indexOf('|') != name.lastIndexOf('|')) {
        throw new IllegalArgumentException("Allowing first-arg of a subcommand is not supported");
      }
      CommandSpec spec = table.findFull(name);
      if (spec == null) {
        throw new IllegalArgumentException(UNKNOWN);
      }
      commands.set(spec.number(), allowed);
      spec.subcommands().values().forEach(sub -> commands.set(sub.number(), allowed));
    }
    String word = name;
    commandRules.removeIf(
        rule -> rule.substring(1).equals(word) || rule.substring(1).startsWith(word + "|"));
    commandRules.add((allowed ? "+" : "-") + word);
  }
}
