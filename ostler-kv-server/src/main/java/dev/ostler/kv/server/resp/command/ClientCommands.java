package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.ClientFilter;
import dev.ostler.kv.server.resp.ClientLine;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespClient;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.List;

/**
 * CLIENT: the clients, and what a client sets for its own connection. The bodies run in the
 * client's process.
 */
final class ClientCommands {
  private static final Flag[] USUAL = {Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
  private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

  private ClientCommands() {}

  static void addTo(CommandTable table) {
    CommandSpec client =
        table
            .add(new CommandSpec("client", -2, HelpText.container()))
            .doc("connection", "2.4.0", "A container for client commands.");
    addOwn(client);
    addOthers(client);
    TrackingCommands.addTo(client);
    addAbsent(client);
    client.with(help());
  }

  private static void addOwn(CommandSpec client) {
    client
        .with(
            sub("id", 2, (self, args, out) -> out.number(self.info().id()), USUAL)
                .doc("connection", "5.0.0", "Returns the ID of the connection."))
        .with(
            sub("info", 2, (self, args, out) -> out.verbatim(line(self.client())), USUAL)
                .doc("connection", "6.2.0", "Returns information about the connection."))
        .with(
            sub("getname", 2, ClientCommands::name, USUAL)
                .doc("connection", "2.6.9", "Returns the name of the connection."))
        .with(
            sub("setname", 3, ClientCommands::rename, USUAL)
                .doc("connection", "2.6.9", "Sets the name of the connection."))
        .with(
            sub("setinfo", 4, ClientCommands::setInfo, USUAL)
                .doc("connection", "7.2.0", "Sets the name or version of the client's library."))
        .with(
            sub("reply", 3, ClientCommands::reply, USUAL)
                .doc("connection", "3.2.0", "Sets which replies the connection gets."))
        .with(
            sub("no-evict", 3, ClientCommands::noEvict, ADMIN)
                .doc("connection", "7.0.0", "Accepted without effect: no client is evicted."))
        .with(
            sub("no-touch", 3, ClientCommands::noTouch, USUAL)
                .doc(
                    "connection",
                    "7.2.0",
                    "Accepted without effect: the use of keys is not recorded."));
  }

  private static void addOthers(CommandSpec client) {
    client
        .with(
            sub("list", -2, ClientCommands::list, ADMIN)
                .doc("connection", "2.4.0", "Returns the clients."))
        .with(
            sub("kill", -3, ClientCommands::kill, ADMIN)
                .doc("connection", "2.4.0", "Closes connections."));
  }

  /** Subcommands that clients may try, and that are not supported. */
  private static void addAbsent(CommandSpec client) {
    client
        .with(
            sub(
                    "pause",
                    -3,
                    AbsentCommands.refusal("client pause", "clients cannot be paused"),
                    ADMIN)
                .doc("connection", "3.0.0", "Refuses: clients cannot be paused."))
        .with(
            sub("unpause", 2, (self, args, out) -> out.ok(), ADMIN)
                .doc("connection", "6.2.0", "Does nothing: clients cannot be paused."))
        .with(
            sub("unblock", -3, ClientCommands::unblock, ADMIN)
                .doc("connection", "5.0.0", "Returns 0: no client is blocked."));
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body, Flag... flags) {
    return new CommandSpec(name, arity, body, flags).in("connection");
  }

  private static CommandSpec help() {
    return HelpText.of(
            "CLIENT",
            "GETNAME",
            "    The name of this connection.",
            "ID",
            "    The number of this connection.",
            "INFO",
            "    Information about this connection.",
            "KILL <ip:port>",
            "    Close the connection from this address.",
            "KILL <option> <value> [<option> <value> [...]]",
            "    Close connections: ADDR, LADDR, ID, TYPE, USER, MAXAGE, SKIPME (yes|no).",
            "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <id> ...]",
            "    Information about the clients.",
            "NO-EVICT (ON|OFF), NO-TOUCH (ON|OFF)",
            "    Accepted; clients are never evicted, and the use of keys is not recorded.",
            "REPLY (ON|OFF|SKIP)",
            "    Which replies this connection wants.",
            "SETINFO (LIB-NAME|LIB-VER) <value>",
            "    Which library this connection's client uses.",
            "SETNAME <name>",
            "    Set the name of this connection.",
            "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]",
            "    What this connection is told for its cache.",
            "CACHING (YES|NO), TRACKINGINFO, GETREDIR",
            "    The same for the next command; what was asked for; who is told instead.",
            "UNBLOCK <id>",
            "    Returns 0: no client is ever blocked.")
        .in("connection");
  }

  // --- Itself

  /**
   * Returns the name if it is valid for a client.
   *
   * @throws CommandError if it has characters that a list of clients could not show
   */
  static String checkedName(String name) {
    if (!isPlain(name)) {
      throw new CommandError(
          "ERR Client names cannot contain spaces, newlines or special characters.");
    }
    return name;
  }

  private static boolean isPlain(String word) {
    return word.chars().allMatch(c -> c >= '!' && c <= '~');
  }

  private static void name(Client self, Args args, RespWriter out) {
    String name = self.info().name();
    out.bulk(name.isEmpty() ? null : name);
  }

  private static void rename(Client self, Args args, RespWriter out) {
    self.info().name(checkedName(args.get(2)));
    out.ok();
  }

  private static void setInfo(Client self, Args args, RespWriter out) {
    String value = args.get(3);
    boolean isName = args.is(2, "lib-name");
    if (!isName && !args.is(2, "lib-ver")) {
      throw new CommandError("ERR Unrecognized option '" + args.get(2) + "'");
    }
    if (!isPlain(value)) {
      throw new CommandError(
          "ERR " + args.get(2) + " cannot contain spaces, newlines or special characters.");
    }
    if (isName) {
      self.info().libraryName(value);
    } else {
      self.info().libraryVersion(value);
    }
    out.ok();
  }

  private static void reply(Client self, Args args, RespWriter out) {
    if (args.is(2, "on")) {
      self.replies().on();
      out.ok();
    } else if (args.is(2, "off")) {
      self.replies().off();
    } else if (args.is(2, "skip")) {
      self.replies().skip();
    } else {
      throw CommandError.syntax();
    }
  }

  private static boolean isOn(Args args) {
    if (!args.is(2, "on") && !args.is(2, "off")) {
      throw CommandError.syntax();
    }
    return args.is(2, "on");
  }

  private static void noEvict(Client self, Args args, RespWriter out) {
    self.info().unevicted(isOn(args));
    out.ok();
  }

  private static void noTouch(Client self, Args args, RespWriter out) {
    self.info().untouching(isOn(args));
    out.ok();
  }

  // --- Others

  private static String line(RespClient client) {
    return ClientLine.of(client) + "\n";
  }

  private static void list(Client self, Args args, RespWriter out) {
    ClientFilter filter = ClientFilter.ofList(args);
    var text = new StringBuilder();
    self.server().clients().values().stream()
        .filter(filter::accepts)
        .sorted((one, other) -> Long.compare(one.info().id(), other.info().id()))
        .forEach(client -> text.append(line(client)));
    out.verbatim(text.toString());
  }

  private static void kill(Client self, Args args, RespWriter out) {
    ClientFilter filter = ClientFilter.ofKill(args, self.server().access());
    List<RespClient> found =
        self.server().clients().values().stream()
            .filter(filter::accepts)
            .filter(client -> client != self.client() || !filter.skipsSelf())
            .toList();
    for (RespClient client : found) {
      if (client == self.client()) {
        self.closeAfterReply();
      } else {
        client.end("killed by " + self.info().address());
      }
    }
    if (args.count() > 3) {
      out.number(found.size());
    } else if (found.isEmpty()) {
      throw new CommandError("ERR No such client");
    } else {
      out.ok();
    }
  }

  // --- Not there

  private static void unblock(Client self, Args args, RespWriter out) {
    if (args.count() > 4) {
      throw CommandError.wrongWords(args, "CLIENT");
    }
    if (args.count() == 4 && !args.is(3, "timeout") && !args.is(3, "error")) {
      throw new CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    var _ = args.integer(2);
    out.number(0);
  }
}
