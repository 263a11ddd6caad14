package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;

/**
 * OBJECT and MEMORY: the encoding of a bucket, and the memory it takes. The bodies on a bucket run
 * in its process, the others in the client's.
 */
final class ObjectCommands {
  private ObjectCommands() {}

  static void addTo(CommandTable table) {
    addObject(table);
    addMemory(table);
  }

  private static void addObject(CommandTable table) {
    table
        .add(new CommandSpec("object", -2, help()))
        .doc("generic", "2.2.3", "A container for object introspection commands.")
        .with(
            object("encoding", ObjectCommands::encoding)
                .doc("generic", "2.2.3", "Returns the encoding of the value of a key."))
        .with(
            object("refcount", ObjectCommands::references)
                .doc("generic", "2.2.3", "Returns the number of references to the value of a key."))
        .with(
            object("idletime", ObjectCommands::idleTime)
                .doc("generic", "2.2.3", "Refuses: the use of keys is not recorded."))
        .with(
            object("freq", ObjectCommands::frequency)
                .doc("generic", "4.0.0", "Refuses: the use of keys is not recorded."))
        .with(
            new CommandSpec(
                    "help",
                    2,
                    help(
                        "OBJECT <subcommand> [<arg>]. Subcommands are:",
                        "ENCODING <key>",
                        "    The encoding of the key's value.",
                        "FREQ <key>",
                        "    An error: how often keys are used is not tracked.",
                        "IDLETIME <key>",
                        "    An error: when keys were last used is not tracked.",
                        "REFCOUNT <key>",
                        "    The number of references to the key's value: 1.",
                        "HELP",
                        "    Print this help."),
                    Flag.LOADING,
                    Flag.STALE)
                .in("keyspace")
                .doc("generic", "6.2.0", "Returns the subcommands of OBJECT."));
  }

  private static void addMemory(CommandTable table) {
    table
        .add(new CommandSpec("memory", -2, help()))
        .doc("server", "4.0.0", "A container for memory introspection commands.")
        .with(
            new CommandSpec("usage", -3, of(ObjectCommands::memoryUsage), Flag.READONLY)
                .keys(2, 2, 1, KeyUse.LOOKS)
                .doc("server", "4.0.0", "Returns the estimated memory of a key in bytes."))
        .with(
            new CommandSpec("stats", 2, client(MemoryStatsReply::write))
                .doc("server", "4.0.0", "Returns how memory is used."))
        .with(
            new CommandSpec("doctor", 2, client(ObjectCommands::doctor))
                .doc("server", "4.0.0", "Returns where to look for the use of memory."))
        .with(
            new CommandSpec("purge", 2, client((session, args, out) -> out.ok()))
                .doc("server", "4.0.0", "Does nothing: the JVM frees memory."))
        .with(
            new CommandSpec("malloc-stats", 2, client(ObjectCommands::allocator))
                .doc("server", "4.0.0", "Returns that the JVM allocates memory."))
        .with(
            new CommandSpec(
                    "help",
                    2,
                    help(
                        "MEMORY <subcommand> [<arg>]. Subcommands are:",
                        "DOCTOR, MALLOC-STATS",
                        "    Where to look instead.",
                        "PURGE",
                        "    Does nothing: the JVM frees memory.",
                        "STATS",
                        "    How memory is used.",
                        "USAGE <key> [SAMPLES <count>]",
                        "    The estimated memory of the key in bytes. SAMPLES has no effect.",
                        "HELP",
                        "    Print this help."),
                    Flag.LOADING,
                    Flag.STALE)
                .doc("server", "4.0.0", "Returns the subcommands of MEMORY."));
  }

  private static CommandSpec object(String name, CommandSpec.OfBucket body) {
    return new CommandSpec(name, 3, body, Flag.READONLY).keys(2, 2, 1, KeyUse.LOOKS).in("keyspace");
  }

  private static CommandSpec.OfBucket of(CommandSpec.OfBucket body) {
    return body;
  }

  private static CommandSpec.OfClient client(CommandSpec.OfClient body) {
    return body;
  }

  private static void doctor(Client client, Args args, RespWriter out) {
    out.verbatim("INFO memory shows the memory of buckets and clients, and the JVM's heap.\n");
  }

  private static void allocator(Client client, Args args, RespWriter out) {
    out.verbatim("Stats not supported for the current allocator");
  }

  private static CommandSpec.OfClient help(String... lines) {
    return (client, args, out) -> {
      out.array(lines.length);
      for (String line : lines) {
        out.simple(line);
      }
    };
  }

  /** KV has its own encodings; this is Redis's name for the most similar one. */
  private static void encoding(Entries bucket, Args args, RespWriter out) {
    switch (bucket.kind()) {
      case NONE -> out.nil();
      case HASH -> out.bulk("hashtable");
      case TEXT -> out.bulk("raw");
    }
  }

  private static void references(Entries bucket, Args args, RespWriter out) {
    if (bucket.exists()) {
      out.number(1);
    } else {
      out.nil();
    }
  }

  private static void idleTime(Entries bucket, Args args, RespWriter out) {
    untracked(bucket, out, "ERR when keys were last used is not tracked");
  }

  private static void frequency(Entries bucket, Args args, RespWriter out) {
    untracked(
        bucket,
        out,
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
            + " that when switching between policies at runtime LRU and LFU data will take some"
            + " time to adjust.");
  }

  private static void untracked(Entries bucket, RespWriter out, String why) {
    if (bucket.exists()) {
      throw new CommandError(why);
    }
    out.nil();
  }

  private static void memoryUsage(Entries bucket, Args args, RespWriter out) {
    for (int i = 3; i < args.count(); i += 2) { // Redis accepts the option more than once
      if (!args.is(i, "samples") || i + 1 == args.count() || args.integer(i + 1) < 0) {
        throw CommandError.syntax();
      }
    }
    if (bucket.exists()) {
      out.number(Footprint.bucket(bucket.name().length()) + bucket.bytes());
    } else {
      out.nil();
    }
  }
}
