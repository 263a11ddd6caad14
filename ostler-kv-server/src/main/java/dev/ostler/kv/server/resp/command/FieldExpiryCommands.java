package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Keys;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.command.ExpiryCommands.Condition;

/**
 * HEXPIRE, HTTL, HPERSIST and other commands on the deadlines of fields, as in Redis 7.4.
 *
 * <p>The bodies run in the bucket's process.
 */
final class FieldExpiryCommands {
  private static final int NO_FIELD = -2;
  private static final int NO_DEADLINE = -1;
  private static final int NOT_NOW = 0; // the condition does not hold
  private static final int DONE = 1;
  private static final int REMOVED = 2;

  private FieldExpiryCommands() {}

  static void addTo(CommandTable table) {
    addSetter(table, "hexpire", Expiry.EX, "Sets the time to live of fields in seconds.");
    addSetter(table, "hpexpire", Expiry.PX, "Sets the time to live of fields in milliseconds.");
    addSetter(
        table, "hexpireat", Expiry.EXAT, "Sets the deadlines of fields in seconds since 1970.");
    addSetter(
        table,
        "hpexpireat",
        Expiry.PXAT,
        "Sets the deadlines of fields in milliseconds since 1970.");
    addGetter(table, "httl", Expiry.EX, "Returns the time to live of fields in seconds.");
    addGetter(table, "hpttl", Expiry.PX, "Returns the time to live of fields in milliseconds.");
    addGetter(
        table,
        "hexpiretime",
        Expiry.EXAT,
        "Returns the deadlines of fields in seconds since 1970.");
    addGetter(
        table,
        "hpexpiretime",
        Expiry.PXAT,
        "Returns the deadlines of fields in milliseconds since 1970.");
    HashCommands.add(
            table,
            "hpersist",
            -5,
            KeyUse.UPDATES,
            FieldExpiryCommands::hpersist,
            Flag.WRITE,
            Flag.FAST)
        .doc("hash", "7.4.0", "Removes the deadlines of fields.");
  }

  private static void addSetter(CommandTable table, String name, Expiry expiry, String summary) {
    HashCommands.add(
            table, name, -6, KeyUse.UPDATES, new Setter(name, expiry), Flag.WRITE, Flag.FAST)
        .doc("hash", "7.4.0", summary);
  }

  private static void addGetter(CommandTable table, String name, Expiry expiry, String summary) {
    HashCommands.add(table, name, -5, KeyUse.READS, getter(expiry), Flag.READONLY, Flag.FAST)
        .doc("hash", "7.4.0", summary);
  }

  /**
   * Checks FIELDS, the number of fields, and the fields at the end of a command; returns the index
   * of the first field.
   *
   * @param at the index of FIELDS
   * @param otherwise the error if the number is not valid
   */
  static int fields(Args args, int at, String otherwise) {
    if (!args.is(at, "fields")) {
      throw new CommandError(
          "ERR Mandatory argument FIELDS is missing or not at the right position");
    }
    int first = at + 2;
    long count = first > args.count() ? 0 : args.integer(at + 1, otherwise);
    if (count < 1) {
      throw new CommandError(otherwise);
    }
    if (count != args.count() - first) {
      throw new CommandError("ERR The `numfields` parameter must match the number of arguments");
    }
    return first;
  }

  /** Like {@link #fields(Args, int, String)}, with the error of most commands. */
  static int fields(Args args, int at) {
    return fields(args, at, "ERR Number of fields must be a positive integer");
  }

  /** HEXPIRE in one of its four forms. */
  private record Setter(String name, Expiry expiry) implements CommandSpec.OfBucket {
    @Override
    public void run(Entries bucket, Args args, RespWriter out) {
      HashCommands.expectMap(bucket);
      long now = bucket.now();
      long at = expiry.ofField(args, 2, now, name);
      Condition condition = condition(args);
      int words = condition == Condition.ALWAYS ? 3 : 4;
      int first = fields(args, words, "ERR Parameter `numFields` should be greater than 0");
      int set = 0;
      int removed = 0;
      out.array(args.count() - first);
      for (int i = first; i < args.count(); i++) {
        int outcome = expire(bucket, args.get(i), at, now, condition);
        set += outcome == DONE ? 1 : 0;
        removed += outcome == REMOVED ? 1 : 0;
        out.number(outcome);
      }
      if (removed > 0) {
        Keys.tellRemoved(bucket);
      } else if (set > 0) {
        bucket.tell('h', "hexpire");
      }
    }

    private static Condition condition(Args args) {
      if (args.is(3, "nx")) {
        return Condition.NX;
      } else if (args.is(3, "xx")) {
        return Condition.XX;
      } else if (args.is(3, "gt")) {
        return Condition.GT;
      }
      return args.is(3, "lt") ? Condition.LT : Condition.ALWAYS;
    }

    private static int expire(
        Entries bucket, String field, long at, long now, Condition condition) {
      if (!bucket.has(field)) {
        return NO_FIELD;
      }
      if (!condition.allows(at, bucket.deadline(field))) {
        return NOT_NOW;
      }
      return Keys.setDeadline(bucket, field, at, now) ? DONE : REMOVED;
    }
  }

  /** HTTL in one of its four forms. Seconds are rounded up. */
  private static CommandSpec.OfBucket getter(Expiry expiry) {
    long unit = expiry == Expiry.EX || expiry == Expiry.EXAT ? 1000 : 1;
    return (bucket, args, out) -> {
      HashCommands.expectMap(bucket);
      int first = fields(args, 2);
      long from = expiry.isFromNow() ? bucket.now() : 0;
      out.array(args.count() - first);
      for (int i = first; i < args.count(); i++) {
        long at = bucket.deadline(args.get(i));
        if (!bucket.has(args.get(i))) {
          out.number(NO_FIELD);
        } else {
          out.number(at == 0 ? NO_DEADLINE : (at - from + unit - 1) / unit);
        }
      }
    };
  }

  private static void hpersist(Entries bucket, Args args, RespWriter out) {
    HashCommands.expectMap(bucket);
    int first = fields(args, 2);
    boolean some = false;
    out.array(args.count() - first);
    for (int i = first; i < args.count(); i++) {
      String field = args.get(i);
      if (!bucket.has(field)) {
        out.number(NO_FIELD);
      } else if (Keys.removeDeadline(bucket, field)) {
        some = true;
        out.number(DONE);
      } else {
        out.number(NO_DEADLINE);
      }
    }
    if (some) {
      bucket.tell('h', "hpersist");
    }
  }
}
