package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.server.args.CommandError;
import java.util.List;

/**
 * Writes a bucket in the format of Redis's DUMP, which Redis can restore.
 *
 * <p>Created and used once, by the bucket's process.
 */
final class DumpWriter {
  /** The types: a value, a hash, and a hash with expiring fields. */
  static final int TEXT = 0;

  static final int MAP = 4;
  static final int MAP_WITH_DEADLINES = 24;

  /** What is in front of each library of functions. */
  static final int FUNCTIONS = 245;

  /** The formats of Redis 7.0, and of 7.4 for expiring fields. */
  private static final int VERSION = 10;

  private static final int VERSION_WITH_DEADLINES = 12;

  /** The most bytes of a length. */
  private static final int LONGEST_LENGTH = 9;

  /** The most bytes of all that is there once: type, number of fields, first deadline, end. */
  private static final int FRAME = 1 + LONGEST_LENGTH + 8 + 10;

  private final StringBuilder bytes;

  private DumpWriter(int size) {
    bytes = new StringBuilder(size);
  }

  /** The dump of an existing bucket. It does not contain the bucket's own deadline, as in Redis. */
  static String of(Entries bucket) {
    var writer = new DumpWriter(size(bucket));
    boolean deadlines = bucket.deadlines() > 0;
    String text = bucket.text();
    if (text != null) {
      writer.littleEndian(TEXT, 1);
      writer.string(text);
    } else if (deadlines) {
      writer.mapWithDeadlines(bucket);
    } else {
      writer.map(bucket);
    }
    writer.littleEndian(deadlines ? VERSION_WITH_DEADLINES : VERSION, 2);
    writer.littleEndian(Crc64.of(writer.bytes, writer.bytes.length()), 8);
    return writer.bytes.toString();
  }

  /** The most bytes that the dump may have. To know it takes less than to copy it once more. */
  private static int size(Entries bucket) {
    String text = bucket.text();
    long[] sum = {FRAME + (text == null ? 0 : size(text))};
    long deadline = bucket.deadlines() > 0 ? LONGEST_LENGTH : 0;
    bucket.forEach((field, value) -> sum[0] += deadline + size(field) + size(value));
    if (sum[0] > Integer.MAX_VALUE - 8) {
      throw new CommandError("ERR the reply is larger than 2 GiB");
    }
    return (int) sum[0];
  }

  private static long size(String value) {
    int length = value.length();
    return (long) length + (length < 1 << 6 ? 1 : length < 1 << 14 ? 2 : 5);
  }

  /** The dump of libraries of functions with this code. */
  static String ofFunctions(List<String> codes) {
    var writer = new DumpWriter(FRAME);
    for (String code : codes) {
      writer.littleEndian(FUNCTIONS, 1);
      writer.string(code);
    }
    writer.littleEndian(VERSION_WITH_DEADLINES, 2);
    writer.littleEndian(Crc64.of(writer.bytes, writer.bytes.length()), 8);
    return writer.bytes.toString();
  }

  private void map(Entries bucket) {
    littleEndian(MAP, 1);
    length(bucket.size());
    bucket.forEach(
        (field, value) -> {
          string(field);
          string(value);
        });
  }

  /** Writes each deadline as its difference from the earliest one plus one; 0 for none. */
  private void mapWithDeadlines(Entries bucket) {
    littleEndian(MAP_WITH_DEADLINES, 1);
    long[] first = {Long.MAX_VALUE};
    bucket.forEach(
        (field, value) -> {
          long at = bucket.deadline(field);
          first[0] = at == 0 ? first[0] : Math.min(first[0], at);
        });
    littleEndian(first[0], 8);
    length(bucket.size());
    bucket.forEach(
        (field, value) -> {
          long at = bucket.deadline(field);
          length(at == 0 ? 0 : at - first[0] + 1);
          string(field);
          string(value);
        });
  }

  private void string(String value) {
    length(value.length());
    bytes.append(value);
  }

  private void length(long length) {
    if (length < 1 << 6) {
      littleEndian(length, 1);
    } else if (length < 1 << 14) {
      bigEndian(0x4000 | length, 2);
    } else if (length < 1L << 32) {
      bigEndian(0x80, 1);
      bigEndian(length, 4);
    } else {
      bigEndian(0x81, 1);
      bigEndian(length, 8);
    }
  }

  private void bigEndian(long number, int count) {
    for (int i = count - 1; i >= 0; i--) {
      bytes.append((char) ((number >>> (8 * i)) & 0xff));
    }
  }

  private void littleEndian(long number, int count) {
    for (int i = 0; i < count; i++) {
      bytes.append((char) ((number >>> (8 * i)) & 0xff));
    }
  }
}
