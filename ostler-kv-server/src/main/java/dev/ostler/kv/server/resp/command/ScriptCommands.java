package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.ScriptHeader;
import dev.ostler.kv.server.resp.ScriptRun;
import dev.ostler.kv.server.resp.Scripts;
import java.util.Set;

/**
 * EVAL and SCRIPT. Without an {@linkplain dev.ostler.kv.server.script.ScriptEngine engine} for
 * scripts, they reply as a server without scripts. The bodies run in the client's process.
 */
final class ScriptCommands {
  private static final String WHY = "KV does not run scripts";
  private static final String NO_DEBUG = "scripts are not debugged here";
  private static final int KEY_COUNT = 2;
  private static final int FIRST_KEY = 3;

  private ScriptCommands() {}

  static void addTo(CommandTable table) {
    if (Scripts.areSupported()) {
      addEval(table);
    }
    addScript(table);
  }

  // --- EVAL

  private static void addEval(CommandTable table) {
    String worst = "We cannot tell how the keys will be used so we assume the worst, ";
    eval(table, "eval", ScriptCommands::known, false)
        .note(worst + "RW and UPDATE")
        .doc("scripting", "2.6.0", "Runs a script.");
    eval(table, "evalsha", ScriptCommands::bySha, false)
        .doc("scripting", "2.6.0", "Runs a script that is known, by its SHA1.");
    eval(table, "eval_ro", ScriptCommands::known, true)
        .note(worst + "RO and ACCESS")
        .doc("scripting", "7.0.0", "Runs a script that changes nothing.");
    eval(table, "evalsha_ro", ScriptCommands::bySha, true)
        .doc("scripting", "7.0.0", "Runs a script that is known and changes nothing, by its SHA1.");
  }

  /** Finds the script of a command. */
  private interface Finder {
    Scripts.Known find(Client client, Args args);
  }

  private static CommandSpec eval(
      CommandTable table, String name, Finder finder, boolean readOnly) {
    CommandSpec.OfScript body =
        (client, args) -> {
          long count = keyCount(args, CommandError.NOT_INTEGER);
          Scripts.Known known = finder.find(client, args);
          ScriptHeader header = known.header();
          if (header.isDeclared()) {
            expectMayRun(client, header.flags(), readOnly);
          }
          return new ScriptRun(
              client,
              ScriptRun.Kind.SCRIPT,
              known.script(),
              known.sha(),
              args,
              count,
              header.flags(),
              readOnly);
        };
    return table
        .add(new CommandSpec(name, -3, body, flags(readOnly)))
        .in("scripting")
        .keysByCount(KEY_COUNT, readOnly ? KeyUse.READS : KeyUse.READS_AND_UPDATES);
  }

  /** The flags of the commands that run a script or a function. */
  static Flag[] flags(boolean readOnly) {
    return new Flag[] {
      Flag.NOSCRIPT,
      Flag.STALE,
      Flag.SKIP_MONITOR,
      Flag.NO_MANDATORY_KEYS,
      Flag.MOVABLEKEYS,
      Flag.SLOW,
      readOnly ? Flag.READONLY : Flag.CREATES
    };
  }

  /** The number of keys among these arguments. */
  static long keyCount(Args args, String otherwise) {
    long count = args.integer(KEY_COUNT, otherwise);
    if (count > args.count() - FIRST_KEY) {
      throw new CommandError("ERR Number of keys can't be greater than number of args");
    }
    if (count < 0) {
      throw new CommandError("ERR Number of keys can't be negative");
    }
    return count;
  }

  /** Returns if a script with these flags may run now. */
  static void expectMayRun(Client client, Set<ScriptHeader.Flag> flags, boolean readOnly) {
    if (flags.contains(ScriptHeader.Flag.NO_WRITES)) {
      return;
    }
    if (readOnly) {
      throw new CommandError("ERR Can not execute a script with write flag using *_ro command.");
    }
    if (!flags.contains(ScriptHeader.Flag.ALLOW_OOM)) {
      client.server().memory().check();
    }
  }

  private static Scripts.Known known(Client client, Args args) {
    return client.server().scripts().know(args.get(1), false);
  }

  private static Scripts.Known bySha(Client client, Args args) {
    Scripts.Known known = client.server().scripts().find(args.get(1));
    if (known == null) {
      throw new CommandError("NOSCRIPT No matching script. Please use EVAL.");
    }
    return known;
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body, Flag... flags) {
    return new CommandSpec(name, arity, body, flags).in("scripting");
  }

  // --- SCRIPT

  private static void addScript(CommandTable table) {
    CommandSpec script =
        table
            .add(new CommandSpec("script", -2, HelpText.container()))
            .doc("scripting", "2.6.0", "A container for script commands.")
            .with(
                sub("exists", -3, ScriptCommands::scriptsExist, Flag.NOSCRIPT)
                    .doc("scripting", "2.6.0", "Returns which of the scripts are known."))
            .with(
                sub("flush", -2, ScriptCommands::flushScripts, Flag.NOSCRIPT)
                    .doc("scripting", "2.6.0", "Forgets all scripts."))
            .with(
                sub("kill", 2, ScriptCommands::killScripts, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                    .doc("scripting", "2.6.0", "Stops all scripts that run, and undoes them."))
            .with(
                sub("debug", 3, AbsentCommands.refusal("script debug", NO_DEBUG), Flag.NOSCRIPT)
                    .doc("scripting", "3.2.0", "Refuses: scripts are not debugged here."));
    if (Scripts.areSupported()) {
      script
          .with(
              sub("load", 3, ScriptCommands::load, Flag.NOSCRIPT, Flag.STALE)
                  .doc("scripting", "2.6.0", "Remembers a script, and returns its SHA1."))
          .with(
              HelpText.of(
                      "SCRIPT",
                      "EXISTS <sha1> [<sha1> ...]",
                      "    Return which of the scripts are known.",
                      "FLUSH [ASYNC|SYNC]",
                      "    Forget all scripts.",
                      "KILL",
                      "    Stop all scripts that run, and undo what they have done.",
                      "LOAD <script>",
                      "    Remember a script, and return its SHA1.",
                      "DEBUG",
                      "    An error: scripts are not debugged here.")
                  .in("scripting"));
      return;
    }
    script
        .with(
            sub("load", 3, AbsentCommands.refusal("script load", WHY), Flag.NOSCRIPT, Flag.STALE)
                .doc("scripting", "2.6.0", "Refuses: KV has no scripts."))
        .with(
            HelpText.of(
                    "SCRIPT",
                    "EXISTS <sha1> [<sha1> ...], FLUSH [ASYNC|SYNC], KILL",
                    "    The replies of a server without scripts.",
                    "DEBUG, LOAD",
                    "    An error: there are no scripts.")
                .in("scripting"));
  }

  private static void load(Client client, Args args, RespWriter out) {
    out.bulk(client.server().scripts().know(args.get(2), true).sha());
  }

  private static void scriptsExist(Client client, Args args, RespWriter out) {
    out.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      out.number(client.server().scripts().find(args.get(i)) == null ? 0 : 1);
    }
  }

  private static void killScripts(Client client, Args args, RespWriter out) {
    client.server().scripts().kill(ScriptRun.Kind.SCRIPT);
    out.ok();
  }

  private static void flushScripts(Client client, Args args, RespWriter out) {
    if (args.count() > 3 || (args.count() == 3 && !args.is(2, "async") && !args.is(2, "sync"))) {
      throw new CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    }
    client.server().scripts().flush();
    out.ok();
  }
}
