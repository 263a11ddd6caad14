package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Footprint;
import dev.ostler.kv.bucket.Keys;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.HashSet;

/**
 * HSET, HGET and other commands that read, write and remove a bucket's fields.
 *
 * <p>The bodies run in the bucket's process.
 */
final class HashCommands {
  /** To visit more fields than this takes longer than other clients should wait. */
  private static final int MANY_FIELDS = 10_000;

  private HashCommands() {}

  static void addTo(CommandTable table) {
    addWriters(table);
    add(table, "hget", 3, KeyUse.READS, HashCommands::hget, Flag.READONLY, Flag.FAST)
        .doc("hash", "2.0.0", "Returns the value of a field in a hash.");
    add(table, "hmget", -3, KeyUse.READS, HashCommands::hmget, Flag.READONLY, Flag.FAST)
        .doc("hash", "2.0.0", "Returns the values of fields of a hash.");
    add(table, "hexists", 3, KeyUse.LOOKS, HashCommands::hexists, Flag.READONLY, Flag.FAST)
        .doc("hash", "2.0.0", "Returns whether a field exists.");
    add(table, "hlen", 2, KeyUse.LOOKS, HashCommands::hlen, Flag.READONLY, Flag.FAST)
        .doc("hash", "2.0.0", "Returns the number of fields of a hash.");
    add(table, "hstrlen", 3, KeyUse.LOOKS, HashCommands::hstrlen, Flag.READONLY, Flag.FAST)
        .doc("hash", "3.2.0", "Returns the length of the value of a field.");
    add(table, "hkeys", 2, KeyUse.READS, HashCommands::hkeys, Flag.READONLY)
        .doc("hash", "2.0.0", "Returns all fields of a hash.");
    add(table, "hvals", 2, KeyUse.READS, HashCommands::hvals, Flag.READONLY)
        .doc("hash", "2.0.0", "Returns all values of a hash.");
    add(table, "hgetall", 2, KeyUse.READS, HashCommands::hgetall, Flag.READONLY)
        .doc("hash", "2.0.0", "Returns all fields of a hash, and their values.");
  }

  private static void addWriters(CommandTable table) {
    Flag[] writes = {Flag.WRITE, Flag.DENYOOM, Flag.FAST, Flag.CREATES};
    add(table, "hset", -4, KeyUse.UPDATES, HashCommands::hset, writes)
        .doc("hash", "2.0.0", "Sets the values of fields of a hash.");
    add(table, "hmset", -4, KeyUse.UPDATES, HashCommands::hmset, writes)
        .doc("hash", "2.0.0", "Sets the values of fields of a hash.");
    add(table, "hsetnx", 4, KeyUse.INSERTS_PART, HashCommands::hsetnx, writes)
        .doc("hash", "2.0.0", "Sets the value of a field that does not exist.");
    add(table, "hdel", -3, KeyUse.DELETES_PART, HashCommands::hdel, Flag.WRITE, Flag.FAST)
        .doc("hash", "2.0.0", "Deletes fields, and the hash if it is empty.");
  }

  /** Adds a command on one hash, whose key is the first argument. */
  static CommandSpec add(
      CommandTable table,
      String name,
      int arity,
      KeyUse use,
      CommandSpec.OfBucket body,
      Flag... flags) {
    return table.add(new CommandSpec(name, arity, body, flags)).keys(1, 1, 1, use).in("hash");
  }

  // --- What commands on hashes have in common

  /** Throws an error if the bucket holds a value and not a hash. */
  static void expectMap(Entries bucket) {
    if (bucket.kind() == BucketStore.Kind.TEXT) {
      throw CommandError.wrongType();
    }
  }

  /**
   * Throws an error if there would be more fields than allowed.
   *
   * @param first the index of the first field
   * @param step the distance between the indexes of fields
   */
  static void expectRoom(Entries bucket, Args args, int first, int step) {
    int most = bucket.environment().limits().keys();
    if (bucket.size() + (args.count() - first) / step <= most) {
      return; // there is room even if all fields are new, as mostly
    }
    var added = new HashSet<String>();
    for (int i = first; i < args.count(); i += step) {
      if (!bucket.has(args.get(i))) {
        added.add(args.get(i));
      }
    }
    if (!added.isEmpty() && bucket.size() + added.size() > most) {
      throw new CommandError("ERR the hash may have " + most + " fields, and would have more");
    }
  }

  // --- Commands

  private static void hset(Entries bucket, Args args, RespWriter out) {
    out.number(set(bucket, args, "hset"));
  }

  private static void hmset(Entries bucket, Args args, RespWriter out) {
    int _ = set(bucket, args, "hmset");
    out.ok();
  }

  /** Sets the fields; returns how many of them are new. */
  private static int set(Entries bucket, Args args, String command) {
    if (args.count() % 2 != 0) {
      throw new CommandError("ERR wrong number of arguments for '" + command + "' command");
    }
    expectMap(bucket);
    expectRoom(bucket, args, 2, 2);
    int before = bucket.size();
    for (int i = 2; i < args.count(); i += 2) {
      bucket.put(args, i);
    }
    bucket.tell('h', "hset");
    return bucket.size() - before;
  }

  private static void hsetnx(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    boolean absent = !bucket.has(args.get(2));
    if (absent) {
      expectRoom(bucket, args, 2, 2);
      var _ = new Operation.PutIfAbsent(args.get(2), args.get(3)).on(bucket);
    }
    out.number(absent ? 1 : 0);
  }

  private static void hdel(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    int removed = 0;
    for (int i = 2; i < args.count(); i++) {
      if (bucket.has(args.get(i))) {
        bucket.apply(new Change.Removed(args.get(i)));
        removed++;
      }
    }
    if (removed > 0) {
      Keys.tellRemoved(bucket);
    }
    out.number(removed);
  }

  private static void hget(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    out.stored(bucket.get(args, 2));
  }

  private static void hmget(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    out.array(args.count() - 2);
    for (int i = 2; i < args.count(); i++) {
      out.stored(bucket.get(args, i));
    }
  }

  private static void hexists(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    out.number(bucket.has(args.get(2)) ? 1 : 0);
  }

  private static void hlen(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    out.number(bucket.size());
  }

  private static void hstrlen(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    Object value = bucket.get(args, 2);
    out.number(value == null ? 0 : Stored.length(value));
  }

  /** The least size of its keys and values, in bytes. */
  static long content(Entries bucket) {
    return bucket.bytes() - Footprint.MAP - (Footprint.ENTRY + Footprint.SMALL) * bucket.size();
  }

  /**
   * Must be called before all fields are visited: many of them are not visited on a thread that
   * serves other clients.
   */
  static void expectVisit(Entries bucket, RespWriter out) {
    if (bucket.size() > MANY_FIELDS) {
      out.expectMayWait();
    }
  }

  private static void hkeys(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    expectVisit(bucket, out);
    out.array(bucket.size());
    bucket.forEachStored((field, value) -> out.stored(field));
  }

  private static void hvals(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    expectVisit(bucket, out);
    out.array(bucket.size());
    bucket.forEachStored((field, value) -> out.stored(value));
  }

  private static void hgetall(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    expectVisit(bucket, out);
    out.expect(content(bucket));
    out.map(bucket.size());
    bucket.forEachStored(
        (field, value) -> {
          out.stored(field);
          out.stored(value);
        });
  }
}
