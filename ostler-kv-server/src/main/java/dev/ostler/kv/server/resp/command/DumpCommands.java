package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.List;

/**
 * DUMP and RESTORE: a bucket as bytes in Redis's format.
 *
 * <p>The bodies run in the bucket's process.
 */
final class DumpCommands {
  /** To write or read a longer dump takes longer than other clients should wait. */
  private static final int MANY_BYTES = 64 * 1024;

  private DumpCommands() {}

  static void addTo(CommandTable table) {
    table
        .add(new CommandSpec("dump", 2, of(DumpCommands::dump), Flag.READONLY))
        .keys(1, 1, 1, KeyUse.READS)
        .in("keyspace")
        .doc("generic", "2.6.0", "Returns the value of a key in serialized form.");
    table
        .add(
            new CommandSpec(
                "restore", -4, of(DumpCommands::restore), Flag.WRITE, Flag.DENYOOM, Flag.CREATES))
        .keys(1, 1, 1, KeyUse.REPLACES)
        .in("keyspace", "dangerous")
        .doc("generic", "2.6.0", "Creates a key from its serialized form.");
  }

  private static CommandSpec.OfBucket of(CommandSpec.OfBucket body) {
    return body;
  }

  private static void dump(Entries bucket, Args args, RespWriter out) {
    if (bucket.bytes() > MANY_BYTES) {
      out.expectMayWait();
    }
    out.expect(HashCommands.content(bucket));
    out.bulk(bucket.exists() ? DumpWriter.of(bucket) : null);
  }

  private static void restore(Entries bucket, Args args, RespWriter out) {
    Asked asked = Asked.of(args);
    if (bucket.exists() && !asked.replaces) {
      throw new CommandError("BUSYKEY Target key name already exists.");
    }
    long time = args.integer(2);
    if (time < 0) {
      throw new CommandError("ERR Invalid TTL value, must be >= 0");
    }
    if (args.length(3) > MANY_BYTES) {
      out.expectMayWait();
    }
    List<Change> changes = DumpReader.read(args.get(3));
    long now = bucket.now();
    long at = time == 0 || asked.absolute ? time : Math.max(time + now, time);
    boolean existed = bucket.exists();
    if (existed) {
      bucket.apply(new Change.Dropped());
    }
    if (at == 0 || at > now) {
      changes.forEach(bucket::apply);
      if (at != 0) {
        bucket.apply(new Change.Deadline(at));
      }
      bucket.tell('g', "restore");
    } else if (existed) {
      bucket.tell('g', "del");
    }
    out.ok();
  }

  /** The options after the dump. IDLETIME and FREQ are accepted and ignored. */
  private record Asked(boolean replaces, boolean absolute) {
    static Asked of(Args args) {
      boolean replaces = false;
      boolean absolute = false;
      boolean idle = false;
      boolean used = false;
      for (int i = 4; i < args.count(); i++) {
        if (args.is(i, "replace")) {
          replaces = true;
        } else if (args.is(i, "absttl")) {
          absolute = true;
        } else if (args.is(i, "idletime") && i + 1 < args.count() && !used) {
          idle = true;
          expect(args, ++i, Long.MAX_VALUE, "ERR Invalid IDLETIME value, must be >= 0");
        } else if (args.is(i, "freq") && i + 1 < args.count() && !idle) {
          used = true;
          expect(args, ++i, 255, "ERR Invalid FREQ value, must be >= 0 and <= 255");
        } else {
          throw CommandError.syntax();
        }
      }
      return new Asked(replaces, absolute);
    }

    private static void expect(Args args, int index, long most, String otherwise) {
      long number = args.integer(index);
      if (number < 0 || number > most) {
        throw new CommandError(otherwise);
      }
    }
  }
}
