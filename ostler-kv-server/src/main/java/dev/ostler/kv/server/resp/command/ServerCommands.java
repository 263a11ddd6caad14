package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.Info;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.SlowLog;
import java.time.Instant;
import java.util.List;

/**
 * INFO, TIME, MONITOR, SLOWLOG, LASTSAVE, SAVE and SHUTDOWN: the state of the server. The bodies
 * run in the client's process.
 */
final class ServerCommands {
  private static final Flag[] ADMIN = {Flag.ADMIN, Flag.LOADING, Flag.STALE};

  private ServerCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("info", -1, of(ServerCommands::info), Flag.LOADING, Flag.STALE))
        .in("dangerous")
        .doc("server", "1.0.0", "Returns the state and the statistics of the server.");
    table
        .add(
            new CommandSpec(
                "time", 1, of(ServerCommands::time), Flag.LOADING, Flag.STALE, Flag.FAST))
        .doc("server", "2.6.0", "Returns the server's time.");
    String durable = "a durable store writes every change without being told";
    table
        .add(
            new CommandSpec(
                "save",
                1,
                AbsentCommands.refusal("save", durable),
                Flag.ADMIN,
                Flag.NO_ASYNC_LOADING,
                Flag.NOSCRIPT,
                Flag.NO_MULTI))
        .doc("server", "1.0.0", "Refuses, and says what to do instead.");
    table
        .add(
            new CommandSpec(
                "shutdown",
                -1,
                AbsentCommands.refusal("shutdown", "end the server with SIGTERM"),
                Flag.ADMIN,
                Flag.ALLOW_BUSY,
                Flag.LOADING,
                Flag.NOSCRIPT,
                Flag.NO_MULTI,
                Flag.STALE))
        .doc("server", "1.0.0", "Refuses, and says what to do instead.");
    table
        .add(
            new CommandSpec(
                "lastsave", 1, of(ServerCommands::lastSave), Flag.LOADING, Flag.STALE, Flag.FAST))
        .in("admin", "dangerous")
        .doc("server", "1.0.0", "Returns the time of the last write to disk.");
    table
        .add(
            new CommandSpec(
                "monitor",
                1,
                of(ServerCommands::monitor),
                Flag.ADMIN,
                Flag.NOSCRIPT,
                Flag.LOADING,
                Flag.STALE))
        .doc("server", "1.0.0", "Shows the commands of all clients as they are done.");
    addSlowLog(table);
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  /** Replies nothing to a client that sees all commands already, as Redis does. */
  private static void monitor(Client client, Args args, RespWriter out) {
    if (client.locked() != null) {
      throw new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");
    }
    if (client.subscriptions().monitor()) {
      out.ok();
    }
  }

  /**
   * When the last change was stored: now, for a durable store. For an in-memory store, when the
   * server started.
   */
  private static void lastSave(Client client, Args args, RespWriter out) {
    out.number(Info.lastSave(client));
  }

  private static void addSlowLog(CommandTable table) {
    table
        .add(new CommandSpec("slowlog", -2, HelpText.container()))
        .doc("server", "2.2.12", "A container for slow log commands.")
        .with(
            new CommandSpec("get", -2, of(ServerCommands::slowLog), ADMIN)
                .doc("server", "2.2.12", "Returns the entries of the slow log."))
        .with(
            new CommandSpec(
                    "len",
                    2,
                    of((client, args, out) -> out.number(client.server().slowLog().size())),
                    ADMIN)
                .doc("server", "2.2.12", "Returns the number of entries in the slow log."))
        .with(
            new CommandSpec("reset", 2, of(ServerCommands::resetSlowLog), ADMIN)
                .doc("server", "2.2.12", "Clears the slow log."))
        .with(
            HelpText.of(
                "SLOWLOG",
                "GET [<count>]",
                "    The latest commands that took long (default: 10, -1 means all): id, time,",
                "    microseconds, arguments, address and name of the client.",
                "LEN",
                "    The number of entries.",
                "RESET",
                "    Clear the slow log."));
  }

  private static void info(Client client, Args args, RespWriter out) {
    out.verbatim(new Info(client, out.mayWait()).sections(args.from(1)));
  }

  private static void time(Client client, Args args, RespWriter out) {
    Instant now = Instant.now();
    out.array(2);
    out.bulk(Long.toString(now.getEpochSecond()));
    out.bulk(Long.toString(now.getNano() / 1000));
  }

  private static void slowLog(Client client, Args args, RespWriter out) {
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "SLOWLOG");
    }
    String wrong = "ERR count should be greater than or equal to -1";
    long most = args.count() == 3 ? args.integer(2, wrong) : 10;
    if (most < -1) {
      throw new CommandError(wrong);
    }
    List<SlowLog.Entry> entries =
        client.server().slowLog().latest(most == -1 ? Long.MAX_VALUE : most);
    out.array(entries.size());
    for (SlowLog.Entry entry : entries) {
      out.array(6);
      out.number(entry.id());
      out.number(entry.second());
      out.number(entry.micros());
      out.array(entry.words().size());
      entry.words().forEach(out::bulk);
      out.bulk(entry.address());
      out.bulk(entry.client());
    }
  }

  private static void resetSlowLog(Client client, Args args, RespWriter out) {
    client.server().slowLog().clear();
    out.ok();
  }
}
