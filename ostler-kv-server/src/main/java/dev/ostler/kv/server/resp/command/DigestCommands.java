package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;

/**
 * DIGEST and DELEX of Redis 8.4: what optimistic locks need, besides SET.
 *
 * <p>The bodies run in the bucket's process.
 */
final class DigestCommands {
  private DigestCommands() {}

  static void addTo(CommandTable table) {
    StringCommands.add(
            table, "digest", 2, KeyUse.READS, DigestCommands::digest, Flag.READONLY, Flag.FAST)
        .doc("string", "8.4.0", "Returns the digest of the value of a key.");
    StringCommands.add(
            table,
            "delex",
            -2,
            KeyUse.READS_AND_DELETES,
            DigestCommands::delex,
            Flag.WRITE,
            Flag.FAST)
        .doc("string", "8.4.0", "Deletes a key if its value, or the digest of that, is this one.");
  }

  private static void digest(Entries bucket, Args args, RespWriter out) {
    Object value = StringCommands.value(bucket);
    if (value == null) {
      out.nil();
    } else {
      StringPartCommands.expectLong(Stored.length(value), out);
      out.later(writer -> writer.bulk(Condition.digest(value)));
    }
  }

  private static void delex(Entries bucket, Args args, RespWriter out) {
    if (args.count() != 2 && args.count() != 4) {
      throw new CommandError("ERR wrong number of arguments for 'delex' command");
    }
    boolean met = bucket.exists();
    if (args.count() == 4) {
      Condition condition = Condition.of(args, 2);
      if (condition == null) {
        throw new CommandError("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
      }
      Object value = StringCommands.value(bucket);
      met = value != null && condition.isMet(value, out);
    }
    if (met) {
      StringCommands.drop(bucket);
    }
    out.number(met ? 1 : 0);
  }
}
