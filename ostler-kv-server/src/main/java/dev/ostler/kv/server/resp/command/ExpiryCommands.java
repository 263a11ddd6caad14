package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Operation;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.function.LongUnaryOperator;

/**
 * EXPIRE, TTL, PERSIST and other commands on the deadline of a bucket. The bodies run in the
 * bucket's process.
 */
final class ExpiryCommands {
  private static final long NO_KEY = -2;
  private static final long NO_DEADLINE = -1;

  private ExpiryCommands() {}

  static void addTo(CommandTable table) {
    addSetter(
        table,
        new Setter("expire", 1000, true),
        "1.0.0",
        "Sets the time to live of a key in seconds.");
    addSetter(
        table,
        new Setter("pexpire", 1, true),
        "2.6.0",
        "Sets the time to live of a key in milliseconds.");
    addSetter(
        table,
        new Setter("expireat", 1000, false),
        "1.2.0",
        "Sets the deadline of a key in seconds since 1970.");
    addSetter(
        table,
        new Setter("pexpireat", 1, false),
        "2.6.0",
        "Sets the deadline of a key in milliseconds since 1970.");
    addGetter(table, "ttl", "1.0.0", "Returns the time to live of a key in seconds.", true, 1000);
    addGetter(
        table, "pttl", "2.6.0", "Returns the time to live of a key in milliseconds.", true, 1);
    addGetter(
        table,
        "expiretime",
        "7.0.0",
        "Returns the deadline of a key in seconds since 1970.",
        false,
        1000);
    addGetter(
        table,
        "pexpiretime",
        "7.0.0",
        "Returns the deadline of a key in milliseconds since 1970.",
        false,
        1);
    table
        .add(new CommandSpec("persist", 2, of(ExpiryCommands::persist), Flag.WRITE, Flag.FAST))
        .keys(1, 1, 1, KeyUse.UPDATES)
        .in("keyspace")
        .doc("generic", "2.2.0", "Removes the deadline of a key.");
  }

  private static CommandSpec.OfBucket of(CommandSpec.OfBucket body) {
    return body;
  }

  private static void addSetter(CommandTable table, Setter body, String since, String summary) {
    table
        .add(new CommandSpec(body.name(), -3, body, Flag.WRITE, Flag.FAST))
        .keys(1, 1, 1, KeyUse.UPDATES)
        .in("keyspace")
        .doc("generic", since, summary);
  }

  private static void addGetter(
      CommandTable table, String name, String since, String summary, boolean left, long unit) {
    table
        .add(new CommandSpec(name, 2, getter(left, unit), Flag.READONLY, Flag.FAST))
        .keys(1, 1, 1, KeyUse.READS)
        .in("keyspace")
        .doc("generic", since, summary);
  }

  /** The options NX, XX, GT and LT: when a deadline may be set. */
  enum Condition {
    ALWAYS,
    NX,
    XX,
    GT,
    LT,
    XX_GT,
    XX_LT;

    /**
     * The condition that the arguments from this index on give.
     *
     * @throws CommandError if they contradict each other
     */
    static Condition of(Args args, int first) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int i = first; i < args.count(); i++) {
        if (args.is(i, "nx")) {
          nx = true;
        } else if (args.is(i, "xx")) {
          xx = true;
        } else if (args.is(i, "gt")) {
          gt = true;
        } else if (args.is(i, "lt")) {
          lt = true;
        } else {
          throw new CommandError("ERR Unsupported option " + args.get(i));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw new CommandError(
            "ERR NX and XX, GT or LT options at the same time are not compatible");
      }
      if (gt && lt) {
        throw new CommandError("ERR GT and LT options at the same time are not compatible");
      }
      if (gt) {
        return xx ? XX_GT : GT;
      }
      if (lt) {
        return xx ? XX_LT : LT;
      }
      return nx ? NX : xx ? XX : ALWAYS;
    }

    /**
     * Whether the next deadline may replace the previous one. 0 is no deadline, which is later than
     * any.
     */
    boolean allows(long next, long before) {
      return switch (this) {
        case ALWAYS -> true;
        case NX -> before == 0;
        case XX -> before != 0;
        case GT, XX_GT -> before != 0 && next > before;
        case LT -> before == 0 || next < before;
        case XX_LT -> before != 0 && next < before;
      };
    }
  }

  /**
   * EXPIRE in one of its four forms.
   *
   * @param unit the unit of the number, in milliseconds
   * @param fromNow whether the number counts from now; otherwise from 1970
   */
  private record Setter(String name, long unit, boolean fromNow) implements CommandSpec.OfBucket {
    private static final Operation.Drop DROP = new Operation.Drop();

    @Override
    public void run(Entries bucket, Args args, RespWriter out) {
      Condition condition = Condition.of(args, 3);
      long now = bucket.now();
      long at = moment(args.integer(2), now);
      if (!bucket.exists() || !condition.allows(at, bucket.deadline())) {
        out.number(0);
        return;
      }
      if (at <= now) {
        var _ = DROP.on(bucket);
      } else {
        bucket.apply(new Change.Deadline(at));
        bucket.tell('g', "expire");
      }
      out.number(1);
    }

    private long moment(long number, long now) {
      try {
        long millis = Math.multiplyExact(number, unit);
        return fromNow ? Math.addExact(millis, now) : millis;
      } catch (ArithmeticException e) {
        throw new CommandError("ERR invalid expire time in '" + name + "' command");
      }
    }
  }

  /** TTL in one of its four forms. */
  private static CommandSpec.OfBucket getter(boolean left, long unit) {
    LongUnaryOperator rounded = millis -> millis / unit + (millis % unit + unit / 2) / unit;
    return (bucket, args, out) -> {
      long at = bucket.deadline();
      if (!bucket.exists()) {
        out.number(NO_KEY);
      } else if (at == 0) {
        out.number(NO_DEADLINE);
      } else {
        long from = left ? bucket.now() : 0;
        out.number(rounded.applyAsLong(Math.max(0, at - from)));
      }
    };
  }

  private static void persist(Entries bucket, Args args, RespWriter out) {
    if (bucket.deadline() == 0) {
      out.number(0);
      return;
    }
    bucket.apply(new Change.Deadline(0));
    bucket.tell('g', "persist");
    out.number(1);
  }
}
