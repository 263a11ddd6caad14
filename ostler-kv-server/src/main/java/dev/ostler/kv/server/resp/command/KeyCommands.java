package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.MemoryCeiling;
import dev.ostler.kv.server.resp.RespWriter;

/**
 * DEL, EXISTS, RENAME, COPY, CREATE and other commands on buckets of any kind. The bodies run in
 * the bucket's process, or while all their buckets are locked.
 */
final class KeyCommands {
  private static final Operation.Drop DROP = new Operation.Drop();

  private KeyCommands() {}

  static void addTo(CommandTable table) {
    addEach(table);
    table
        .add(new CommandSpec("type", 2, of(KeyCommands::type), Flag.READONLY, Flag.FAST))
        .keys(1, 1, 1, KeyUse.LOOKS)
        .in("keyspace")
        .doc("generic", "1.0.0", "Returns the type of the value of a key.");
    table
        .add(new CommandSpec("rename", 3, all(KeyCommands::rename), Flag.WRITE, Flag.CREATES_LAST))
        .keys(1, 2, 1, KeyUse.READS_AND_DELETES, KeyUse.REPLACES)
        .in("keyspace")
        .doc("generic", "1.0.0", "Renames a key, and overwrites the key with the new name.");
    table
        .add(
            new CommandSpec(
                "renamenx",
                3,
                all(KeyCommands::renameNx),
                Flag.WRITE,
                Flag.FAST,
                Flag.CREATES_LAST))
        .keys(1, 2, 1, KeyUse.READS_AND_DELETES, KeyUse.INSERTS)
        .in("keyspace")
        .doc("generic", "1.0.0", "Renames a key if the new name is free.");
    table
        .add(
            new CommandSpec(
                "copy", -3, all(KeyCommands::copy), Flag.WRITE, Flag.DENYOOM, Flag.CREATES_LAST))
        .keys(1, 2, 1, KeyUse.READS, KeyUse.REPLACES)
        .in("keyspace")
        .doc("generic", "6.2.0", "Copies the value of a key to another key.");
    addCreate(table, "kv.create");
    addCreate(table, "create");
  }

  private static void addEach(CommandTable table) {
    table
        .add(new CommandSpec("del", -2, each(DROP::on), Flag.WRITE))
        .keys(1, -1, 1, KeyUse.DELETES)
        .in("keyspace")
        .doc("generic", "1.0.0", "Deletes keys.");
    table
        .add(new CommandSpec("unlink", -2, each(DROP::on), Flag.WRITE, Flag.FAST))
        .keys(1, -1, 1, KeyUse.DELETES)
        .in("keyspace")
        .doc("generic", "4.0.0", "Deletes keys; the same as DEL.");
    table
        .add(new CommandSpec("exists", -2, each(Entries::exists), Flag.READONLY, Flag.FAST))
        .keys(1, -1, 1, KeyUse.LOOKS)
        .in("keyspace")
        .doc("generic", "1.0.0", "Returns how many of the keys exist.");
    table
        .add(new CommandSpec("touch", -2, each(Entries::exists), Flag.READONLY, Flag.FAST))
        .keys(1, -1, 1, KeyUse.LOOKS)
        .in("keyspace")
        .doc("generic", "3.2.1", "Returns how many of the keys exist.");
  }

  private static void addCreate(CommandTable table, String name) {
    table
        .add(
            new CommandSpec(
                name,
                2,
                of(KeyCommands::create),
                Flag.WRITE,
                Flag.DENYOOM,
                Flag.FAST,
                Flag.CREATES))
        .keys(1, 1, 1, KeyUse.UPDATES)
        .in("keyspace", "hash")
        .doc(
            "generic",
            "7.0.0",
            "Creates a bucket that exists until it is deleted, even without keys.");
  }

  private static CommandSpec.OfEach each(CommandSpec.OfEach body) {
    return body;
  }

  private static CommandSpec.OfBucket of(CommandSpec.OfBucket body) {
    return body;
  }

  private static CommandSpec.OfBuckets all(CommandSpec.OfBuckets body) {
    return body;
  }

  private static void type(Entries bucket, Args args, RespWriter out) {
    out.simple(word(bucket.kind()));
  }

  /** Redis's name for a kind of bucket. */
  static String word(BucketStore.Kind kind) {
    return switch (kind) {
      case NONE -> "none";
      case HASH -> "hash";
      case TEXT -> "string";
    };
  }

  private static void create(Entries bucket, Args args, RespWriter out) {
    if (bucket.kind() == BucketStore.Kind.TEXT) {
      throw CommandError.wrongType();
    }
    var _ = new Operation.Pin().on(bucket);
    out.ok();
  }

  private static void rename(LockedBuckets buckets, Args args, RespWriter out) {
    Entries from = existing(buckets, args);
    if (!args.get(1).equals(args.get(2))) {
      HashCommands.expectVisit(from, out);
      move(from, buckets.get(args.get(2)));
    }
    out.ok();
  }

  private static void renameNx(LockedBuckets buckets, Args args, RespWriter out) {
    Entries from = existing(buckets, args);
    Entries to = buckets.get(args.get(2));
    if (to.exists()) { // also if both are the same bucket
      out.number(0);
      return;
    }
    HashCommands.expectVisit(from, out);
    move(from, to);
    out.number(1);
  }

  private static Entries existing(LockedBuckets buckets, Args args) {
    Entries from = buckets.get(args.get(1));
    if (!from.exists()) {
      throw new CommandError(CommandError.NO_SUCH_KEY);
    }
    return from;
  }

  private static void move(Entries from, Entries to) {
    replace(from, to);
    from.apply(new Change.Dropped());
    from.tell('g', "rename_from");
    to.tell('g', "rename_to");
  }

  /** Replaces the content of the second bucket by that of the first. */
  private static void replace(Entries from, Entries to) {
    if (to.exists()) {
      to.apply(new Change.Dropped());
    }
    from.changes(to::apply);
  }

  private static void copy(LockedBuckets buckets, Args args, RespWriter out) {
    boolean replaces = copyReplaces(args);
    if (args.get(1).equals(args.get(2))) {
      throw new CommandError("ERR source and destination objects are the same");
    }
    Entries from = buckets.get(args.get(1));
    Entries to = buckets.get(args.get(2));
    if (!from.exists()) {
      from.tellMiss();
    }
    if (!from.exists() || (to.exists() && !replaces)) {
      out.number(0);
      return;
    }
    HashCommands.expectVisit(from, out);
    MemoryCeiling.expectRoom(from.environment(), from.bytes());
    replace(from, to);
    to.tell('g', "copy_to");
    out.number(1);
  }

  /** Whether COPY has the option REPLACE. */
  private static boolean copyReplaces(Args args) {
    boolean replaces = false;
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "replace")) {
        replaces = true;
      } else if (args.is(i, "db") && i + 1 < args.count()) {
        long database = args.integer(++i);
        if (database != (int) database) {
          throw new CommandError(
              "ERR value is out of range, value must between -2147483648 and 2147483647");
        }
        if (database != 0) {
          throw new CommandError("ERR DB index is out of range");
        }
      } else {
        throw CommandError.syntax();
      }
    }
    return replaces;
  }
}
