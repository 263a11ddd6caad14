package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.args.Glob;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.ClientMemory;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Channels;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.PubSub.Kind;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * SUBSCRIBE, SSUBSCRIBE, PUBLISH, PUBSUB and related commands. The bodies run in the client's
 * process.
 */
final class PubSubCommands {
  private static final List<String> HELP =
      List.of(
          "PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
          "CHANNELS [<pattern>]",
          "    Return the currently active channels matching a <pattern> (default: '*').",
          "NUMPAT",
          "    Return number of subscriptions to patterns.",
          "NUMSUB [<channel> ...]",
          "    Return the number of subscribers for the specified channels, excluding",
          "    pattern subscriptions(default: no channels).",
          "SHARDCHANNELS [<pattern>]",
          "    Return the currently active shard level channels matching a <pattern> (default: '*').",
          "SHARDNUMSUB [<shardchannel> ...]",
          "    Return the number of subscribers for the specified shard level channel(s)",
          "HELP",
          "    Prints this help.");

  private static final Flag[] LISTENS = {Flag.WHILE_SUBSCRIBED, Flag.REPLIES_ARE_PUSHES};

  private PubSubCommands() {}

  static void addTo(CommandTable table) {
    add(
            table,
            "subscribe",
            -2,
            (client, args, out) -> subscribe(client, args, out, Kind.CHANNEL),
            LISTENS)
        .channels(Channels.ALL)
        .doc("pubsub", "2.0.0", "Listens for messages published to channels.");
    add(
            table,
            "unsubscribe",
            -1,
            (client, args, out) -> unsubscribe(client, args, out, Kind.CHANNEL),
            LISTENS)
        .doc("pubsub", "2.0.0", "Stops listening to messages posted to channels.");
    add(
            table,
            "psubscribe",
            -2,
            (client, args, out) -> subscribe(client, args, out, Kind.PATTERN),
            LISTENS)
        .channels(Channels.ALL_PATTERNS)
        .doc(
            "pubsub",
            "2.0.0",
            "Listens for messages published to channels that match one or more patterns.");
    add(
            table,
            "punsubscribe",
            -1,
            (client, args, out) -> unsubscribe(client, args, out, Kind.PATTERN),
            LISTENS)
        .doc(
            "pubsub",
            "2.0.0",
            "Stops listening to messages published to channels that match one or more patterns.");
    add(table, "publish", 3, PubSubCommands::publish, Flag.FAST)
        .channels(Channels.FIRST)
        .doc("pubsub", "2.0.0", "Posts a message to a channel.");
    addSharded(table);
    table
        .add(new CommandSpec("pubsub", -2, of(PubSubCommands::unknown)))
        .doc("pubsub", "2.8.0", "A container for Pub/Sub commands.")
        .with(
            sub(
                "channels",
                -2,
                (client, args, out) -> channels(client, args, out, Kind.CHANNEL),
                "Returns the active channels"))
        .with(
            sub(
                "numsub",
                -2,
                (client, args, out) -> subscribers(client, args, out, Kind.CHANNEL),
                "Returns a count of subscribers to channels"))
        .with(
            sub(
                "numpat",
                2,
                PubSubCommands::patterns,
                "Returns a count of unique pattern subscriptions"))
        .with(
            sub(
                "shardchannels",
                -2,
                (client, args, out) -> channels(client, args, out, Kind.SHARDED),
                "Returns the active sharded channels"))
        .with(
            sub(
                "shardnumsub",
                -2,
                (client, args, out) -> subscribers(client, args, out, Kind.SHARDED),
                "Returns a count of subscribers to sharded channels"))
        .with(
            new CommandSpec("help", 2, of(PubSubCommands::help), Flag.LOADING, Flag.STALE)
                .doc("pubsub", "6.2.0", "Returns helpful text about the different subcommands."));
  }

