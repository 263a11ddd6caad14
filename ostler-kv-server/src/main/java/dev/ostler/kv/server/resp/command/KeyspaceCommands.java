package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.BucketStore;
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
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * KEYS, SCAN, DBSIZE, FLUSHALL and other commands on all buckets. The bodies run in the client's
 * process.
 */
final class KeyspaceCommands {
  /** This many names can be visited while other clients wait. */
  private static final long FEW_NAMES = 1000;

  private KeyspaceCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("keys", 2, of(KeyspaceCommands::keys), Flag.READONLY, Flag.SLOW))
        .in("keyspace", "dangerous")
        .doc("generic", "1.0.0", "Returns all keys whose names match a pattern.");
    table
        .add(new CommandSpec("scan", -2, of(KeyspaceCommands::scan), Flag.READONLY))
        .in("keyspace")
        .doc("generic", "2.8.0", "Iterates over the names of all keys.");
    table
        .add(new CommandSpec("randomkey", 1, of(KeyspaceCommands::randomKey), Flag.READONLY))
        .in("keyspace")
        .doc("generic", "1.0.0", "Returns the name of a random key.");
    table
        .add(new CommandSpec("dbsize", 1, of(KeyspaceCommands::size), Flag.READONLY, Flag.FAST))
        .in("keyspace")
        .doc("server", "1.0.0", "Returns the number of keys.");
    table
        .add(new CommandSpec("flushall", -1, of(KeyspaceCommands::dropAll), Flag.WRITE, Flag.SLOW))
        .in("keyspace", "dangerous")
        .doc("server", "1.0.0", "Deletes all keys.");
    table
        .add(new CommandSpec("flushdb", -1, of(KeyspaceCommands::dropAll), Flag.WRITE, Flag.SLOW))
        .in("keyspace", "dangerous")
        .doc("server", "1.0.0", "Deletes all keys of the only database.");
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  private static void keys(Client client, Args args, RespWriter out) {
    Glob pattern = Glob.of(args.get(1));
    var names = new ArrayList<String>();
    client
        .keyspace()
        .forEachName(
            client.locked(),
            name -> {
              if (pattern.matches(name)) {
                names.add(name);
              }
            });
    write(names, out);
  }

  private static void write(List<String> names, RespWriter out) {
    out.array(names.size());
    names.forEach(out::bulk);
  }

  private static void scan(Client client, Args args, RespWriter out) {
    Scan scan = Scan.of(args);
    if (scan.count() > FEW_NAMES) {
      out.expectMayWait();
    }
    var names = new ArrayList<String>();
    long next =
        client
            .keyspace()
            .scan(
                scan.cursor(),
                scan.count(),
                out.mayWait(),
                client.locked(),
                (name, kind) -> {
                  if (scan.wants(name, kind)) {
                    names.add(name);
                  }
                });
    out.array(2);
    out.bulk(Long.toUnsignedString(next));
    write(names, out);
  }

  /** The options of SCAN. */
  record Scan(long cursor, long count, @Nullable Glob pattern, @Nullable String type) {
    static Scan of(Args args) {
      long cursor = cursor(args.get(1));
      long count = 10;
      Glob pattern = null;
      String type = null;
      for (int i = 2; i < args.count(); i += 2) {
        if (args.is(i, "novalues")) {
          throw new CommandError("ERR NOVALUES option can only be used in HSCAN");
        } else if (i + 1 == args.count()) {
          throw CommandError.syntax();
        } else if (args.is(i, "count")) {
          count = args.integer(i + 1);
          if (count < 1) {
            throw CommandError.syntax();
          }
        } else if (args.is(i, "match")) {
          pattern = Glob.of(args.get(i + 1));
        } else if (args.is(i, "type")) {
          type = Bytes.lower(args.get(i + 1));
        } else {
          throw CommandError.syntax();
        }
      }
      return new Scan(cursor, count, pattern, type);
    }

    /** The cursor in this argument. */
    static long cursor(String word) {
      try {
        return Long.parseUnsignedLong(word);
      } catch (NumberFormatException e) {
        throw new CommandError("ERR invalid cursor");
      }
    }

    /** Whether a bucket matches. No bucket matches an unknown type, which is not an error. */
    boolean wants(String name, BucketStore.Kind kind) {
      return (type == null || type.equals(KeyCommands.word(kind)))
          && (pattern == null || pattern.matches(name));
    }
  }

  private static void randomKey(Client client, Args args, RespWriter out) {
    out.bulk(client.keyspace().random(ThreadLocalRandom.current(), out.mayWait(), client.locked()));
  }

  private static void size(Client client, Args args, RespWriter out) {
    out.number(client.keyspace().size(out.mayWait(), client.locked()));
  }

  /**
   * ASYNC and SYNC are the same: the garbage collector frees the memory, and no client waits for
   * it.
   */
  private static void dropAll(Client client, Args args, RespWriter out) {
    if (args.count() > 2 || (args.count() == 2 && !args.is(1, "async") && !args.is(1, "sync"))) {
      throw CommandError.syntax();
    }
    client.keyspace().dropAll(client.locked());
    out.ok();
  }
}
