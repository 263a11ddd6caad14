package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.bytes.Stored;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * BITFIELD and BITFIELD_RO: numbers of a few bits, anywhere in a value.
 *
 * <p>The bodies run in the bucket's process.
 */
final class BitFieldCommands {
  private static final String NO_TYPE =
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64"
          + " is.";

  private BitFieldCommands() {}

  static void addTo(CommandTable table) {
    BitCommands.add(
            table,
            "bitfield",
            -2,
            KeyUse.READS_AND_UPDATES,
            (bucket, args, out) -> bitfield(bucket, args, out, true),
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.CREATES)
        .keysIf(BitFieldCommands::onlyReads, KeyUse.READS)
        .note("This command allows both access and modification of the key")
        .doc("bitmap", "3.2.0", "Reads and changes numbers of a few bits in a value.");
    BitCommands.add(
            table,
            "bitfield_ro",
            -2,
            KeyUse.READS,
            (bucket, args, out) -> bitfield(bucket, args, out, false),
            Flag.READONLY,
            Flag.FAST)
        .doc("bitmap", "6.0.0", "Reads numbers of a few bits in a value.");
  }

  /** Whether all of its steps are GET. */
  private static boolean onlyReads(Args args) {
    for (int i = 2; i < args.count(); i++) {
      int left = args.count() - i - 1;
      if (args.is(i, "get") && left >= 2) {
        i += 2;
      } else if (args.is(i, "overflow") && left >= 1) {
        i += 1;
      } else {
        return false;
      }
    }
    return true;
  }

  /** What happens to a number that has too many bits. */
  private enum Overflow {
    WRAP,
    SAT,
    FAIL
  }

  private enum Verb {
    GET,
    SET,
    INCRBY
  }

  /**
   * One step.
   *
   * @param amount the number to set or to add; 0 for GET
   */
  private record Step(Verb verb, Field field, long amount, Overflow overflow) {}

  private static List<Step> steps(Entries bucket, Args args) {
    var steps = new ArrayList<Step>();
    Overflow overflow = Overflow.WRAP;
    for (int i = 2; i < args.count(); i++) {
      int left = args.count() - i - 1;
      if (args.is(i, "overflow") && left >= 1) {
        overflow = overflow(args, ++i);
        continue;
      }
      Verb verb = verb(args, i, left);
      Field field = Field.of(bucket, args.get(i + 1), args.get(i + 2));
      long amount = verb == Verb.GET ? 0 : args.integer(i + 3);
      steps.add(new Step(verb, field, amount, overflow));
      i += verb == Verb.GET ? 2 : 3;
    }
    return steps;
  }

  private static Verb verb(Args args, int index, int left) {
    if (args.is(index, "get") && left >= 2) {
      return Verb.GET;
    } else if (args.is(index, "set") && left >= 3) {
      return Verb.SET;
    } else if (args.is(index, "incrby") && left >= 3) {
      return Verb.INCRBY;
    }
    throw CommandError.syntax();
  }

  private static Overflow overflow(Args args, int index) {
    for (Overflow each : Overflow.values()) {
      if (args.is(index, Bytes.lower(each.name()))) {
        return each;
      }
    }
    throw new CommandError("ERR Invalid OVERFLOW type specified");
  }

  private static void bitfield(Entries bucket, Args args, RespWriter out, boolean mayWrite) {
    List<Step> steps = steps(bucket, args);
    long length = 0; // that the changes need
    for (Step step : steps) {
      if (step.verb != Verb.GET) {
        length = Math.max(length, step.field.end());
      }
    }
    if (length > 0 && !mayWrite) {
      throw new CommandError("ERR BITFIELD_RO only supports the GET subcommand");
    }
    Object value = StringCommands.value(bucket);
    if (length == 0) {
      out.array(steps.size());
      steps.forEach(step -> out.number(step.field.in(value)));
    } else {
      change(bucket, value, (int) length, steps, out);
    }
  }

