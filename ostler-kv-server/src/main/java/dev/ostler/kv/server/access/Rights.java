package dev.ostler.kv.server.access;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.Glob;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a user may do, and with which passwords. An immutable value; any thread.
 *
 * @param enabled whether anybody can authenticate as the user
 * @param open whether any password will do
 * @param unsanitized whether what the user restores need not be checked, by Redis's name; it is
 * @param hashes of the passwords that will do, see {@link Secrets#hash}
 * @param commandCount how many commands there are
 * @param commands the numbers of the commands the user may use; not to be changed
 * @param firstWords of commands the user may not use, by their numbers: with these first words, in
 *     lower case, they may be used all the same
 * @param commandRules how these came to be, as rules
 * @param keys which buckets
 * @param channels which channels
 * @param selectors how many empty selectors there are, which allow nothing
 */
public record Rights(
    boolean enabled,
    boolean open,
    boolean unsanitized,
    Set<String> hashes,
    int commandCount,
    BitSet commands,
    Map<Integer, Set<String>> firstWords,
    List<String> commandRules,
    List<KeyPattern> keys,
    List<Glob> channels,
    int selectors) {
  /** Of a user who was just made: none. */
  static Rights none(boolean allChannels) {
    return new Rights(
        false,
        false,
        false,
        Set.of(),
        Integer.MAX_VALUE,
        new BitSet(),
        Map.of(),
        List.of("-@all"),
        List.of(),
        allChannels ? List.of(Glob.of("*")) : List.of(),
        0);
  }

  /** Of the default user, unless told otherwise: all. */
  static Rights all(GuardedCommand.Table commands) {
    return new RightsRules(commands, none(false), false)
        .add("on")
        .add("nopass")
        .add("allkeys")
        .add("allchannels")
        .add("allcommands")
        .rights();
  }

  boolean hasPassword(String password) {
    return open || Secrets.isAmong(hashes, Secrets.hash(password));
  }

  boolean isUnlimited() {
    return commands.cardinality() == commandCount && allowsAllKeys() && allowsAllChannels();
  }

  public boolean allows(GuardedCommand command, Args args) {
    if (commands.get(command.number())) {
      return true;
    }
    Set<String> words = firstWords.get(command.number());
    return words != null && args.count() > 1 && words.contains(Bytes.lower(args.get(1)));
  }

  boolean allowsAllKeys() {
    return keys.stream().anyMatch(KeyPattern::isAll);
  }

  public boolean allows(String key, KeyUse use) {
    for (KeyPattern pattern : keys) {
      if (pattern.allows(key, use)) {
        return true;
      }
    }
    return false;
  }

  boolean allowsAllChannels() {
    return channels.stream().anyMatch(Glob::isAll);
  }

  /** Whether the user may use a channel, or, literally, a pattern of channels. */
  public boolean allowsChannel(String channel, boolean literally) {
    return channels.stream()
        .anyMatch(
            known ->
                known.isAll()
                    || (literally ? known.pattern().equals(channel) : known.matches(channel)));
  }

  // --- As rules
  // -----------------------------------------------------------------------------------

  /** All of it, as rules that make it out of none. */
  String rules() {
    var text = new StringBuilder(enabled ? "on" : "off");
    text.append(open ? " nopass" : "");
    text.append(unsanitized ? " skip-sanitize-payload" : " sanitize-payload");
    hashes.forEach(hash -> text.append(" #").append(hash));
    keys.forEach(key -> text.append(' ').append(key.rule()));
    if (!allowsAllChannels()) {
      text.append(" resetchannels"); // whatever new users may use where this is read
    }
    channels.forEach(channel -> text.append(" &").append(channel.pattern()));
    text.append(' ').append(commandText());
    return text.append(" (resetchannels -@all)".repeat(selectors)).toString();
  }

  public String commandText() {
    return String.join(" ", commandRules);
  }

  public String keyText() {
    return String.join(" ", keys.stream().map(KeyPattern::rule).toList());
  }

  public String channelText() {
    return String.join(" ", channels.stream().map(glob -> "&" + glob.pattern()).toList());
  }
}
