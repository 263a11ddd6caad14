package dev.ostler.kv;

import dev.ostler.kv.CommandSpec.Flag;

/** HSET, HGET and the others on a bucket's keys. */
final class HashCommands {
  private HashCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(
            new CommandSpec(
                "hset",
                -4,
                of(HashCommands::hset),
                Flag.WRITE,
                Flag.DENYOOM,
                Flag.FAST,
                Flag.CREATES))
        .keys(1, 1, 1)
        .in("hash")
        .doc("hash", "2.0.0", "Creates or modifies the value of a field in a hash.");
    table
        .add(new CommandSpec("hget", 3, of(HashCommands::hget), Flag.READONLY, Flag.FAST))
        .keys(1, 1, 1)
        .in("hash")
        .doc("hash", "2.0.0", "Returns the value of a field in a hash.");
  }

  private static CommandSpec.OfBucket of(CommandSpec.OfBucket body) {
    return body;
  }

  /** Refuses what is no map, or is one value. */
  private static void expectMap(Entries bucket) {
    if (bucket.kind() == Entries.Kind.TEXT) {
      throw CommandError.wrongType();
    }
  }

  private static void hset(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    if (args.count() % 2 != 0) {
      throw new CommandError("ERR wrong number of arguments for 'hset' command");
    }
    int added = 0;
    for (int i = 2; i < args.count(); i += 2) {
      added += bucket.get(args.get(i)) == null ? 1 : 0;
      bucket.apply(new Change.Put(args.get(i), args.get(i + 1)));
    }
    bucket.tell('h', "hset");
    out.number(added);
  }

  private static void hget(Entries bucket, Args args, RespWriter out) {
    expectMap(bucket);
    out.bulk(bucket.get(args.get(2)));
  }
}
