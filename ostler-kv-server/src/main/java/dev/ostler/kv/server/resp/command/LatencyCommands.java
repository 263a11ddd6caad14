package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * LATENCY: how long commands take. Single events are not sampled. The bodies run in the client's
 * process.
 */
final class LatencyCommands {
  private static final Flag[] FLAGS = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

  private LatencyCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("latency", -2, HelpText.container()))
        .doc("server", "2.8.13", "A container for latency commands.")
        .with(
            sub("histogram", -2, LatencyCommands::histogram)
                .doc("server", "7.0.0", "Returns histograms of the durations of commands."))
        .with(
            sub("latest", 2, (client, args, out) -> out.array(0))
                .doc("server", "2.8.13", "Returns an empty list: events are not sampled."))
        .with(
            sub("history", 3, (client, args, out) -> out.array(0))
                .doc("server", "2.8.13", "Returns an empty list: events are not sampled."))
        .with(
            sub("graph", 3, LatencyCommands::graph)
                .doc("server", "2.8.13", "Refuses: events are not sampled."))
        .with(
            sub("doctor", 2, LatencyCommands::doctor)
                .doc("server", "2.8.13", "Returns where to look: events are not sampled."))
        .with(
            sub("reset", -2, (client, args, out) -> out.number(0))
                .doc("server", "2.8.13", "Returns 0: events are not sampled."))
        .with(
            HelpText.of(
                "LATENCY",
                "HISTOGRAM [<command> ...]",
                "    Histograms of the durations of these commands, or of all.",
                "DOCTOR, GRAPH <event>, HISTORY <event>, LATEST, RESET [<event> ...]",
                "    The replies of a server that does not sample events."));
  }

  private static CommandSpec sub(String name, int arity, CommandSpec.OfClient body) {
    return new CommandSpec(name, arity, body, FLAGS);
  }

  /**
   * The histograms of these commands and their subcommands, or of all, without those that were
   * never called.
   */
  private static void histogram(Client client, Args args, RespWriter out) {
    CommandTable table = client.server().commands();
    List<CommandSpec> asked = table.all();
    if (args.count() > 2) {
      asked = new ArrayList<>();
      for (String name : args.from(2)) {
        CommandSpec spec = table.findFull(name);
        if (spec != null) {
          asked.add(spec);
          asked.addAll(spec.subcommands().values());
        }
      }
    }
    List<CommandSpec> called =
        asked.stream().filter(spec -> !latencies(client, spec).isEmpty()).toList();
    out.map(called.size());
    called.forEach(spec -> write(spec.fullName(), latencies(client, spec), out));
  }

  private static Map<Long, Long> latencies(Client client, CommandSpec spec) {
    return client.server().stats().of(spec).latencies.cumulative();
  }

  private static void write(String name, Map<Long, Long> cumulative, RespWriter out) {
    out.bulk(name);
    out.map(2);
    out.bulk("calls");
    out.number(cumulative.values().stream().mapToLong(Long::longValue).max().orElse(0));
    out.bulk("histogram_usec");
    out.map(cumulative.size());
    cumulative.forEach(
        (micros, calls) -> {
          out.number(micros);
          out.number(calls);
        });
  }

  private static void graph(Client client, Args args, RespWriter out) {
    throw new CommandError("ERR No samples available for event '" + args.get(2) + "'");
  }

  private static void doctor(Client client, Args args, RespWriter out) {
    out.verbatim(
        "KV does not sample single events. LATENCY HISTOGRAM shows how long commands took, and"
            + " SLOWLOG which of them took long.\n");
  }
}
