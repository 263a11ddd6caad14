package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.Settings;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;

/**
 * CONFIG: the settings, and the reset of INFO's counters. The bodies run in the client's process.
 */
final class ConfigCommands {
  private static final Flag[] FLAGS = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

  /** Settings whose values are passwords. */
  private static final Set<String> SECRET = Set.of("requirepass", "masterauth");

  private ConfigCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("config", -2, HelpText.container()))
        .doc("server", "2.0.0", "A container for server configuration commands.")
        .with(
            new CommandSpec("get", -3, of(ConfigCommands::get), FLAGS)
                .doc("server", "2.0.0", "Returns the values of settings."))
        .with(
            new CommandSpec("set", -4, of(ConfigCommands::set), FLAGS)
                .secret(ConfigCommands::isSecret)
                .doc("server", "2.0.0", "Changes settings, all of them or none."))
        .with(
            new CommandSpec("resetstat", 2, of(ConfigCommands::reset), FLAGS)
                .doc("server", "2.0.0", "Resets the counters of INFO."))
        .with(
            new CommandSpec("rewrite", 2, of(ConfigCommands::rewrite), FLAGS)
                .doc("server", "2.8.0", "Refuses: there is no file of settings."))
        .with(
            HelpText.of(
                "CONFIG",
                "GET <pattern> [<pattern> ...]",
                "    The settings whose names match, and their values.",
                "SET <name> <value> [<name> <value> ...]",
                "    Change settings, all of them or none.",
                "RESETSTAT",
                "    Reset the counters of INFO.",
                "REWRITE",
                "    An error: there is no file to write to."));
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  /** Whether this argument of CONFIG SET is the value of a secret setting. */
  private static boolean isSecret(Args args, int index) {
    return index > 2 && index % 2 == 1 && SECRET.contains(Bytes.lower(args.get(index - 1)));
  }

  private static void get(Client client, Args args, RespWriter out) {
    Map<String, String> found = client.server().settings().matching(args.from(2));
    out.map(found.size());
    found.forEach(
        (name, value) -> {
          out.bulk(name);
          out.bulk(value);
        });
  }

  private static void set(Client client, Args args, RespWriter out) {
    if (args.count() % 2 != 0) {
      throw CommandError.syntax();
    }
    var changes = new ArrayList<Map.Entry<String, String>>();
    for (int i = 2; i < args.count(); i += 2) {
      changes.add(Map.entry(args.get(i), args.get(i + 1)));
    }
    Settings settings = client.server().settings();
    settings.change(changes);
    client.server().clients().values().forEach(other -> other.backlog(settings.backlog()));
    out.ok();
  }

  private static void reset(Client client, Args args, RespWriter out) {
    client.server().stats().reset();
    out.ok();
  }

  private static void rewrite(Client client, Args args, RespWriter out) {
    throw new CommandError("ERR The server is running without a config file");
  }
}