  /** There is one shard, so every sharded channel is here; they are a name space of their own. */
  private static void addSharded(CommandTable table) {
    add(table, "ssubscribe", -2, PubSubCommands::subscribeSharded, LISTENS)
        .channels(Channels.ALL)
        .keysOnlyShown(1, -1, 1)
        .doc("pubsub", "7.0.0", "Listens for messages published to sharded channels.");
    add(
            table,
            "sunsubscribe",
            -1,
            (client, args, out) -> unsubscribe(client, args, out, Kind.SHARDED),
            LISTENS)
        .keysOnlyShown(1, -1, 1)
        .doc("pubsub", "7.0.0", "Stops listening to messages posted to sharded channels.");
    add(table, "spublish", 3, PubSubCommands::publishSharded, Flag.FAST)
        .channels(Channels.FIRST)
        .keysOnlyShown(1, 1, 1)
        .doc("pubsub", "7.0.0", "Posts a message to a sharded channel.");
  }

  private static CommandSpec add(
      CommandTable table, String name, int arity, CommandSpec.OfClient body, Flag... more) {
    Flag[] flags = java.util.Arrays.copyOf(more, more.length + 4);
    flags[more.length] = Flag.PUBSUB;
    flags[more.length + 1] = name.endsWith("publish") ? Flag.PUBSUB : Flag.NOSCRIPT;
    flags[more.length + 2] = Flag.LOADING;
    flags[more.length + 3] = Flag.STALE;
    return table.add(new CommandSpec(name, arity, body, flags));
  }

  private static CommandSpec sub(
      String name, int arity, CommandSpec.OfClient body, String summary) {
    return new CommandSpec(name, arity, body, Flag.PUBSUB, Flag.LOADING, Flag.STALE)
        .doc("pubsub", "2.8.0", summary);
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  // --- Listening

  /**
   * Confirms each subscription separately. In protocol 3 these are pushes, and there is no reply.
   */
  private static void subscribe(Client client, Args args, RespWriter out, Kind kind) {
    client.memory().take(ClientMemory.ofWatches(args)); // for all of them, or for none
    for (int i = 1; i < args.count(); i++) {
      client.subscriptions().add(args.get(i), kind);
      confirm(client, args, args.get(i), out, kind);
    }
  }

  private static void subscribeSharded(Client client, Args args, RespWriter out) {
    if (client.locked() != null) {
      throw new CommandError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    }
    subscribe(client, args, out, Kind.SHARDED);
  }

  private static void unsubscribe(Client client, Args args, RespWriter out, Kind kind) {
    client.takePushes(out); // earlier messages come first
    List<String> names = args.count() > 1 ? args.from(1) : client.subscriptions().names(kind);
    for (String name : names) {
      client.subscriptions().remove(name, kind);
      confirm(client, args, name, out, kind);
    }
    if (names.isEmpty()) {
      confirm(client, args, null, out, kind);
    }
  }

  private static void confirm(
      Client client, Args args, @Nullable String name, RespWriter out, Kind kind) {
    out.push(3);
    out.bulk(Bytes.lower(args.get(0)));
    out.bulk(name);
    out.number(client.subscriptions().count(kind));
  }

  // --- Publishing

  private static void publish(Client client, Args args, RespWriter out) {
    out.number(client.server().pubSub().publish(args.get(1), args.get(2)));
  }

  private static void publishSharded(Client client, Args args, RespWriter out) {
    out.number(client.server().pubSub().publishSharded(args.get(1), args.get(2)));
  }

  // --- PUBSUB

  private static void unknown(Client client, Args args, RespWriter out) {
    throw new CommandError("ERR wrong number of arguments for 'pubsub' command");
  }

  private static void channels(Client client, Args args, RespWriter out, Kind kind) {
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "PUBSUB");
    }
    Glob glob = Glob.of(args.count() == 3 ? args.get(2) : "*");
    List<String> names = client.server().pubSub().names(kind, glob);
    out.array(names.size());
    names.forEach(out::bulk);
  }

  private static void subscribers(Client client, Args args, RespWriter out, Kind kind) {
    out.array(2 * (args.count() - 2));
    for (int i = 2; i < args.count(); i++) {
      out.bulk(args.get(i));
      out.number(client.server().pubSub().subscribers(kind, args.get(i)));
    }
  }

  private static void patterns(Client client, Args args, RespWriter out) {
    out.number(client.server().pubSub().size(Kind.PATTERN));
  }

  private static void help(Client client, Args args, RespWriter out) {
    out.array(HELP.size());
    HELP.forEach(out::simple);
  }
}
