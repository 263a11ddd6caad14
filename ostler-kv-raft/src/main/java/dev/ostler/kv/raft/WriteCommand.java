package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.BucketStore.Write;
import dev.ostler.kv.Change;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a store does, in the form that it has in the log: a group of changes, or a number that is
 * reserved. Pure functions; any thread.
 *
 * <p>A group that is larger than a command may be is several commands. All but the last are {@code
 * Part}s; a node applies all of them when it has the last one. If a leader does not come to the
 * last one, the next group begins with its first command, and the parts before it are void.
 */
final class WriteCommand {
  /*
   * The first byte is the kind of the command, and then, for
   *
   *   GROUP, PART   how many parts of the group are before it; each change: bucket, number, change, value, head before, head after
   *   NUMBER        the number
   *
   * A head is one byte and its two moments. The head after a change is SAME if
   * it has not changed.
   */
  private static final int GROUP = 1;
  private static final int PART = 2;
  private static final int NUMBER = 3;

  private static final int PUT = 1;
  private static final int REMOVED = 2;
  private static final int KEY_DEADLINE = 3;
  private static final int TEXT = 4;
  private static final int DEADLINE = 5;
  private static final int KEPT = 6;
  private static final int DROPPED = 7;

  private static final int NO_BUCKET = 0;
  private static final int HASH_BUCKET = 1;
  private static final int TEXT_BUCKET = 2;
  private static final int SAME = 3;
  private static final int KEPT_FLAG = 0x10;

  /** A part ends with the first change with which it is as large as this. */
  private static final int PART_BYTES = Leadership.MOST_BYTES / 4;

  /** The longest change: its name, key and value. The rest of it takes less than 100 bytes. */
  static final long MOST_CHANGE_BYTES = Leadership.MOST_BYTES - PART_BYTES - 200;

  /** A command, read. */
  sealed interface Read {
    /**
     * The last changes of a group.
     *
     * @param before how many parts of it were before
     */
    record Group(long before, List<Write> writes) implements Read {}

    /** Changes of a group, of which more follow in the next command. */
    record Part(long before, List<Write> writes) implements Read {}

    /** A number to reserve. */
    record Reserved(long number) implements Read {}
  }

  private WriteCommand() {}

  // --- Writing

  static byte[] number(long number) {
    return new ByteWriter().one(NUMBER).number(number).toArray();
  }

  /** A group as commands, mostly one. */
  static List<byte[]> group(List<Write> group) {
    var commands = new ArrayList<byte[]>();
    var body = new ByteWriter();
    for (Write write : group) {
      if (body.length() >= PART_BYTES) {
        commands.add(command(PART, commands.size(), body));
        body = new ByteWriter();
      }
      write(body, write);
    }
    commands.add(command(GROUP, commands.size(), body));
    return commands;
  }

  private static byte[] command(int kind, int before, ByteWriter body) {
    return new ByteWriter().one(kind).number(before).all(body).toArray();
  }

  private static void write(ByteWriter to, Write write) {
    to.string(write.bucket()).number(write.seq());
    switch (write.change()) {
      case Change.Put(String key, String value) -> to.one(PUT).string(key).string(value);
      case Change.Removed(String key) -> to.one(REMOVED).string(key);
      case Change.KeyDeadline(String key, long at) -> to.one(KEY_DEADLINE).string(key).number(at);
      case Change.Text(String value) -> to.one(TEXT).string(value);
      case Change.Deadline(long at) -> to.one(DEADLINE).number(at);
      case Change.Kept() -> to.one(KEPT);
      case Change.Dropped() -> to.one(DROPPED);
    }
    to.string(write.value());
    head(to, write.before());
    if (write.after().equals(write.before())) {
      to.one(SAME);
    } else {
      head(to, write.after());
    }
  }

  private static void head(ByteWriter to, Head head) {
    int kind =
        switch (head.kind()) {
          case NONE -> NO_BUCKET;
          case HASH -> HASH_BUCKET;
          case TEXT -> TEXT_BUCKET;
        };
    to.one(kind | (head.kept() ? KEPT_FLAG : 0)).number(head.deadline()).number(head.wake());
  }

  // --- Reading

  /**
   * Reads a command.
   *
   * @throws IllegalArgumentException if it is none of this version
   */
  static Read read(ByteBuffer command) {
    ByteBuffer from = command.duplicate();
    try {
      int kind = from.get();
      return switch (kind) {
        case GROUP -> new Read.Group(number(from), writes(from));
        case PART -> new Read.Part(number(from), writes(from));
        case NUMBER -> new Read.Reserved(number(from));
        default ->
            throw new IllegalArgumentException("the log has a command of unknown kind " + kind);
      };
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a command in the log is cut short", e);
    }
  }

  private static List<Write> writes(ByteBuffer from) {
    var writes = new ArrayList<Write>();
    while (from.hasRemaining()) {
      String bucket = string(from);
      long seq = number(from);
      Change change = change(from);
      String value = string(from);
      Head before = head(from, from.get(), Head.NONE);
      Head after = head(from, from.get(), before);
      writes.add(new Write(bucket, seq, change, value, before, after));
    }
    return writes;
  }

  private static Change change(ByteBuffer from) {
    int kind = from.get();
    return switch (kind) {
      case PUT -> new Change.Put(string(from), string(from));
      case REMOVED -> new Change.Removed(string(from));
      case KEY_DEADLINE -> new Change.KeyDeadline(string(from), number(from));
      case TEXT -> new Change.Text(string(from));
      case DEADLINE -> new Change.Deadline(number(from));
      case KEPT -> new Change.Kept();
      case DROPPED -> new Change.Dropped();
      default -> throw new IllegalArgumentException("the log has a change of unknown kind " + kind);
    };
  }

  private static Head head(ByteBuffer from, int flags, Head same) {
    if (flags == SAME) {
      return same;
    }
    Kind kind =
        switch (flags & ~KEPT_FLAG) {
          case NO_BUCKET -> Kind.NONE;
          case HASH_BUCKET -> Kind.HASH;
          case TEXT_BUCKET -> Kind.TEXT;
          default ->
              throw new IllegalArgumentException("the log has a bucket of unknown kind " + flags);
        };
    long deadline = number(from);
    return new Head(kind, (flags & KEPT_FLAG) != 0, deadline, number(from));
  }

  private static long number(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = from.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static String string(ByteBuffer from) {
    byte[] latin = new byte[(int) number(from)];
    from.get(latin);
    return new String(latin, ISO_8859_1);
  }
}
