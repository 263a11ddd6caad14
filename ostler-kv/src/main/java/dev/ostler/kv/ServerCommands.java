package dev.ostler.kv;

import dev.ostler.kv.CommandSpec.Flag;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** INFO, TIME, SLOWLOG, LATENCY and FUNCTION: how the server is. */
final class ServerCommands {
  private static final Flag[] ADMIN = {Flag.ADMIN, Flag.LOADING, Flag.STALE};

  private ServerCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(
            new CommandSpec(
                "info", -1, of(ServerCommands::info), Flag.LOADING, Flag.STALE, Flag.TELLS_OF_ALL))
        .in("dangerous")
        .doc("server", "1.0.0", "Tells how the server is, by sections.");
    table
        .add(
            new CommandSpec(
                "time", 1, of(ServerCommands::time), Flag.LOADING, Flag.STALE, Flag.FAST))
        .doc("server", "2.6.0", "Tells the server's time.");
    addRefused(table, "save", "the store keeps what it is to keep without being told");
    addRefused(table, "shutdown", "end the server with SIGTERM");
    addSlowLog(table);
    addLatency(table);
    addFunction(table);
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  /** What tools of Redis may ask for, and operators here do in another way. */
  private static void addRefused(CommandTable table, String name, String instead) {
    String words = "ERR " + name.toUpperCase(Locale.ROOT) + " is not supported: " + instead;
    table
        .add(
            new CommandSpec(
                name,
                name.equals("save") ? 1 : -1,
                of(
                    (client, args, out) -> {
                      throw new CommandError(words);
                    }),
                Flag.ADMIN,
                Flag.NOSCRIPT,
                Flag.NO_MULTI))
        .doc("server", "1.0.0", "Refuses, and tells what to do instead.");
  }

  private static void addSlowLog(CommandTable table) {
    table
        .add(new CommandSpec("slowlog", -2, HelpText.container()))
        .doc("server", "2.2.12", "Holds the commands on commands that took long.")
        .with(
            new CommandSpec("get", -2, of(ServerCommands::slowLog), ADMIN)
                .doc("server", "2.2.12", "Lists the commands that took long."))
        .with(
            new CommandSpec(
                    "len",
                    2,
                    of((client, args, out) -> out.number(client.server().slowLog().size())),
                    ADMIN)
                .doc("server", "2.2.12", "Counts the commands that took long."))
        .with(
            new CommandSpec("reset", 2, of(ServerCommands::resetSlowLog), ADMIN)
                .doc("server", "2.2.12", "Forgets the commands that took long."))
        .with(
            HelpText.of(
                "SLOWLOG",
                "GET [<count>]",
                "    The latest commands that took long (default: 10, -1 means all): id, time,",
                "    microseconds, words, address and name of the client.",
                "LEN",
                "    How many there are.",
                "RESET",
                "    Forget them."));
  }

  /** Nothing is sampled, and that is what these say: clients ask. */
  private static void addLatency(CommandTable table) {
    table
        .add(new CommandSpec("latency", -2, HelpText.container()))
        .doc("server", "2.8.13", "Holds the commands on latency, which is not sampled.")
        .with(
            new CommandSpec("latest", 2, of((client, args, out) -> out.array(0)), ADMIN)
                .doc("server", "2.8.13", "Lists no events: latency is not sampled."))
        .with(
            new CommandSpec("history", 3, of((client, args, out) -> out.array(0)), ADMIN)
                .doc("server", "2.8.13", "Lists no samples: latency is not sampled."))
        .with(
            new CommandSpec("reset", -2, of((client, args, out) -> out.number(0)), ADMIN)
                .doc("server", "2.8.13", "Forgets nothing: latency is not sampled."));
  }

  /** There are no functions: to drop all is no work. */
  private static void addFunction(CommandTable table) {
    table
        .add(new CommandSpec("function", -2, HelpText.container()))
        .doc("scripting", "7.0.0", "Holds the commands on functions, of which there are none.")
        .with(
            new CommandSpec("flush", -2, of(ServerCommands::flushFunctions), Flag.NOSCRIPT)
                .in("scripting")
                .doc("scripting", "7.0.0", "Drops all functions, of which there are none."));
  }

  private static void flushFunctions(Session client, Args args, RespWriter out) {
    if (args.count() > 3 || (args.count() == 3 && !args.is(2, "async") && !args.is(2, "sync"))) {
      throw new CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    out.ok();
  }

  private static void info(Session client, Args args, RespWriter out) {
    out.verbatim(new Info(client).sections(args.from(1)));
  }

  private static void time(Session client, Args args, RespWriter out) {
    Instant now = Instant.now();
    out.array(2);
    out.bulk(Long.toString(now.getEpochSecond()));
    out.bulk(Long.toString(now.getNano() / 1000));
  }

  private static void slowLog(Session client, Args args, RespWriter out) {
    if (args.count() > 3) {
      throw new CommandError("ERR wrong number of arguments for 'slowlog|get' command");
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

  private static void resetSlowLog(Session client, Args args, RespWriter out) {
    client.server().slowLog().clear();
    out.ok();
  }
}
