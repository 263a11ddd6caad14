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
 * CLUSTER, MODULE, ROLE, WAIT, MOVE and others about several servers, databases or modules. They
 * reply as a single server with one database and no modules does. The bodies run in the client's
 * process.
 */
final class AloneCommands {
  private static final String NO_CLUSTER = "ERR This instance has cluster support disabled";

  private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NO_ASYNC_LOADING, Flag.STALE};

  private AloneCommands() {}

  static void addTo(CommandTable table) {
    addCluster(table);
    addModule(table);
    addReplication(table);
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

  private static CommandSpec.OfClient saying(String error) {
    return (client, args, out) -> {
      throw new CommandError(error);
    };
  }

  // --- CLUSTER

  private static void addCluster(CommandTable table) {
    CommandSpec cluster =
        table
            .add(new CommandSpec("cluster", -2, HelpText.container()))
            .doc("cluster", "3.0.0", "Returns that this is not a cluster.");
    addCluster(cluster, "help/2 slots/2 shards/2", Flag.LOADING, Flag.STALE);
    addCluster(
        cluster,
        "info/2 nodes/2 links/2 myid/2 myshardid/2 keyslot/3 countkeysinslot/3 getkeysinslot/4",
        Flag.STALE);
    addCluster(cluster, "slaves/3 replicas/3 count-failure-reports/3", Flag.ADMIN, Flag.STALE);
    addCluster(cluster, "reset/-2", Flag.ADMIN, Flag.NOSCRIPT, Flag.STALE);
    addCluster(
        cluster,
        "addslots/-3 addslotsrange/-4 bumpepoch/2 delslots/-3 delslotsrange/-4 failover/-2"
            + " flushslots/2 forget/3 meet/-4 replicate/3 saveconfig/2 set-config-epoch/3"
            + " setslot/-4",
        ADMIN);
    for (String name : List.of("readonly", "readwrite")) {
      table
          .add(new CommandSpec(name, 1, saying(NO_CLUSTER), Flag.LOADING, Flag.STALE, Flag.FAST))
          .in("connection")
          .doc("cluster", "3.0.0", "Returns that this is not a cluster.");
    }
    table
        .add(new CommandSpec("asking", 1, saying(NO_CLUSTER), Flag.FAST))
        .in("connection")
        .doc("cluster", "3.0.0", "Returns that this is not a cluster.");
  }

  private static void addCluster(CommandSpec cluster, String commands, Flag... flags) {
    for (String command : List.of(commands.split(" ", -1))) {
      int slash = command.indexOf('/');
      int arity = Integer.parseInt(command.substring(slash + 1));
      cluster.with(
          new CommandSpec(command.substring(0, slash), arity, saying(NO_CLUSTER), flags)
              .doc("cluster", "3.0.0", "Returns that this is not a cluster."));
    }
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

  // --- Replicas

  private static void addReplication(CommandTable table) {
    table
        .add(
            new CommandSpec(
                "role",
                1,
                of(AloneCommands::role),
                Flag.NOSCRIPT,
                Flag.LOADING,
                Flag.STALE,
                Flag.FAST))
        .in("admin", "dangerous")
        .doc("server", "2.8.12", "Returns that this is a master without replicas.");
    for (String name : List.of("replicaof", "slaveof")) {
      table
          .add(
              new CommandSpec(
                  name,
                  3,
                  of(AloneCommands::replicaOf),
                  Flag.ADMIN,
                  Flag.NO_ASYNC_LOADING,
                  Flag.NOSCRIPT,
                  Flag.STALE))
          .doc("server", "1.0.0", "Accepts NO ONE, and refuses to follow another server.");
    }
    table
        .add(
            new CommandSpec(
                "failover", -1, of(AloneCommands::failOver), Flag.ADMIN, Flag.NOSCRIPT, Flag.STALE))
        .doc("server", "6.2.0", "Refuses: there are no replicas.");
    table
        .add(new CommandSpec("wait", 3, of(AloneCommands::await), Flag.BLOCKING))
        .in("connection")
        .doc("generic", "3.0.0", "Returns 0 at once: there are no replicas.");
    table
        .add(new CommandSpec("waitaof", 4, of(AloneCommands::awaitFile), Flag.BLOCKING))
        .in("connection")
        .doc("generic", "7.2.0", "Returns that no replica has the last changes.");
  }

  private static void role(Client client, Args args, RespWriter out) {
    out.array(3);
    out.bulk("master");
    out.number(0);
    out.array(0);
  }

  private static void failOver(Client client, Args args, RespWriter out) {
    boolean aborts = args.count() == 2 && args.is(1, "abort");
    throw new CommandError(
        aborts ? "ERR No failover in progress." : "ERR FAILOVER requires connected replicas.");
  }

  private static void replicaOf(Client client, Args args, RespWriter out) {
    if (!args.is(1, "no") || !args.is(2, "one")) {
      throw new CommandError(
          "ERR REPLICAOF is not supported: a KV server cannot follow another server");
    }
    out.ok();
  }

  /** There are no replicas to wait for. */
  private static void await(Client client, Args args, RespWriter out) {
    var _ = args.integer(1);
    expectTimeout(args, 2);
    out.number(0);
  }

  private static void awaitFile(Client client, Args args, RespWriter out) {
    long local = args.integer(1, "ERR value is out of range, value must between 0 and 1");
    if (local < 0 || local > 1) {
      throw new CommandError("ERR value is out of range, value must between 0 and 1");
    }
    if (args.integer(2) < 0) {
      throw new CommandError("ERR value is out of range, must be positive");
    }
    expectTimeout(args, 3);
    if (local == 1) {
      throw new CommandError(
          client.keyspace().isDurable()
              ? "ERR WAITAOF is not supported: with --sync always each reply is sent"
                  + " once its change is on the disk"
              : "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
    }
    out.array(2);
    out.number(0);
    out.number(0);
  }

  private static void expectTimeout(Args args, int index) {
    if (args.integer(index, "ERR timeout is not an integer or out of range") < 0) {
      throw new CommandError("ERR timeout is negative");
    }
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
