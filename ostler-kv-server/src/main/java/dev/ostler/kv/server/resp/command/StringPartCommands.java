package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.KeyUse;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec.Flag;
import dev.ostler.kv.server.resp.CommandTable;
import dev.ostler.kv.server.resp.MemoryCeiling;
import dev.ostler.kv.server.resp.RespWriter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * APPEND, SETRANGE and GETRANGE: commands on a part of a value.
 *
 * <p>The bodies run in the bucket's process.
 */
final class StringPartCommands {
  /** To make a longer value takes longer than other clients should wait. */
  private static final int MANY_BYTES = 1024 * 1024;

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
  }

  private static void append(Entries bucket, Args args, RespWriter out) {
    String before = StringCommands.text(bucket);
    String added = args.get(2);
    String all = before == null ? added : joined(bucket, before, added, out);
    bucket.apply(new Change.Text(all));
    bucket.tell('$', "append");
    out.number(all.length());
  }

  private static String joined(Entries bucket, String before, String added, RespWriter out) {
    expectRoom(bucket, before.length(), added.length());
    return made(before.length() + added.length(), out, () -> before.concat(added));
  }

  /**
   * Makes a value of this length. Throws an error if the heap has no room for it; then nothing has
   * changed.
   *
   * @throws dev.ostler.kv.bucket.Keyspace.WouldWait if it takes long, and this thread serves other
   *     clients
   */
  static String made(long length, RespWriter out, Supplier<String> maker) {
    expectLong(length, out);
    MemoryCeiling.expectValue(length);
    try {
      return maker.get();
    } catch (OutOfMemoryError e) {
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
  }

  /** Must be called before so many bytes are read or made. */
  static void expectLong(long length, RespWriter out) {
    if (length > MANY_BYTES) {
      out.expectMayWait();
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
            Math.max(offset + part.length(), before == null ? 0 : before.length()),
            out,
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
  static byte[] grown(@Nullable String value, int length) {
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
}
