package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.args.Glob;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * COMMAND: the commands and their properties, from the {@link CommandTable}. The bodies run in the
 * client's process.
 */
final class CommandCommands {
  private static final Flag[] FLAGS = {Flag.LOADING, Flag.STALE};

  private CommandCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("command", -1, of(CommandCommands::all), FLAGS))
        .in("connection")
        .doc("server", "2.8.13", "Returns descriptions of all commands.")
        .with(
            sub("count", 2, (client, args, out) -> out.number(table(client).commands().size()))
                .doc("server", "2.8.13", "Returns the number of commands."))
        .with(
            sub("info", -2, CommandCommands::info)
                .doc("server", "2.8.13", "Returns descriptions of some commands, or of all."))
        .with(
            sub("docs", -2, CommandCommands::docs)
                .doc("server", "7.0.0", "Returns the documentation of some commands, or of all."))
        .with(
            sub("list", -2, CommandCommands::list)
                .doc("server", "7.0.0", "Returns the names of commands."))
        .with(
            sub("getkeys", -3, CommandCommands::keys)
                .doc("server", "2.8.13", "Returns the keys among the arguments of a command."))
        .with(
            sub("getkeysandflags", -3, CommandCommands::keysAndFlags)
                .doc(
                    "server",
                    "7.0.0",
                    "Returns the keys among the arguments of a command, and their use."))
        .with(help());
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body) {
    return new CommandSpec(name, arity, body, FLAGS).in("connection");
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  private static CommandSpec help() {
    return HelpText.of(
            "COMMAND",
            "(no subcommand)",
            "    Details about all commands.",
            "COUNT",
            "    How many commands there are.",
            "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
            "    The names of commands.",
            "INFO [<command-name> ...]",
            "    Details about these commands, or all.",
            "DOCS [<command-name> ...]",
            "    What these commands do, or all.",
            "GETKEYS <full-command>",
            "    The keys among the arguments of a command.",
            "GETKEYSANDFLAGS <full-command>",
            "    The same, and what the command does with each.")
        .in("connection");
  }

  private static CommandTable table(Client client) {
    return client.server().commands();
  }

  // --- COMMAND INFO

  private static void all(Client client, Args args, RespWriter out) {
    CommandDescription.write(table(client).commands(), out);
  }

  private static void info(Client client, Args args, RespWriter out) {
    if (args.count() == 2) {
      all(client, args, out);
      return;
    }
    out.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      CommandSpec spec = table(client).findFull(args.get(i));
      if (spec == null || spec.has(Flag.ABSENT)) {
        out.nil();
      } else {
        CommandDescription.write(spec, out);
      }
    }
  }

  // --- COMMAND DOCS

  private static void docs(Client client, Args args, RespWriter out) {
    Collection<CommandSpec> asked = table(client).commands();
    if (args.count() > 2) {
      asked = new ArrayList<>();
      for (String name : args.from(2)) {
        CommandSpec spec = table(client).findFull(name);
        if (spec != null && !spec.has(Flag.ABSENT)) {
          asked.add(spec);
        }
      }
    }
    document(asked, out);
  }

  private static void document(Collection<CommandSpec> specs, RespWriter out) {
    out.map(specs.size());
    for (CommandSpec spec : specs) {
      out.bulk(spec.fullName());
      boolean parent = !spec.subcommands().isEmpty();
      Optional<Synopsis> synopsis = Synopses.of(spec.fullName());
      out.map(3 + (synopsis.isPresent() ? 1 : 0) + (parent ? 1 : 0));
      out.bulk("summary");
      out.bulk(spec.summary());
      out.bulk("since");
      out.bulk(spec.since());
      out.bulk("group");
      out.bulk(spec.group());
      synopsis.ifPresent(
          takes -> {
            out.bulk("arguments");
            takes.write(out);
          });
      if (parent) {
        out.bulk("subcommands");
        document(spec.subcommands().values(), out);
      }
    }
  }

  // --- COMMAND LIST

  /** Without a filter, lists commands and subcommands as a set; with one, as an array. */
  private static void list(Client client, Args args, RespWriter out) {
    boolean all = args.count() == 2;
    Predicate<CommandSpec> filter = all ? spec -> true : filter(args);
    List<String> names =
        table(client).all().stream()
            .filter(spec -> !spec.has(Flag.ABSENT))
            .filter(filter)
            .map(CommandSpec::fullName)
            .toList();
    if (all) {
      out.set(names.size());
    } else {
      out.array(names.size());
    }
    names.forEach(out::bulk);
  }

  private static Predicate<CommandSpec> filter(Args args) {
    if (args.count() != 5 || !args.is(2, "filterby")) {
      throw CommandError.syntax();
    }
    String value = args.get(4);
    if (args.is(3, "module")) {
      return spec -> false;
    } else if (args.is(3, "aclcat")) {
      String category = Bytes.lower(value);
      return spec -> spec.categories().contains(category);
    } else if (args.is(3, "pattern")) {
      Glob pattern = Glob.ignoringCase(value);
      return spec -> pattern.matches(spec.fullName());
    }
    throw CommandError.syntax();
  }

  // --- COMMAND GETKEYS

  private static void keys(Client client, Args args, RespWriter out) {
    Args asked = Args.of(args.from(2).toArray(new String[0]));
    List<String> keys = spec(client, asked).keysOf(asked);
    out.array(keys.size());
    keys.forEach(out::bulk);
  }

  private static void keysAndFlags(Client client, Args args, RespWriter out) {
    Args asked = Args.of(args.from(2).toArray(new String[0]));
    CommandSpec spec = spec(client, asked);
    List<String> keys = spec.keysOf(asked);
    out.array(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      out.array(2);
      out.bulk(keys.get(i));
      List<String> words = spec.useOf(asked, i).words();
      out.set(words.size());
      words.forEach(out::simple);
    }
  }

  private static CommandSpec spec(Client client, Args asked) {
    CommandSpec spec = lookUp(table(client), asked);
    if (spec == null) {
      throw new CommandError("ERR Invalid command specified");
    }
    if (!spec.hasKeys()) {
      throw new CommandError("ERR The command has no key arguments");
    }
    if (!spec.takes(asked.count())) {
      throw new CommandError("ERR Invalid number of arguments specified for command");
    }
    return spec;
  }

  /** The command or subcommand of these arguments; null if there is none. */
  static @Nullable CommandSpec lookUp(CommandTable table, Args asked) {
    CommandSpec spec = table.find(asked.get(0));
    return spec == null || spec.subcommands().isEmpty() || asked.count() == 1
        ? spec
        : spec.subcommands().get(Bytes.lower(asked.get(1)));
  }
}
