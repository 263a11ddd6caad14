package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.ClientInfo;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.Version;
import java.util.EnumSet;
import java.util.List;

/**
 * PING, ECHO, HELLO, AUTH and other commands on the connection. The bodies run in the client's
 * process.
 */
final class ConnectionCommands {
  private ConnectionCommands() {}

  static void addTo(CommandTable table) {
    add(table, "ping", -1, ConnectionCommands::ping, Flag.FAST, Flag.WHILE_SUBSCRIBED)
        .doc("connection", "1.0.0", "Returns PONG, or the given string.");
    add(
            table,
            "echo",
            2,
            (client, args, out) -> out.bulk(args.get(1)),
            Flag.LOADING,
            Flag.STALE,
            Flag.FAST)
        .doc("connection", "1.0.0", "Returns the given string.");
    add(
            table,
            "quit",
            -1,
            ConnectionCommands::quit,
            always(Flag.NO_AUTH, Flag.AT_ONCE, Flag.WHILE_SUBSCRIBED))
        .doc("connection", "1.0.0", "Closes the connection.");
    add(table, "hello", -1, ConnectionCommands::hello, always(Flag.NO_AUTH))
        .secret((args, i) -> i > 2 && (args.is(i - 1, "auth") || args.is(i - 2, "auth")))
        .doc("connection", "6.0.0", "Sets the protocol, the user and the name of the connection.");
    add(table, "auth", -2, ConnectionCommands::auth, always(Flag.NO_AUTH))
        .secret((args, i) -> i > 0)
        .doc("connection", "1.0.0", "Authenticates the connection.");
    add(
            table,
            "reset",
            1,
            ConnectionCommands::reset,
            always(Flag.NO_AUTH, Flag.AT_ONCE, Flag.WHILE_SUBSCRIBED))
        .doc("connection", "6.2.0", "Resets the connection.");
    add(table, "select", 2, ConnectionCommands::select, Flag.LOADING, Flag.STALE, Flag.FAST)
        .doc("connection", "1.0.0", "Selects the database; the only one is 0.");
  }

  private static CommandSpec add(
      CommandTable table, String name, int arity, CommandSpec.OfClient body, Flag... flags) {
    return table.add(new CommandSpec(name, arity, body, flags)).in("connection");
  }

  private static Flag[] always(Flag... more) {
    var flags = EnumSet.of(Flag.NOSCRIPT, Flag.LOADING, Flag.STALE, Flag.FAST, Flag.ALLOW_BUSY);
    flags.addAll(List.of(more));
    return flags.toArray(new Flag[0]);
  }

  private static void ping(Client client, Args args, RespWriter out) {
    if (args.count() > 2) {
      throw new CommandError("ERR wrong number of arguments for 'ping' command");
    }
    if (client.info().protocol() == 2 && !client.subscriptions().isEmpty()) {
      out.array(2); // a protocol 2 subscriber expects messages, so the reply looks like one
      out.bulk("pong");
      out.bulk(args.count() == 2 ? args.get(1) : "");
    } else if (args.count() == 2) {
      out.bulk(args.get(1));
    } else {
      out.simple("PONG");
    }
  }

  private static void quit(Client client, Args args, RespWriter out) {
    out.ok();
    client.closeAfterReply();
  }

  private static void select(Client client, Args args, RespWriter out) {
    if (args.integer(1) != 0) {
      throw new CommandError("ERR DB index is out of range");
    }
    out.ok();
  }

  private static void auth(Client client, Args args, RespWriter out) {
    if (args.count() > 3) {
      throw CommandError.syntax();
    }
    Access access = client.server().access();
    if (args.count() == 2 && access.defaultUser().rights().open()) {
      throw new CommandError(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
    }
    String user = args.count() == 2 ? Access.DEFAULT : args.get(1);
    access.authenticate(client, args.get(0), user, args.get(args.count() - 1));
    out.ok();
  }

  private static void reset(Client client, Args args, RespWriter out) {
    client.reset();
    out.protocol(client.info().protocol());
    out.simple("RESET");
  }

  // --- HELLO

  private static void hello(Client client, Args args, RespWriter out) {
    int protocol = args.count() > 1 ? protocol(args) : client.info().protocol();
    String name = null;
    int user = 0; // the index of AUTH's user; the last AUTH counts
    for (int i = 2; i < args.count(); i++) {
      if (args.is(i, "auth") && i + 2 < args.count()) {
        user = i + 1;
        i += 2;
      } else if (args.is(i, "setname") && i + 1 < args.count()) {
        name = ClientCommands.checkedName(args.get(i + 1));
        i++;
      } else {
        throw new CommandError("ERR Syntax error in HELLO option '" + args.get(i) + "'");
      }
    }
    if (user > 0) {
      client
          .server()
          .access()
          .authenticate(client, args.get(0), args.get(user), args.get(user + 1));
    }
    if (client.account() == null) {
      throw new CommandError(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " <proto> AUTH <user> <pass> option can be used to authenticate the client and"
              + " select the RESP protocol version at the same time");
    }
    if (name != null) {
      client.info().name(name);
    }
    client.info().protocol(protocol);
    out.protocol(protocol);
    greet(client.info(), out);
  }

  private static int protocol(Args args) {
    long version = args.integer(1, "ERR Protocol version is not an integer or out of range");
    if (version != 2 && version != 3) {
      throw new CommandError("NOPROTO unsupported protocol version");
    }
    return (int) version;
  }

  private static void greet(ClientInfo client, RespWriter out) {
    out.map(7);
    out.bulk("server");
    out.bulk("redis"); // clients look for this name, because the protocol is Redis's
    out.bulk("version");
    out.bulk(Version.REDIS);
    out.bulk("proto");
    out.number(client.protocol());
    out.bulk("id");
    out.number(client.id());
    out.bulk("mode");
    out.bulk("standalone");
    out.bulk("role");
    out.bulk("master");
    out.bulk("modules");
    out.array(0);
  }
}
