package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.args.Glob;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.Functions;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.ScriptRun;
import dev.ostler.kv.server.resp.Scripts;
import dev.ostler.kv.server.script.ScriptLibrary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FUNCTION and FCALL. Without an {@linkplain dev.ostler.kv.server.script.ScriptEngine engine} for
 * scripts, they reply as a server without functions. The bodies run in the client's process.
 */
final class FunctionCommands {
  private static final String WHY = "KV does not run scripts";

  private FunctionCommands() {}

  static void addTo(CommandTable table) {
    if (Scripts.areSupported()) {
      addCall(table, "fcall", false).doc("scripting", "7.0.0", "Calls a function.");
      addCall(table, "fcall_ro", true)
          .doc("scripting", "7.0.0", "Calls a function that changes nothing.");
    }
    CommandSpec function =
        table
            .add(new CommandSpec("function", -2, HelpText.container()))
            .doc("scripting", "7.0.0", "A container for function commands.");
    function
        .with(
            sub("flush", -2, FunctionCommands::flush, Flag.NOSCRIPT, Flag.WRITE)
                .doc("scripting", "7.0.0", "Deletes all libraries."))
        .with(
            sub("list", -2, FunctionCommands::list, Flag.NOSCRIPT)
                .doc("scripting", "7.0.0", "Returns the libraries, and their functions."))
        .with(
            sub("stats", 2, FunctionCommands::stats, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .doc("scripting", "7.0.0", "Returns which function runs, and how many there are."))
        .with(
            sub("dump", 2, FunctionCommands::dump, Flag.NOSCRIPT)
                .doc("scripting", "7.0.0", "Returns all libraries in serialized form."))
        .with(
            sub("kill", 2, FunctionCommands::kill, Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                .doc("scripting", "7.0.0", "Stops all functions that run, and undoes them."))
        .with(
            sub("delete", 3, FunctionCommands::delete, Flag.NOSCRIPT, Flag.WRITE)
                .doc("scripting", "7.0.0", "Deletes a library and its functions."));
    addLoad(function);
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body, Flag... flags) {
    return new CommandSpec(name, arity, body, flags).in("scripting");
  }

  private static CommandSpec changing(String name, CommandSpec.OfClient body) {
    return sub(name, -3, body, Flag.NOSCRIPT, Flag.WRITE, Flag.DENYOOM, Flag.SLOW);
  }

  private static void addLoad(CommandSpec function) {
    boolean loads = Scripts.areSupported();
    function
        .with(
            changing(
                    "load",
                    loads ? FunctionCommands::load : AbsentCommands.refusal("function load", WHY))
                .doc(
                    "scripting",
                    "7.0.0",
                    loads ? "Creates a library." : "Refuses: KV has no functions."))
        .with(
            changing(
                    "restore",
                    loads
                        ? FunctionCommands::restore
                        : AbsentCommands.refusal("function restore", WHY))
                .doc(
                    "scripting",
                    "7.0.0",
                    loads
                        ? "Restores all libraries of a serialized form."
                        : "Refuses: KV has no functions."))
        .with(help(loads).in("scripting"));
  }

  private static CommandSpec help(boolean loads) {
    return loads
        ? HelpText.of(
            "FUNCTION",
            "LOAD [REPLACE] <FUNCTION CODE>",
            "    Create a new library with the given library name and code.",
            "DELETE <LIBRARY NAME>",
            "    Delete the given library.",
            "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
            "    Return the libraries, their functions and, if wanted, their code.",
            "STATS",
            "    Return which function runs, and how many there are.",
            "KILL",
            "    Stop all functions that run, and undo what they have done.",
            "FLUSH [ASYNC|SYNC]",
            "    Delete all the libraries.",
            "DUMP",
            "    Return a serialized payload of all libraries, for FUNCTION RESTORE.",
            "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
            "    Restore the libraries of a payload.")
        : HelpText.of(
            "FUNCTION",
            "DELETE <library>, FLUSH [SYNC|ASYNC], KILL, LIST, STATS, DUMP",
            "    The replies of a server without functions.",
            "LOAD, RESTORE",
            "    An error: there are no functions.");
  }

  private static Functions functions(Client client) {
    return client.server().scripts().functions();
  }

  // --- Calling

  private static CommandSpec addCall(CommandTable table, String name, boolean readOnly) {
    CommandSpec.OfScript body =
        (client, args) -> {
          Functions.Callable function = functions(client).find(args.get(1));
          if (function == null) {
            throw new CommandError("ERR Function not found");
          }
          long count = ScriptCommands.keyCount(args, "ERR Bad number of keys provided");
          ScriptCommands.expectMayRun(client, function.flags(), readOnly);
          return new ScriptRun(
              client,
              ScriptRun.Kind.FUNCTION,
              function.script(),
              function.name(),
              args,
              count,
              function.flags(),
              readOnly);
        };
    return table
        .add(new CommandSpec(name, -3, body, ScriptCommands.flags(readOnly)))
        .in("scripting")
        .keysByCount(2, readOnly ? KeyUse.READS : KeyUse.READS_AND_UPDATES)
        .note(
            "We cannot tell how the keys will be used so we assume the worst, "
                + (readOnly ? "RO and ACCESS" : "RW and UPDATE"));
  }

  private static void kill(Client client, Args args, RespWriter out) {
    client.server().scripts().kill(ScriptRun.Kind.FUNCTION);
    out.ok();
  }

  // --- Libraries

  private static void load(Client client, Args args, RespWriter out) {
    boolean replaces = false;
    for (int i = 2; i < args.count() - 1; i++) {
      if (!args.is(i, "replace")) {
        throw new CommandError("ERR Unknown option given: " + args.get(i));
      }
      replaces = true;
    }
    Functions.Library library = functions(client).compile(args.get(args.count() - 1), replaces);
    functions(client).add(List.of(library), replaces);
    out.bulk(library.name());
  }

  private static void flush(Client client, Args args, RespWriter out) {
    if (args.count() > 3) {
      throw CommandError.wrongWords(args, "FUNCTION");
    }
    if (args.count() == 3 && !args.is(2, "async") && !args.is(2, "sync")) {
      throw new CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    functions(client).replaceAll(List.of());
    out.ok();
  }

  private static void delete(Client client, Args args, RespWriter out) {
    if (!functions(client).remove(args.get(2))) {
      throw new CommandError("ERR Library not found");
    }
    out.ok();
  }

  private static void dump(Client client, Args args, RespWriter out) {
    out.bulk(
        DumpWriter.ofFunctions(
            functions(client).libraries().stream().map(Functions.Library::code).toList()));
  }

  private static void restore(Client client, Args args, RespWriter out) {
    if (args.count() > 4) {
      throw CommandError.wrongWords(args, "FUNCTION");
    }
    boolean replaces = args.is(3, "replace");
    boolean flushes = args.is(3, "flush");
    if (args.count() == 4 && !replaces && !flushes && !args.is(3, "append")) {
      throw new CommandError(
          "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    }
    Functions functions = functions(client);
    List<Functions.Library> libraries =
        DumpReader.functions(args.get(2)).stream()
            .map(each -> functions.compile(each, true)) // add looks for their names
            .toList();
    if (flushes) {
      functions.replaceAll(libraries);
    } else {
      functions.add(libraries, replaces);
    }
    out.ok();
  }

  // --- What there is

  private static void list(Client client, Args args, RespWriter out) {
    boolean code = false;
    Glob names = null;
    for (int i = 2; i < args.count(); i++) {
      if (!code && args.is(i, "withcode")) {
        code = true;
      } else if (names == null && args.is(i, "libraryname")) {
        if (++i == args.count()) {
          throw new CommandError("ERR library name argument was not given");
        }
        names = Glob.ignoringCase(args.get(i));
      } else {
        String word = args.get(i).replace('\r', ' ').replace('\n', ' '); // at its end, too
        throw new CommandError("ERR Unknown argument " + word);
      }
    }
    Glob wanted = names;
    List<Functions.Library> libraries =
        functions(client).libraries().stream()
            .filter(each -> wanted == null || wanted.matches(each.name()))
            .toList();
    out.array(libraries.size());
    for (Functions.Library each : libraries) {
      describe(each, code, out);
    }
  }

  private static void describe(Functions.Library library, boolean withCode, RespWriter out) {
    out.map(withCode ? 4 : 3);
    out.bulk("library_name");
    out.bulk(library.name());
    out.bulk("engine");
    out.bulk("LUA");
    out.bulk("functions");
    List<ScriptLibrary.Function> functions = library.compiled().functions();
    out.array(functions.size());
    for (ScriptLibrary.Function each : functions) {
      out.map(3);
      out.bulk("name");
      out.bulk(each.name());
      out.bulk("description");
      out.bulk(each.description().orElse(null));
      out.bulk("flags");
      out.set(each.flags().size());
      each.flags().forEach(out::simple);
    }
    if (withCode) {
      out.bulk("library_code");
      out.bulk(library.code());
    }
  }

  private static void stats(Client client, Args args, RespWriter out) {
    out.map(2);
    out.bulk("running_script");
    running(client.server().scripts().longestFunction(), out);
    out.bulk("engines");
    out.map(1);
    out.bulk("LUA");
    out.map(2);
    out.bulk("libraries_count");
    out.number(functions(client).libraries().size());
    out.bulk("functions_count");
    out.number(functions(client).count());
  }

  private static void running(@Nullable ScriptRun function, RespWriter out) {
    if (function == null) {
      out.nil();
      return;
    }
    out.map(3);
    out.bulk("name");
    out.bulk(function.name());
    out.bulk("command");
    out.array(function.command().size());
    function.command().forEach(out::bulk);
    out.bulk("duration_ms");
    out.number(function.millis());
  }
}
