package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;

/**
 * SCRIPT and FUNCTION: the replies of a server without scripts and functions. The bodies run in the
 * client's process.
 */
final class ScriptCommands {
  private static final String WHY = "KV does not run scripts";

  /** Redis 8's dump of no functions. */
  private static final String NO_FUNCTIONS = "\f\0\u0096\u00edh\u0080\u00f5U<\u0093";

  private ScriptCommands() {}

  static void addTo(CommandTable table) {
    addFunction(table);
    addScript(table);
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body, Flag... flags) {
    return new CommandSpec(name, arity, body, flags).in("scripting");
  }

  // --- FUNCTION

  private static void addFunction(CommandTable table) {
    CommandSpec function =
        table
            .add(new CommandSpec("function", -2, HelpText.container()))
            .doc("scripting", "7.0.0", "A container for function commands.");
    function
        .with(
            sub("flush", -2, ScriptCommands::flushFunctions, Flag.NOSCRIPT, Flag.WRITE)
                .doc("scripting", "7.0.0", "Does nothing: there are no functions."))
        .with(
            sub("list", -2, ScriptCommands::listFunctions, Flag.NOSCRIPT)
                .doc("scripting", "7.0.0", "Returns an empty list: there are no functions."))
        .with(
            sub("stats", 2, ScriptCommands::functionStats, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .doc("scripting", "7.0.0", "Returns that no function runs."))
        .with(
            sub("dump", 2, (client, args, out) -> out.bulk(NO_FUNCTIONS), Flag.NOSCRIPT)
                .doc("scripting", "7.0.0", "Returns the serialized form of no functions."))
        .with(
            sub("kill", 2, ScriptCommands::kill, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .doc("scripting", "7.0.0", "Refuses: no function runs."))
        .with(
            sub("delete", 3, ScriptCommands::deleteLibrary, Flag.NOSCRIPT, Flag.WRITE)
                .doc("scripting", "7.0.0", "Refuses: there are no libraries."));
    for (String name : new String[] {"load", "restore"}) {
      CommandSpec.OfClient refusal = AbsentCommands.refusal("function " + name, WHY);
      function.with(
          sub(name, -3, refusal, Flag.NOSCRIPT, Flag.WRITE, Flag.DENYOOM)
              .doc("scripting", "7.0.0", "Refuses: KV has no functions."));
    }
    function.with(
        HelpText.of(
                "FUNCTION",
                "DELETE <library>, FLUSH [SYNC|ASYNC], KILL, LIST, STATS, DUMP",
                "    The replies of a server without functions.",
                "LOAD, RESTORE",
                "    An error: there are no functions.")
            .in("scripting"));
  }

  private static void flushFunctions(Client client, Args args, RespWriter out) {
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "FUNCTION");
    }
    if (args.count() == 3 && !args.is(2, "async") && !args.is(2, "sync")) {
      throw new CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    out.ok();
  }

  private static void listFunctions(Client client, Args args, RespWriter out) {
    boolean code = false;
    boolean library = false;
    for (int i = 2; i < args.count(); i++) {
      if (!code && args.is(i, "withcode")) {
        code = true;
      } else if (!library && args.is(i, "libraryname")) {
        library = true;
        if (++i == args.count()) {
          throw new CommandError("ERR library name argument was not given");
        }
      } else {
        String word = args.get(i).replace('\r', ' ').replace('\n', ' '); // at its end, too
        throw new CommandError("ERR Unknown argument " + word);
      }
    }
    out.array(0);
  }

  private static void functionStats(Client client, Args args, RespWriter out) {
    out.map(2);
    out.bulk("running_script");
    out.nil();
    out.bulk("engines");
    out.map(1);
    out.bulk("LUA");
    out.map(2);
    out.bulk("libraries_count");
    out.number(0);
    out.bulk("functions_count");
    out.number(0);
  }

  private static void deleteLibrary(Client client, Args args, RespWriter out) {
    throw new CommandError("ERR Library not found");
  }

  private static void kill(Client client, Args args, RespWriter out) {
    throw new CommandError("NOTBUSY No scripts in execution right now.");
  }

  // --- SCRIPT

  private static void addScript(CommandTable table) {
    table
        .add(new CommandSpec("script", -2, HelpText.container()))
        .doc("scripting", "2.6.0", "A container for script commands.")
        .with(
            sub("exists", -3, ScriptCommands::scriptsExist, Flag.NOSCRIPT)
                .doc("scripting", "2.6.0", "Returns that the scripts do not exist."))
        .with(
            sub("flush", -2, ScriptCommands::flushScripts, Flag.NOSCRIPT)
                .doc("scripting", "2.6.0", "Does nothing: there are no scripts."))
        .with(
            sub("kill", 2, ScriptCommands::kill, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .doc("scripting", "2.6.0", "Refuses: no script runs."))
        .with(
            sub("load", 3, AbsentCommands.refusal("script load", WHY), Flag.NOSCRIPT, Flag.STALE)
                .doc("scripting", "2.6.0", "Refuses: KV has no scripts."))
        .with(
            sub("debug", 3, AbsentCommands.refusal("script debug", WHY), Flag.NOSCRIPT)
                .doc("scripting", "3.2.0", "Refuses: KV has no scripts."))
        .with(
            HelpText.of(
                    "SCRIPT",
                    "EXISTS <sha1> [<sha1> ...], FLUSH [ASYNC|SYNC], KILL",
                    "    The replies of a server without scripts.",
                    "DEBUG, LOAD",
                    "    An error: there are no scripts.")
                .in("scripting"));
  }

  private static void scriptsExist(Client client, Args args, RespWriter out) {
    out.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      out.number(0);
    }
  }

  private static void flushScripts(Client client, Args args, RespWriter out) {
    if (args.count() > 3 || (args.count() == 3 && !args.is(2, "async") && !args.is(2, "sync"))) {
      throw new CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    }
    out.ok();
  }
}
