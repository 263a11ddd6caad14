package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.Change;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads a dump of this server or of Redis: a value or a hash, in the formats of Redis up to 8.0.
 *
 * <p>Reads one dump, on one thread. It validates all input.
 */
final class DumpReader {
  /** A small hash of Redis 7: all in one string. */
  private static final int PACKED_MAP = 16;

  /** A small hash with expiring fields, of Redis 8. */
  private static final int PACKED_MAP_WITH_DEADLINES = 25;

  /** A small hash of Redis before 7.0, and before 2.6. */
  private static final int ZIPPED_LIST = 13;

  private static final int ZIPPED_MAP = 9;

  private static final int NEWEST = 12;
  private static final int FOOTER = 10; // version and checksum

  /** The longest string, in bytes. */
  private static final long MOST_STRING_BYTES = 512L * 1024 * 1024;

  private final String bytes;
  private final int end;
  private int at;

  private DumpReader(String bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  /**
   * The changes that create the dumped bucket.
   *
   * @throws CommandError if it is not a dump, or a dump of an unsupported type
   */
  static List<Change> read(String dump) {
    return read(dump, DumpReader::changes);
  }

  /**
   * The code of the libraries in a dump of functions.
   *
   * @throws CommandError if it is not one
   */
  static List<String> functions(String dump) {
    return read(dump, DumpReader::codes);
  }

  private static <T> List<T> read(String dump, Function<DumpReader, List<T>> content) {
    int end = dump.length() - FOOTER;
    if (end < 0) {
      throw wrong();
    }
    var footer = new DumpReader(dump, dump.length());
    footer.at = end;
    long version = footer.littleEndian(2);
    long checksum = footer.littleEndian(8);
    if (version > NEWEST || checksum != Crc64.of(dump, dump.length() - 8)) {
      throw wrong();
    }
    var reader = new DumpReader(dump, end);
    try {
      List<T> all = content.apply(reader);
      if (reader.at != end) {
        throw malformed();
      }
      return all;
    } catch (IndexOutOfBoundsException e) {
      throw malformed();
    }
  }

  private static CommandError wrong() {
    return new CommandError("ERR DUMP payload version or checksum are wrong");
  }

  private static CommandError malformed() {
    return new CommandError("ERR Bad data format");
  }

  private List<String> codes() {
    var codes = new ArrayList<String>();
    while (at < end) {
      if (octet() != DumpWriter.FUNCTIONS) {
        throw new CommandError("ERR given type is not a function");
      }
      codes.add(string());
    }
    return codes;
  }

  private List<Change> changes() {
    var changes = new ArrayList<Change>();
    switch (octet()) {
      case DumpWriter.TEXT -> changes.add(new Change.Text(string()));
      case DumpWriter.MAP -> map(length(), changes);
      case DumpWriter.MAP_WITH_DEADLINES -> {
        long first = littleEndian(8);
        mapWithDeadlines(first, length(), changes);
      }
      case PACKED_MAP -> packed(new PackedList(string()), changes);
      case PACKED_MAP_WITH_DEADLINES -> {
        var _ = littleEndian(8); // the earliest of the deadlines
        packedWithDeadlines(new PackedList(string()), changes);
      }
      case ZIPPED_LIST -> zipped(ZippedList.ofList(string()), changes);
      case ZIPPED_MAP -> zipped(ZippedList.ofMap(string()), changes);
      default -> throw malformed();
    }
    if (changes.isEmpty()) {
      changes.add(new Change.Kept()); // a hash without fields is a pinned bucket
    }
    return changes;
  }

  private void map(long count, List<Change> changes) {
    for (long i = 0; i < count; i++) {
      String field = string();
      changes.add(new Change.Put(field, string()));
    }
  }

  private void mapWithDeadlines(long first, long count, List<Change> changes) {
    for (long i = 0; i < count; i++) {
      long later = length();
      String field = string();
      changes.add(new Change.Put(field, string()));
      if (later < 0 || first < 0 || first + later < 0) {
        throw malformed();
      }
      if (later != 0) {
        changes.add(new Change.KeyDeadline(field, Math.max(1, first + later - 1)));
      }
    }
  }

  private static void packed(PackedList list, List<Change> changes) {
    while (list.hasNext()) {
      String field = list.next();
      changes.add(new Change.Put(field, list.next()));
    }
  }

  private static void packedWithDeadlines(PackedList list, List<Change> changes) {
    while (list.hasNext()) {
      String field = list.next();
      changes.add(new Change.Put(field, list.next()));
      Long at = Bytes.number(list.next());
      if (at == null || at < 0) {
        throw malformed();
      }
      if (at != 0) {
        changes.add(new Change.KeyDeadline(field, at));
      }
    }
  }

  private static void zipped(List<String> elements, List<Change> changes) {
    if (elements.size() % 2 != 0) {
      throw malformed();
    }
    for (int i = 0; i < elements.size(); i += 2) {
      changes.add(new Change.Put(elements.get(i), elements.get(i + 1)));
    }
  }

  // --- Parts

  private int octet() {
    if (at >= end) {
      throw malformed();
    }
    return bytes.charAt(at++);
  }

  private long littleEndian(int count) {
    long number = 0;
    for (int i = 0; i < count; i++) {
      number |= (long) octet() << (8 * i);
    }
    return number;
  }

  private long bigEndian(int count) {
    long number = 0;
    for (int i = 0; i < count; i++) {
      number = (number << 8) | octet();
    }
    return number;
  }

  private long length() {
    int first = octet();
    return switch (first >> 6) {
      case 0 -> first;
      case 1 -> ((first & 0x3fL) << 8) | octet();
      default ->
          switch (first) {
            case 0x80 -> bigEndian(4);
            case 0x81 -> bigEndian(8);
            default -> throw malformed();
          };
    };
  }

  /** A string: plain, encoded as a number, or compressed. */
  private String string() {
    return switch (at < end ? bytes.charAt(at) : 0) {
      case 0xc0 -> number(1);
      case 0xc1 -> number(2);
      case 0xc2 -> number(4);
      case 0xc3 -> {
        at++;
        long length = length();
        long whole = length();
        yield expanded(bytes(length), whole);
      }
      default -> bytes(length());
    };
  }

  private String number(int count) {
    at++;
    int unused = Long.SIZE - 8 * count;
    return Long.toString((littleEndian(count) << unused) >> unused);
  }

  private String bytes(long length) {
    if (length < 0 || length > end - at) {
      throw malformed();
    }
    at += (int) length;
    return bytes.substring(at - (int) length, at);
  }

  /** Decompresses LZF: literal bytes, and references to earlier ones. */
  private static String expanded(String packed, long length) {
    if (length < 0 || length > MOST_STRING_BYTES || length > packed.length() * 264L) {
      throw malformed();
    }
    var whole = new StringBuilder((int) length);
    for (int i = 0; i < packed.length(); ) {
      int control = packed.charAt(i++);
      int count = control >> 5;
      if (count == 0) {
        whole.append(packed, i, i + control + 1);
        i += control + 1;
      } else {
        count += count == 7 ? packed.charAt(i++) : 0;
        int from = whole.length() - (control & 0x1f) * 256 - packed.charAt(i++) - 1;
        for (int end = from + count + 2; from < end; from++) {
          whole.append(whole.charAt(from));
        }
      }
    }
    if (whole.length() != length) {
      throw malformed();
    }
    return whole.toString();
  }
}
