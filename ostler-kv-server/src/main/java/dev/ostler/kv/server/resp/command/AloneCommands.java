package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.List;

/**
 * MODULE, MOVE and SWAPDB: they reply as a server with one database and no modules does. The bodies
 * run in the client's process.
 */
final class AloneCommands {
  private AloneCommands() {}

  static void addTo(CommandTable table) {
    addModule(table);
    table
        .add(new CommandSpec("move", 3, of(AloneCommands::move), Flag.WRITE, Flag.FAST))
        .keys(1, 1, 1, KeyUse.READS_AND_UPDATES)
        .in("keyspace")
        .doc("generic", "1.0.0", "Refuses: there is only one database.");
    table
        .add(new CommandSpec("swapdb", 3, of(AloneCommands::swap), Flag.WRITE, Flag.FAST))
        .in("keyspace", "dangerous")
        .doc("server", "4.0.0", "Swaps the only database with itself.");
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  // --- MODULE

  private static void addModule(CommandTable table) {
    CommandSpec module =
        table
            .add(new CommandSpec("module", -2, HelpText.container()))
            .doc("server", "4.0.0", "A container for module commands.")
            .with(
                new CommandSpec(
                        "list",
                        2,
                        of((client, args, out) -> out.array(0)),
                        Flag.ADMIN,
                        Flag.NOSCRIPT)
                    .doc("server", "4.0.0", "Returns an empty list: there are no modules."));
    for (String name : List.of("load", "loadex", "unload")) {
      CommandSpec.OfClient refusal = AbsentCommands.refusal("module " + name, "KV has no modules");
      int arity = name.equals("unload") ? 3 : -3;
      module.with(
          new CommandSpec(name, arity, refusal, Flag.ADMIN, Flag.NO_ASYNC_LOADING, Flag.NOSCRIPT)
              .doc("server", "4.0.0", "Refuses: KV has no modules."));
    }
    module.with(
        HelpText.of(
            "MODULE",
            "LIST",
            "    The modules, of which there are none.",
            "LOAD, LOADEX, UNLOAD",
            "    An error: there are no modules."));
  }

  // --- Databases

  private static void move(Client client, Args args, RespWriter out) {
    throw new CommandError(
        args.integer(2) == 0
            ? "ERR source and destination objects are the same"
            : "ERR DB index is out of range");
  }

  private static void swap(Client client, Args args, RespWriter out) {
    long first = args.integer(1, "ERR invalid first DB index");
    long second = args.integer(2, "ERR invalid second DB index");
    if (first != 0 || second != 0) {
      throw new CommandError("ERR DB index is out of range");
    }
    out.ok();
  }
}
