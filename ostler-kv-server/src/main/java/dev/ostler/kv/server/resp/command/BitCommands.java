package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.LockedBuckets;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP: commands on the bits of a value.
 *
 * <p>The bodies run in the bucket's process; BITOP's while all its buckets are locked.
 */
final class BitCommands {
  private static final String NO_OFFSET = "ERR bit offset is not an integer or out of range";

  private BitCommands() {}

  static void addTo(CommandTable table) {
    add(
            table,
            "setbit",
            4,
            KeyUse.READS_AND_UPDATES,
            BitCommands::setbit,
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.CREATES)
        .doc(
            "bitmap",
            "2.2.0",
            "Sets or clears one bit of a value, and returns its previous state.");
    add(table, "getbit", 3, KeyUse.READS, BitCommands::getbit, Flag.READONLY, Flag.FAST)
        .doc("bitmap", "2.2.0", "Returns one bit of a value.");
    add(table, "bitcount", -2, KeyUse.READS, BitCommands::bitcount, Flag.READONLY)
        .doc("bitmap", "2.6.0", "Counts the bits of a value that are set.");
    add(table, "bitpos", -3, KeyUse.READS, BitCommands::bitpos, Flag.READONLY)
        .doc("bitmap", "2.8.7", "Finds the first bit of a value that is set, or is not.");
    CommandSpec.OfBuckets bitop = BitCommands::bitop;
    table
        .add(new CommandSpec("bitop", -4, bitop, Flag.WRITE, Flag.DENYOOM, Flag.CREATES_FIRST))
        .keys(2, -1, 1, KeyUse.REPLACES, KeyUse.READS)
        .in("bitmap")
        .doc("bitmap", "2.6.0", "Combines the bits of values, and stores the result.");
  }

  /** Adds a command on the bits of one value, whose key is the first argument. */
  static CommandSpec add(
      CommandTable table,
      String name,
      int arity,
      KeyUse use,
      CommandSpec.OfBucket body,
      Flag... flags) {
    return table.add(new CommandSpec(name, arity, body, flags)).keys(1, 1, 1, use).in("bitmap");
  }

  // --- One bit

  private static void setbit(Entries bucket, Args args, RespWriter out) {
    long at = offset(bucket, args.get(2), 0);
    String otherwise = "ERR bit is not an integer or out of range";
    long bit = args.integer(3, otherwise);
    if (bit != 0 && bit != 1) {
      throw new CommandError(otherwise);
    }
    String before = StringCommands.text(bucket);
    int index = (int) (at >> 3);
    int mask = 0x80 >> (at & 7);
    int old = Bits.octet(before, index);
    if (before != null && index < before.length() && (old & mask) != 0 == (bit == 1)) {
      out.number(bit); // the bit has this value already
      return;
    }
    String all =
        StringPartCommands.made(
            Math.max(index + 1, before == null ? 0 : before.length()),
            out,
            () -> {
              byte[] bytes = StringPartCommands.grown(before, index + 1);
              bytes[index] = (byte) (bit == 1 ? old | mask : old & ~mask);
              return Bytes.of(bytes);
            });
    bucket.apply(new Change.Text(all));
    bucket.tell('$', "setbit");
    out.number((old & mask) == 0 ? 0 : 1);
  }

  private static void getbit(Entries bucket, Args args, RespWriter out) {
    long at = offset(bucket, args.get(2), 0);
    int octet = Bits.octet(StringCommands.value(bucket), at >> 3);
    out.number((octet & (0x80 >> (at & 7))) == 0 ? 0 : 1);
  }

  /**
   * A word as the offset of a bit.
   *
   * @param bits if it is not 0, {@code #n} means the offset of the n-th number of so many bits
   */
  static long offset(Entries bucket, String word, int bits) {
    boolean counts = bits > 0 && word.startsWith("#");
    Long number = Bytes.number(counts ? word.substring(1) : word);
    long most = bucket.environment().mostText().get();
    if (number == null || number < 0 || number >> 3 >= most) {
      throw new CommandError(NO_OFFSET);
    }
    long at = counts ? number * bits : number;
    if (at >> 3 >= most) {
      throw new CommandError(NO_OFFSET);
    }
    return at;
  }

  // --- A range of bits

