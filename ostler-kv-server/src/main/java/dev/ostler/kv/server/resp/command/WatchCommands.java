package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketRef;
import dev.ostler.kv.bucket.BucketServer;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.Watcher;

/**
 * KV.WATCH and KV.CAS. The body of KV.WATCH runs in the client's process, that of KV.CAS in the
 * bucket's.
 */
final class WatchCommands {
  private WatchCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(
            new CommandSpec(
                "kv.watch",
                -2,
                of(WatchCommands::watch),
                Flag.READONLY,
                Flag.NO_MULTI,
                Flag.FAST,
                Flag.WHILE_SUBSCRIBED))
        .keys(1, 1, 1, KeyUse.READS)
        .in("pubsub")
        .doc(
            "hash",
            "7.0.0",
            "Subscribes to the changes of a bucket, from now on or after a change's number.");
    CommandSpec.OfBucket cas = WatchCommands::cas;
    table
        .add(new CommandSpec("kv.cas", 5, cas, Flag.WRITE, Flag.DENYOOM, Flag.FAST))
        .keys(1, 1, 1, KeyUse.READS_AND_UPDATES)
        .in("hash")
        .doc("hash", "7.0.0", "Sets the value of a field if it has the expected value.");
  }

  private static CommandSpec.OfClient of(CommandSpec.OfClient body) {
    return body;
  }

  /** The reply is the number of the bucket's last change; later changes are pushed. */
  private static void watch(Client client, Args args, RespWriter out) {
    boolean resumes = args.count() == 4 && args.is(2, "from");
    if (args.count() != 2 && !resumes) {
      throw CommandError.syntax();
    }
    long from = resumes ? args.integer(3) : BucketServer.NOW;
    if (resumes && from < 0) {
      throw new CommandError(CommandError.NOT_INTEGER);
    }
    String name = args.get(1);
    var watcher = client.subscriptions().watcher(name);
    BucketServer.Observed watched;
    try {
      watched =
          client
              .keyspace()
              .use(name, false, out.mayWait(), bucket -> watch(client, bucket, watcher, from))
              .orElseGet(BucketServer.Observed.Missing::new);
    } catch (KvException.BucketGone e) { // each of its processes has ended
      watched = new BucketServer.Observed.Missing();
    }
    switch (watched) {
      case BucketServer.Observed.From(long seq) -> out.number(seq);
      case BucketServer.Observed.Missing() -> throw new CommandError(CommandError.NO_SUCH_KEY);
      case BucketServer.Observed.NotKnown(long seq) ->
          throw new CommandError(
              "GAP the changes after "
                  + from
                  + " are not all known any more; the last one is "
                  + seq);
    }
  }

  private static BucketServer.Observed watch(
      Client client, BucketRef bucket, Watcher watcher, long from) {
    BucketServer.Observed watched = bucket.observe(watcher, from);
    if (watched instanceof BucketServer.Observed.From) {
      client.subscriptions().watch(watcher, bucket);
    }
    return watched;
  }

  private static void cas(Entries bucket, Args args, RespWriter out) {
    HashCommands.expectMap(bucket);
    var cas = new Operation.CompareAndPut(args.get(2), args.get(3), args.get(4));
    out.number(cas.on(bucket) == Operation.Stored.YES ? 1 : 0);
  }
}
