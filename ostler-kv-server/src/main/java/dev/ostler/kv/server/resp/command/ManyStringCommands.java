package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;

/**
 * MGET, MSET, MSETNX and LCS: commands on several buckets with values.
 *
 * <p>The bodies run while all buckets are locked.
 */
final class ManyStringCommands {
  private ManyStringCommands() {}

  static void addTo(CommandTable table) {
    add(table, "mget", -2, ManyStringCommands::mget, Flag.READONLY, Flag.FAST)
        .keys(1, -1, 1, KeyUse.READS)
        .doc("string", "1.0.0", "Returns the values of keys.");
    Flag[] writes = {Flag.WRITE, Flag.DENYOOM, Flag.CREATES};
    add(table, "mset", -3, ManyStringCommands::mset, writes)
        .keys(1, -1, 2, KeyUse.REPLACES)
        .doc("string", "1.0.1", "Sets the values of keys, all at one moment.");
    add(table, "msetnx", -3, ManyStringCommands::msetnx, writes)
        .keys(1, -1, 2, KeyUse.INSERTS)
        .doc("string", "1.0.1", "Sets the values of keys if none of them exists.");
    add(table, "lcs", -3, ManyStringCommands::lcs, Flag.READONLY, Flag.SLOW)
        .keys(1, 2, 1, KeyUse.READS)
        .doc("string", "7.0.0", "Returns the longest common subsequence of two values.");
  }

  private static CommandSpec add(
      CommandTable table, String name, int arity, CommandSpec.OfBuckets body, Flag... flags) {
    return table.add(new CommandSpec(name, arity, body, flags)).in("string");
  }

  private static void mget(LockedBuckets buckets, Args args, RespWriter out) {
    out.array(args.count() - 1);
    for (int i = 1; i < args.count(); i++) {
      out.stored(buckets.get(args.get(i)).value());
    }
  }

  private static void mset(LockedBuckets buckets, Args args, RespWriter out) {
    expectPairs(args, "mset");
    setAll(buckets, args);
    out.ok();
  }

  private static void msetnx(LockedBuckets buckets, Args args, RespWriter out) {
    expectPairs(args, "msetnx");
    for (int i = 1; i < args.count(); i += 2) {
      if (buckets.get(args.get(i)).exists()) {
        out.number(0);
        return;
      }
    }
    setAll(buckets, args);
    out.number(1);
  }

  private static void expectPairs(Args args, String command) {
    if (args.count() % 2 == 0) {
      throw new CommandError("ERR wrong number of arguments for '" + command + "' command");
    }
  }

  private static void setAll(LockedBuckets buckets, Args args) {
    for (int i = 1; i < args.count(); i += 2) {
      StringCommands.replace(buckets.get(args.get(i)), args, i + 1);
    }
  }

  private static void lcs(LockedBuckets buckets, Args args, RespWriter out) {
    String a = side(buckets.get(args.get(1)));
    String b = side(buckets.get(args.get(2)));
    boolean length = false;
    boolean ranges = false;
    boolean lengths = false;
    long least = 0;
    for (int i = 3; i < args.count(); i++) {
      if (args.is(i, "len")) {
        length = true;
      } else if (args.is(i, "idx")) {
        ranges = true;
      } else if (args.is(i, "withmatchlen")) {
        lengths = true;
      } else if (args.is(i, "minmatchlen") && i + 1 < args.count()) {
        least = args.integer(++i);
      } else {
        throw CommandError.syntax();
      }
    }
    if (length && ranges) {
      throw new CommandError("ERR If you want both the length and indexes, please just use IDX.");
    }
    var common = new CommonSubsequence(a, b);
    if (length) {
      out.number(common.length());
    } else if (ranges) {
      write(common, least, lengths, out);
    } else {
      out.bulk(common.text());
    }
  }

  private static String side(Entries bucket) {
    if (bucket.kind() == BucketStore.Kind.HASH) {
      throw new CommandError("ERR The specified keys must contain string values");
    }
    String text = bucket.text();
    return text == null ? "" : text;
  }

  private static void write(CommonSubsequence common, long least, boolean lengths, RespWriter out) {
    var matches = common.matches().stream().filter(match -> match.length() >= least).toList();
    out.map(2);
    out.bulk("matches");
    out.array(matches.size());
    for (CommonSubsequence.Match match : matches) {
      out.array(lengths ? 3 : 2);
      out.array(2);
      out.number(match.a());
      out.number(match.a() + match.length() - 1L);
      out.array(2);
      out.number(match.b());
      out.number(match.b() + match.length() - 1L);
      if (lengths) {
        out.number(match.length());
      }
    }
    out.bulk("len");
    out.number(common.length());
  }
}
