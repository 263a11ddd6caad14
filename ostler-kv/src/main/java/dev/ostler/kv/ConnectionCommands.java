package dev.ostler.kv;

import dev.ostler.kv.CommandSpec.Flag;

/** PING, ECHO, HELLO, AUTH and what else concerns the connection alone. */
final class ConnectionCommands {
  private ConnectionCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("ping", -1, of(ConnectionCommands::ping), Flag.FAST))
        .in("connection")
        .doc("connection", "1.0.0", "Returns the server's liveliness response.");
    table
        .add(
            new CommandSpec("echo", 2, of((client, args, out) -> out.bulk(args.get(1))), Flag.FAST))
        .in("connection")
        .doc("connection", "1.0.0", "Returns the given string.");
    table
        .add(new CommandSpec("quit", -1, of(ConnectionCommands::quit), Flag.NO_AUTH, Flag.FAST))
        .in("connection")
        .doc("connection", "1.0.0", "Closes the connection.");
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  private static void ping(Session client, Args args, RespWriter out) {
    if (args.count() > 2) {
      throw new CommandError("ERR wrong number of arguments for 'ping' command");
    }
    if (client.info().protocol() == 2 && !client.subscriptions().isEmpty()) {
      out.array(2); // where a subscriber expects messages, a reply looks like one
      out.bulk("pong");
      out.bulk(args.count() == 2 ? args.get(1) : "");
    } else if (args.count() == 2) {
      out.bulk(args.get(1));
    } else {
      out.simple("PONG");
    }
  }

  private static void quit(Session client, Args args, RespWriter out) {
    out.ok();
    client.closeAfterReply();
  }
}
