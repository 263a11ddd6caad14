package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.MemoryCeiling;
import dev.ostler.kv.server.resp.RespWriter;
import dev.ostler.kv.server.resp.Settings;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * APPEND, SETRANGE, GETRANGE, SETBIT and GETBIT: commands on a part of a value.
 *
 * <p>The bodies run in the bucket's process.
 */
final class StringPartCommands {
  private StringPartCommands() {}

  static void addTo(CommandTable table) {
    StringCommands.add(
            table,
            "append",
            3,
            KeyUse.INSERTS_PART,
            StringPartCommands::append,
            Flag.WRITE,
            Flag.DENYOOM,
            Flag.FAST,
            Flag.CREATES)
        .doc("string", "2.0.0", "Appends to a value.");
    Flag[] writes = {Flag.WRITE, Flag.DENYOOM, Flag.CREATES};
    StringCommands.add(table, "setrange", 4, KeyUse.UPDATES, StringPartCommands::setrange, writes)
        .doc("string", "2.2.0", "Overwrites a part of a value.");
    StringCommands.add(
            table, "getrange", 4, KeyUse.READS, StringPartCommands::getrange, Flag.READONLY)
        .doc("string", "2.4.0", "Returns a part of a value.");
    StringCommands.add(
            table, "substr", 4, KeyUse.READS, StringPartCommands::getrange, Flag.READONLY)
        .doc("string", "1.0.0", "Returns a part of a value; the same as GETRANGE.");
    table
        .add(new CommandSpec("setbit", 4, of(StringPartCommands::setbit), writes))
        .keys(1, 1, 1, KeyUse.READS_AND_UPDATES)
        .in("bitmap")
        .doc(
            "bitmap",
            "2.2.0",
            "Sets or clears one bit of a value, and returns its previous state.");
    table
        .add(new CommandSpec("getbit", 3, of(StringPartCommands::getbit), Flag.READONLY, Flag.FAST))
        .keys(1, 1, 1, KeyUse.READS)
        .in("bitmap")
        .doc("bitmap", "2.2.0", "Returns one bit of a value.");
  }

  private static CommandSpec.OfBucket of(CommandSpec.OfBucket body) {
    return body;
  }

  private static void append(Entries bucket, Args args, RespWriter out) {
    String before = StringCommands.text(bucket);
    String added = args.get(2);
    String all = before == null ? added : joined(bucket, before, added);
    bucket.apply(new Change.Text(all));
    bucket.tell('$', "append");
    out.number(all.length());
  }

  private static String joined(Entries bucket, String before, String added) {
    expectRoom(bucket, before.length(), added.length());
    return made(before.length() + added.length(), () -> before.concat(added));
  }

  /**
   * Makes a value of this length. Throws an error if the heap has no room for it; then nothing has
   * changed.
   */
  private static String made(long length, Supplier<String> maker) {
    MemoryCeiling.expectValue(length);
    try {
      return maker.get();
    } catch (OutOfMemoryError e) {
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
  }

  private static void expectRoom(Entries bucket, long offset, long length) {
    if (offset > bucket.environment().mostText().get() - length) {
      throw new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
  }

  private static void setrange(Entries bucket, Args args, RespWriter out) {
    long offset = args.integer(2);
    if (offset < 0) {
      throw new CommandError("ERR offset is out of range");
    }
    String before = StringCommands.text(bucket);
    String part = args.get(3);
    if (part.isEmpty()) {
      out.number(before == null ? 0 : before.length());
      return;
    }
    expectRoom(bucket, offset, part.length());
    String all =
        made(
            offset + part.length(),
            () -> {
              byte[] bytes = grown(before, (int) offset + part.length());
              Bytes.copy(part, bytes, (int) offset);
              return Bytes.of(bytes, 0, bytes.length);
            });
    bucket.apply(new Change.Text(all));
    bucket.tell('$', "setrange");
    out.number(all.length());
  }

  /** The bytes of the value, padded with zeros to this length if it is shorter. */
  private static byte[] grown(@Nullable String value, int length) {
    int known = value == null ? 0 : value.length();
    byte[] bytes = new byte[Math.max(known, length)];
    if (value != null) {
      Bytes.copy(value, bytes, 0);
    }
    return bytes;
  }

  private static void getrange(Entries bucket, Args args, RespWriter out) {
    long first = args.integer(2);
    long last = args.integer(3);
    String text = StringCommands.text(bucket);
    long length = text == null ? 0 : text.length();
    long from = first < 0 ? Math.max(0, first + length) : first;
    long to = last < 0 ? Math.max(0, last + length) : Math.min(last, length - 1);
    boolean backwards = first < 0 && last < 0 && first > last;
    out.bulk(
        text == null || length == 0 || backwards || from > to
            ? ""
            : text.substring((int) from, (int) to + 1));
  }

  // --- Bits, from the most significant of the first byte on

  private static void setbit(Entries bucket, Args args, RespWriter out) {
    long at = bitOffset(args);
    String otherwise = "ERR bit is not an integer or out of range";
    long bit = args.integer(3, otherwise);
    if (bit != 0 && bit != 1) {
      throw new CommandError(otherwise);
    }
    String before = StringCommands.text(bucket);
    int index = (int) (at >> 3);
    int mask = 0x80 >> (at & 7);
    int old = before != null && index < before.length() ? before.charAt(index) : 0;
    if (before != null && index < before.length() && (old & mask) != 0 == (bit == 1)) {
      out.number(bit); // the bit has this value already
      return;
    }
    String all =
        made(
            index + 1,
            () -> {
              byte[] bytes = grown(before, index + 1);
              bytes[index] = (byte) (bit == 1 ? old | mask : old & ~mask);
              return Bytes.of(bytes, 0, bytes.length);
            });
    bucket.apply(new Change.Text(all));
    bucket.tell('$', "setbit");
    out.number((old & mask) == 0 ? 0 : 1);
  }

  private static void getbit(Entries bucket, Args args, RespWriter out) {
    long at = bitOffset(args);
    String text = StringCommands.text(bucket);
    int index = (int) (at >> 3);
    int octet = text != null && index < text.length() ? text.charAt(index) : 0;
    out.number((octet & (0x80 >> (at & 7))) == 0 ? 0 : 1);
  }

  private static long bitOffset(Args args) {
    String otherwise = "ERR bit offset is not an integer or out of range";
    long at = args.integer(2, otherwise);
    if (at < 0 || at >> 3 >= Settings.MOST_BULK) {
      throw new CommandError(otherwise);
    }
    return at;
  }
}
