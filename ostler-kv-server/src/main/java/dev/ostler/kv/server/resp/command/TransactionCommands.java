package dev.ostler.kv.server.resp.command;

import dev.ostler.CallException;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.BucketTask;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bucket.MissingBucketWatches;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.Client;
import dev.ostler.kv.server.resp.ClientMemory;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.ScriptRun;
import dev.ostler.kv.server.resp.Transaction;
import java.util.Arrays;

/** MULTI, EXEC, DISCARD, WATCH and UNWATCH. The bodies run in the client's process. */
final class TransactionCommands {
  /** More commands, or more buckets to lock, take longer than other clients should wait. */
  private static final int FEW_STEPS = 100;

  private TransactionCommands() {}

  static void addTo(CommandTable table) {
    add(table, "multi", 1, TransactionCommands::multi, Flag.AT_ONCE, Flag.FAST, Flag.ALLOW_BUSY)
        .doc("transactions", "1.2.0", "Starts a transaction: later commands are queued.");
    add(
            table,
            "exec",
            1,
            TransactionCommands::exec,
            Flag.AT_ONCE,
            Flag.RUNS_QUEUE,
            Flag.SKIP_SLOWLOG)
        .doc("transactions", "1.2.0", "Runs all queued commands at one moment.");
    add(table, "discard", 1, TransactionCommands::discard, Flag.AT_ONCE, Flag.FAST, Flag.ALLOW_BUSY)
        .doc("transactions", "2.0.0", "Discards the queued commands.");
    add(table, "watch", -2, TransactionCommands::watch, Flag.AT_ONCE, Flag.FAST, Flag.ALLOW_BUSY)
        .keys(1, -1, 1, KeyUse.LOOKS)
        .doc("transactions", "2.2.0", "Makes the next EXEC fail if one of the keys changes.");
    add(table, "unwatch", 1, TransactionCommands::unwatch, Flag.FAST, Flag.ALLOW_BUSY)
        .doc("transactions", "2.2.0", "Stops watching all keys.");
  }

  private static CommandSpec add(
      CommandTable table, String name, int arity, CommandSpec.OfClient body, Flag... more) {
    Flag[] flags = Arrays.copyOf(more, more.length + 3);
    flags[more.length] = Flag.NOSCRIPT;
    flags[more.length + 1] = Flag.LOADING;
    flags[more.length + 2] = Flag.STALE;
    return table.add(new CommandSpec(name, arity, body, flags)).in("transaction");
  }

  private static void multi(Client client, Args args, RespWriter out) {
    if (client.transaction().isOpen()) {
      throw new CommandError("ERR MULTI calls can not be nested");
    }
    client.transaction().open();
    out.ok();
  }

  private static void discard(Client client, Args args, RespWriter out) {
    if (!client.transaction().isOpen()) {
      throw new CommandError("ERR DISCARD without MULTI");
    }
    client.transaction().close();
    out.ok();
  }

  // --- EXEC

  private static void exec(Client client, Args args, RespWriter out) {
    Transaction transaction = client.transaction();
    if (!transaction.isOpen()) {
      throw new CommandError("ERR EXEC without MULTI");
    }
    if (transaction.isBroken()) {
      transaction.close();
      throw new CommandError("EXECABORT Transaction discarded because of previous errors.");
    }
    boolean takesLong =
        transaction.queued().size() > FEW_STEPS
            || transaction.words() > Client.MANY_ARGUMENTS
            || transaction.has(Flag.SLOW)
            || transaction.names().size() > FEW_STEPS
            || (transaction.asksBeyond() && client.keyspace().isDurable());
    if (takesLong) {
      out.expectMayWait();
    }
    RespWriter replies;
    try {
      if (transaction.has(Flag.WRITE)) {
        client.keyspace().admitChange(out.mayWait());
      }
      replies =
          client
              .keyspace()
              .withAll(
                  transaction.names(),
                  transaction.created(),
                  out.mayWait(),
                  client.gate(),
                  buckets -> all(client, buckets, out.anotherThatMayWait()));
    } catch (ScriptRun.Undone e) {
      transaction.close();
      throw new CommandError("EXECABORT Transaction discarded because of: " + e.text());
    } catch (KvException | CallException | Error e) {
      transaction.close();
      throw e;
    }
    if (transaction.asksBeyond()) {
      client.gate().need(client.keyspace().position());
    }
    transaction.close();
    out.append(replies);
    out.protocol(replies.protocol()); // one of the commands may have been HELLO
  }

  /**
   * Runs all queued commands in order. Uses a writer of its own, because a caller that has given up
   * waiting must not see its output. A refused command changes nothing, and the next ones still
   * run.
   */
  private static RespWriter all(Client client, LockedBuckets buckets, RespWriter out) {
    Transaction transaction = client.transaction();
    if (!transaction.isUntouched(buckets)) {
      out.nilArray();
      return out;
    }
    out.array(transaction.queued().size());
    for (Transaction.Queued each : transaction.queued()) {
      client.performLocked(each.spec(), each.args(), buckets, out);
    }
    return out;
  }

  // --- WATCH

  private static void watch(Client client, Args args, RespWriter out) {
    if (client.transaction().isOpen()) {
      throw new CommandError("ERR WATCH inside MULTI is not allowed");
    }
    client.memory().take(ClientMemory.ofWatches(args));
    for (String name : args.from(1)) {
      client.transaction().watch(name, watched(client, name, out.mayWait()));
    }
    out.ok();
  }

  /** The bucket's state. Starts to watch for the creation of a missing bucket before it looks. */
  private static Transaction.Watched watched(Client client, String name, boolean mayWait) {
    MissingBucketWatches missingWatches = client.keyspace().environment().missingWatches();
    MissingBucketWatches.Watch watch = missingWatches.watch(name, client.client());
    boolean missing = false;
    try {
      long seq = client.keyspace().with(name, false, new Look(mayWait));
      missing = seq == Transaction.MISSING;
      return new Transaction.Watched(seq, missing ? watch : null);
    } finally {
      if (!missing) {
        missingWatches.forget(watch);
      }
    }
  }

  /** Reads the number to remember a bucket by. */
  private static final class Look extends BucketTask<Long> {
    Look(boolean mayWait) {
      super(mayWait);
    }

    @Override
    protected Long runOn(Entries entries) {
      return Transaction.mark(entries);
    }
  }

  private static void unwatch(Client client, Args args, RespWriter out) {
    client.transaction().unwatch();
    out.ok();
  }
}
