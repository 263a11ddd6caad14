package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.bucket.Entries;

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

  /** The formats of Redis 7.0, and of 7.4 for expiring fields. */
  private static final int VERSION = 10;

  private static final int VERSION_WITH_DEADLINES = 12;

  private final StringBuilder bytes = new StringBuilder();

  private DumpWriter() {}

  /** The dump of an existing bucket. It does not contain the bucket's own deadline, as in Redis. */
  static String of(Entries bucket) {
    var writer = new DumpWriter();
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
