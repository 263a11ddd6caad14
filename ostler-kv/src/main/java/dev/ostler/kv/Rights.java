package dev.ostler.kv;

import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * What a user may do, and with which passwords. An immutable value; any thread.
 *
 * @param enabled whether anybody can authenticate as the user
 * @param open whether any password will do
 * @param hashes of the passwords that will do, see {@link Secrets#hash}
 * @param commands the numbers of the commands the user may use; not to be changed
 * @param commandRules how these came to be, as rules
 * @param keys which buckets
 * @param channels which channels
 */
record Rights(
    boolean enabled,
    boolean open,
    Set<String> hashes,
    BitSet commands,
    List<String> commandRules,
    List<KeyPattern> keys,
    List<Glob> channels) {
  /** Of a user who was just made: none. */
  static Rights none(boolean allChannels) {
    return new Rights(
        false,
        false,
        Set.of(),
        new BitSet(),
        List.of("-@all"),
        List.of(),
        allChannels ? List.of(Glob.of("*")) : List.of());
  }

  /** Of the default user, unless told otherwise: all. */
  static Rights all() {
    return new RightsRules(none(false))
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
    return commands.cardinality() == CommandTable.ALL.all().size()
        && allowsAllKeys()
        && allowsAllChannels();
  }

  boolean allows(CommandSpec spec) {
    return commands.get(spec.number());
  }

  boolean allowsAllKeys() {
    return keys.stream().anyMatch(KeyPattern::isAll);
  }

  boolean allows(String key, KeyUse use) {
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
  boolean allowsChannel(String channel, boolean literally) {
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
    hashes.forEach(hash -> text.append(" #").append(hash));
    keys.forEach(key -> text.append(' ').append(key.rule()));
    if (!allowsAllChannels()) {
      text.append(" resetchannels"); // whatever new users may use where this is read
    }
    channels.forEach(channel -> text.append(" &").append(channel.pattern()));
    return text.append(' ').append(commandText()).toString();
  }

  String commandText() {
    return String.join(" ", commandRules);
  }

  String keyText() {
    return String.join(" ", keys.stream().map(KeyPattern::rule).toList());
  }

  String channelText() {
    return String.join(" ", channels.stream().map(glob -> "&" + glob.pattern()).toList());
  }
}