  private static void change(
      Entries bucket, @Nullable Object value, int length, List<Step> steps, RespWriter out) {
    String before = value == null ? null : Stored.text(value);
    int known = before == null ? 0 : before.length();
    StringPartCommands.expectLong(Math.max(known, length), out);
    out.array(steps.size());
    var changes = new ArrayList<Step>(); // that are no mere reads, and did not fail
    String all =
        StringPartCommands.made(
            Math.max(known, length),
            out,
            () -> {
              byte[] bytes = StringPartCommands.grown(before, length);
              for (Step step : steps) {
                if (apply(step, bytes, known < length, out)) {
                  changes.add(step);
                }
              }
              return Bytes.of(bytes);
            });
    if (known < length || !changes.isEmpty()) {
      bucket.apply(new Change.Text(all));
    }
    if (!changes.isEmpty()) {
      bucket.tell('$', "setbit");
    }
  }

  /** Takes a step, and replies; true if it counts as a change. */
  private static boolean apply(Step step, byte[] bytes, boolean grows, RespWriter out) {
    Field field = step.field;
    long old = field.in(bytes);
    if (step.verb == Verb.GET) {
      out.number(old);
      return false;
    }
    boolean adds = step.verb == Verb.INCRBY;
    OptionalLong now =
        adds
            ? field.sum(old, step.amount, step.overflow)
            : field.sum(step.amount, 0, step.overflow);
    if (now.isEmpty()) {
      out.nil();
      return false;
    }
    field.put(bytes, now.getAsLong());
    out.number(adds ? now.getAsLong() : old);
    return grows || now.getAsLong() != old;
  }

  /**
   * A number in a value.
   *
   * @param signed whether its first bit is the sign
   * @param bits how many it has: 1 to 64, or 63 if it has no sign
   * @param at its first bit in the value
   */
  private record Field(boolean signed, int bits, long at) {
    static Field of(Entries bucket, String type, String offset) {
      boolean signed = type.startsWith("i");
      Long bits = signed || type.startsWith("u") ? Bytes.number(type.substring(1)) : null;
      if (bits == null || bits < 1 || bits > (signed ? 64 : 63)) {
        throw new CommandError(NO_TYPE);
      }
      int count = bits.intValue();
      return new Field(signed, count, BitCommands.offset(bucket, offset, count));
    }

    /** How many bytes the value has at least if this field is in it. */
    long end() {
      return ((at + bits - 1) >> 3) + 1;
    }

    /** The number in this value, which may be shorter. */
    long in(@Nullable Object value) {
      long number = 0;
      for (int i = 0; i < bits; i++) {
        long bit = at + i;
        int octet = Bits.octet(value, bit >> 3);
        number = number << 1 | (octet >> (7 - (bit & 7)) & 1);
      }
      return signed ? extended(number) : number;
    }

    /** The number with these lowest bits, of which the first is the sign. */
    private long extended(long lowest) {
      int rest = Long.SIZE - bits;
      return lowest << rest >> rest;
    }

    void put(byte[] bytes, long number) {
      for (int i = 0; i < bits; i++) {
        long bit = at + i;
        int index = (int) (bit >> 3);
        int mask = 0x80 >> (bit & 7);
        boolean set = (number >>> (bits - 1 - i) & 1) == 1;
        bytes[index] = (byte) (set ? bytes[index] | mask : bytes[index] & ~mask);
      }
    }

    private long most() {
      return signed ? Long.MAX_VALUE >> (Long.SIZE - bits) : (1L << bits) - 1;
    }

    private long least() {
      return signed ? -most() - 1 : 0;
    }

    /** A sum that fits; empty if it does not, and must not be changed. */
    OptionalLong sum(long number, long more, Overflow overflow) {
      // a negative number has 64 bits, which are too many for a number without a sign
      boolean above =
          number > most() || (!signed && number < 0) || (more > 0 && number > most() - more);
      boolean below = !above && (number < least() || (more < 0 && isBelow(number, more)));
      if (!above && !below) {
        return OptionalLong.of(number + more);
      }
      return switch (overflow) {
        case WRAP -> OptionalLong.of(wrapped(number + more));
        case SAT -> OptionalLong.of(above ? most() : least());
        case FAIL -> OptionalLong.empty();
      };
    }

    /** Whether the sum is below the least number; without a number that has 65 bits. */
    private boolean isBelow(long number, long more) {
      return signed ? number < least() - more : more < -number;
    }

    private long wrapped(long number) {
      return signed ? extended(number) : number & most();
    }
  }
}
