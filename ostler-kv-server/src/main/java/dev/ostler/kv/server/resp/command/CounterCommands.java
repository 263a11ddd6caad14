package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Keys;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import org.jspecify.annotations.Nullable;

/**
 * INCR, HINCRBY and other commands that add to a value or a field.
 *
 * <p>The bodies run in the bucket's process.
 */
final class CounterCommands {
  private static final String OVERFLOW = "ERR increment or decrement would overflow";

  private CounterCommands() {}

  static void addTo(CommandTable table) {
    Flag[] writes = {Flag.WRITE, Flag.DENYOOM, Flag.FAST, Flag.CREATES};
    StringCommands.add(
            table,
            "incr",
            2,
            KeyUse.READS_AND_UPDATES,
            (bucket, args, out) -> count(bucket, 1, out),
            writes)
        .doc("string", "1.0.0", "Increments the integer value of a key by one.");
    StringCommands.add(
            table,
            "decr",
            2,
            KeyUse.READS_AND_UPDATES,
            (bucket, args, out) -> count(bucket, -1, out),
            writes)
        .doc("string", "1.0.0", "Decrements the integer value of a key by one.");
    StringCommands.add(
            table,
            "incrby",
            3,
            KeyUse.READS_AND_UPDATES,
            (bucket, args, out) -> count(bucket, args.integer(2), out),
            writes)
        .doc("string", "1.0.0", "Increments the integer value of a key by a number.");
    StringCommands.add(
            table, "decrby", 3, KeyUse.READS_AND_UPDATES, CounterCommands::decrby, writes)
        .doc("string", "1.0.0", "Decrements the integer value of a key by a number.");
    StringCommands.add(
            table, "incrbyfloat", 3, KeyUse.READS_AND_UPDATES, CounterCommands::incrbyfloat, writes)
        .doc("string", "2.6.0", "Increments the floating-point value of a key by a number.");
    HashCommands.add(
            table, "hincrby", 4, KeyUse.READS_AND_UPDATES, CounterCommands::hincrby, writes)
        .doc("hash", "2.0.0", "Increments the integer value of a field by a number.");
    HashCommands.add(
            table,
            "hincrbyfloat",
            4,
            KeyUse.READS_AND_UPDATES,
            CounterCommands::hincrbyfloat,
            writes)
        .doc("hash", "2.6.0", "Increments the floating-point value of a field by a number.");
  }

  private static void count(Entries bucket, long step, RespWriter out) {
    Object value = StringCommands.value(bucket);
    Long number = value == null ? Long.valueOf(0) : Stored.number(value);
    long sum = sum(number, step, CommandError.NOT_INTEGER);
    bucket.set(sum);
    bucket.tell('$', "incrby");
    out.number(sum);
  }

  private static long sum(@Nullable Long number, long step, String otherwise) {
    if (number == null) {
      throw new CommandError(otherwise);
    }
    Long sum = Keys.sum(number, step);
    if (sum == null) {
      throw new CommandError(OVERFLOW);
    }
    return sum;
  }

  private static void decrby(Entries bucket, Args args, RespWriter out) {
    long step = args.integer(2);
    if (step == Long.MIN_VALUE) {
      throw new CommandError("ERR decrement would overflow");
    }
    count(bucket, -step, out);
  }

  private static void incrbyfloat(Entries bucket, Args args, RespWriter out) {
    String text = StringCommands.text(bucket);
    LongDouble before = real(text == null ? "0" : text, CommandError.NOT_FLOAT);
    String sum = sum(before, real(args.get(2), CommandError.NOT_FLOAT));
    bucket.apply(new Change.Text(sum));
    bucket.tell('$', "incrbyfloat");
    out.bulk(sum);
  }

  private static LongDouble real(String digits, String otherwise) {
    LongDouble number = LongDouble.parse(digits);
    if (number == null) {
      throw new CommandError(otherwise);
    }
    return number;
  }

  private static String sum(LongDouble before, LongDouble step) {
    LongDouble sum = before.plus(step);
    if (!sum.isFinite()) {
      throw new CommandError("ERR increment would produce NaN or Infinity");
    }
    return sum.text();
  }

  private static void hincrby(Entries bucket, Args args, RespWriter out) {
    long step = args.integer(3);
    HashCommands.expectMap(bucket);
    HashCommands.expectRoom(bucket, args, 2, 2);
    Object value = bucket.get(args, 2);
    Long number = value == null ? Long.valueOf(0) : Stored.number(value);
    long sum = sum(number, step, "ERR hash value is not an integer");
    Keys.putAndKeepDeadline(bucket, args.get(2), Long.toString(sum));
    bucket.tell('h', "hincrby");
    out.number(sum);
  }

  private static void hincrbyfloat(Entries bucket, Args args, RespWriter out) {
    LongDouble step = real(args.get(3), CommandError.NOT_FLOAT);
    if (!step.isFinite()) {
      throw new CommandError("ERR value is NaN or Infinity");
    }
    HashCommands.expectMap(bucket);
    HashCommands.expectRoom(bucket, args, 2, 2);
    String value = bucket.get(args.get(2));
    String sum = sum(real(value == null ? "0" : value, "ERR hash value is not a float"), step);
    Keys.putAndKeepDeadline(bucket, args.get(2), sum);
    bucket.tell('h', "hincrbyfloat");
    out.bulk(sum);
  }
}