  /**
   * A range of bits, as two arguments name it.
   *
   * @param first the first bit
   * @param last the last bit; less than the first if there is none
   */
  private record Range(long first, long last) {
    static Range of(long from, long to, boolean isOfBits, Object value) {
      long all = isOfBits ? (long) Stored.length(value) << 3 : Stored.length(value);
      long first = from < 0 ? Math.max(0, from + all) : from;
      long last = Math.min(to < 0 ? Math.max(0, to + all) : to, all - 1);
      if (first > last) {
        return new Range(0, -1);
      }
      return isOfBits ? new Range(first, last) : new Range(first << 3, (last << 3) + 7);
    }

    boolean isEmpty() {
      return first > last;
    }

    int bytes() {
      return (int) ((last >> 3) - (first >> 3)) + 1;
    }
  }

  private static boolean isOfBits(Args args, int index) {
    if (index < args.count() && !args.is(index, "bit") && !args.is(index, "byte")) {
      throw CommandError.syntax();
    }
    return args.is(index, "bit");
  }

  private static void bitcount(Entries bucket, Args args, RespWriter out) {
    if (args.count() == 3 || args.count() > 5) {
      throw CommandError.syntax();
    }
    boolean isWhole = args.count() == 2;
    long from = isWhole ? 0 : args.integer(2);
    long to = isWhole ? -1 : args.integer(3);
    boolean isOfBits = isOfBits(args, 4);
    Object value = StringCommands.value(bucket);
    Range range = value == null ? null : Range.of(from, to, isOfBits, value);
    boolean backwards = from < 0 && to < 0 && from > to;
    if (value == null || range == null || range.isEmpty() || backwards) {
      out.number(0);
    } else {
      number(out, range, () -> Bits.count(value, range.first, range.last));
    }
  }

  private static void bitpos(Entries bucket, Args args, RespWriter out) {
    long bit = args.integer(2);
    if (bit != 0 && bit != 1) {
      throw new CommandError("ERR The bit argument must be 1 or 0.");
    }
    if (args.count() > 6) {
      throw CommandError.syntax();
    }
    long from = args.count() > 3 ? args.integer(3) : 0;
    boolean isOfBits = isOfBits(args, 5);
    boolean endIsGiven = args.count() > 4;
    long to = endIsGiven ? args.integer(4) : -1;
    Object value = StringCommands.value(bucket);
    if (value == null) {
      out.number(bit == 1 ? -1 : 0); // of an endless row of zeros
      return;
    }
    Range range = Range.of(from, to, isOfBits, value);
    if (range.isEmpty()) {
      out.number(-1);
      return;
    }
    boolean zeroFollows = bit == 0 && !endIsGiven;
    number(
        out,
        range,
        () -> {
          long found = Bits.find(value, bit == 1, range.first, range.last);
          return found < 0 && zeroFollows ? range.last + 1 : found;
        });
  }

  /** Replies with a number, which is computed when the bucket is free for other clients. */
  private static void number(RespWriter out, Range range, LongSupplier number) {
    StringPartCommands.expectLong(range.bytes(), out);
    out.later(writer -> writer.number(number.getAsLong()));
  }

  // --- Several values

  private static void bitop(LockedBuckets buckets, Args args, RespWriter out) {
    Bits.Operation operation = Bits.Operation.of(args.get(1));
    if (operation == null) {
      throw CommandError.syntax();
    }
    if (operation == Bits.Operation.NOT && args.count() != 4) {
      throw new CommandError("ERR BITOP NOT must be called with a single source key.");
    }
    if (operation.hasOthers() && args.count() < 5) {
      throw new CommandError(
          "ERR BITOP " + operation + " must be called with multiple source keys.");
    }
    List<@Nullable Object> values = new ArrayList<>();
    int longest = 0;
    long read = 0;
    for (String key : args.from(3)) {
      Object value = StringCommands.value(buckets.get(key));
      values.add(value);
      int length = value == null ? 0 : Stored.length(value);
      longest = Math.max(longest, length);
      read += length;
    }
    Entries target = buckets.get(args.get(2));
    int length = longest;
    if (length > 0) {
      StringPartCommands.expectLong(read, out);
      String all =
          StringPartCommands.made(
              length, out, () -> Bytes.of(Bits.combined(operation, values, length)));
      StringCommands.replace(target, all);
    } else if (target.exists()) {
      StringCommands.drop(target);
    }
    out.number(length);
  }
}
