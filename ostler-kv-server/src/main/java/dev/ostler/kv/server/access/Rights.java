package dev.ostler.kv.server.access;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.Glob;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rights and passwords of a user. An immutable value; any thread may use it.
 *
 * @param enabled whether a client can authenticate as the user
 * @param open whether the user needs no password
 * @param unsanitized Redis's flag sanitize-payload, inverted; stored and shown, but every payload
 *     is checked
 * @param hashes the hashes of the user's passwords, see {@link Secrets#hash}
 * @param commandCount how many commands there are
 * @param commands the numbers of the allowed commands; must not be changed
 * @param firstWords by the number of a forbidden command, the first arguments, in lower case, with
 *     which it is allowed
 * @param commandRules the rules that gave {@code commands} and {@code firstWords}
 * @param keys the buckets it may use
 * @param channels the channels it may use
 * @param selectors how many empty selectors it has, which allow nothing
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
  /** The rights of a new user: no command, no key. */
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

  /** The rights of the default user, unless a file says otherwise: everything. */
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

  /**
   * Whether the user may use a channel.
   *
   * @param literally whether the channel is a pattern, which a rule must allow literally
   */
  public boolean allowsChannel(String channel, boolean literally) {
    return channels.stream()
        .anyMatch(
            known ->
                known.isAll()
                    || (literally ? known.pattern().equals(channel) : known.matches(channel)));
  }

  // --- As rules

  /** All rights, as rules that a new user needs to get them. */
  String rules() {
    var text = new StringBuilder(enabled ? "on" : "off");
    text.append(open ? " nopass" : "");
    text.append(unsanitized ? " skip-sanitize-payload" : " sanitize-payload");
    hashes.forEach(hash -> text.append(" #").append(hash));
    keys.forEach(key -> text.append(' ').append(key.rule()));
    if (!allowsAllChannels()) {
      // what a new user may use depends on the server that reads this
      text.append(" resetchannels");
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
