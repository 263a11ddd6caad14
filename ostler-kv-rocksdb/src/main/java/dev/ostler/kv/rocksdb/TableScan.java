package dev.ostler.kv.rocksdb;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Finds the blocks of rows in a table of RocksDB whose index or end cannot be read. One thread at a
 * time.
 */
final class TableScan {
  /*
   * The format (RocksDB's table/format.h, version 6). A table is blocks, one directly after the
   * other, and a footer of 53 bytes:
   *
   *   blocks of rows, filter, index, deleted ranges, properties, names of the other blocks, footer
   *
   * After each block come 5 bytes: how it is compressed (1: 0 not, 4 LZ4), and a checksum (4) of the
   * block and that byte: CRC-32C, rotated and shifted, and a modifier is added to it that depends on
   * the offset and on a number of the file, which the footer has. So the place where a block ends can
   * be found by the checksum alone. All numbers begin with their lowest byte.
   *
   * A block is entries and at its end the offsets of some of them (4 each), and their number (4). An
   * entry is three numbers in groups of 7 bits, how many bytes of the key it shares with the one
   * before it, how many follow, the length of the value; and then these bytes of key and value. A key
   * ends in 8 bytes: what the entry does, and its sequence number.
   *
   * The file's number is in the footer, and follows from the block of names, which ends where the
   * footer begins. What is found is believed only if the first block of rows agrees with it. If
   * the end of the table is gone, the number is what makes the first two blocks whole.
   */
  static final int TRAILER = 5;
  static final int FOOTER = 53;
  static final int NUMBER = Long.BYTES; // at the end of a key
  static final int VERSION = 6;
  static final String RANGES = "rocksdb.range_del";
  static final String PROPERTIES = "rocksdb.properties";
  private static final int MASK = 0xA282EAD8;
  private static final int SMALLEST = 8;
  private static final int LZ4 = 4;
  private static final int RANGE = 0xF;

  /** A block of names is not longer than this. */
  private static final int NAMES = 1024;

  /** A block of rows is at most so long: a value may have 512 MiB, but not so in what is found. */
  private static final int LONGEST = 64 << 20;

  /** If the end of a table is gone, its first block may have so many bytes. */
  private static final int LONGEST_FIRST = 1 << 20;

  /** After a bad block, the next one is looked for in so many bytes. */
  private static final int SEARCHED = 16 << 10;

  /**
   * A block of rows; or one that cannot be read, of which no key is known.
   *
   * @param first its first key; null if it cannot be read
   * @param last its last key; null if it cannot be read
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Block(long offset, int size, byte @Nullable [] first, byte @Nullable [] last) {
    boolean isBad() {
      return first == null;
    }
  }

  /**
   * What was found.
   *
   * @param base the file's number in its checksums
   * @param rows the blocks of rows in their order, with bad ones between them
   * @param end where the last of them ends
   * @param all whether it is sure that no rows follow these
   * @param ranges the block of deleted ranges; empty if there is none, null if that is not known
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Found(int base, List<Block> rows, long end, boolean all, byte @Nullable [] ranges) {}

  /** What a byte makes of a CRC-32C, so that it is known after each byte. */
  private static final int[] CRC = new int[256];

  static {
    for (int i = 0; i < CRC.length; i++) {
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
      }
      CRC[i] = crc;
    }
  }

  private final ByteBuffer bytes;
  private final int length;
  private int base;

  private TableScan(ByteBuffer bytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    this.length = bytes.limit();
  }

  /** What there is in this file; null if nothing in it can be relied on. */
  static @Nullable Found of(Path file) throws IOException {
    // Unmapped at the end: a file that is deleted takes its place on the disk while it is mapped.
    try (var channel = FileChannel.open(file);
        var arena = Arena.ofConfined()) {
      if (channel.size() > Integer.MAX_VALUE) {
        return null;
      }
      var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new TableScan(bytes.asByteBuffer()).scan();
    } catch (IndexOutOfBoundsException e) {
      return null; // a length in it is not what was written
    }
  }

  private @Nullable Found scan() {
    int names = length < FOOTER + TRAILER ? -1 : base();
    if (names == -1 && !baseOfRows()) {
      return null;
    }
    Others others = names == -1 ? new Others(false, length, null) : others(names);
    boolean all = others.known;
    var rows = new ArrayList<Block>();
    int at = 0;
    while (at < others.begin) {
      Block block = block(at, others.begin);
      if (block == null && others.known) {
        int next = next(at, others.begin);
        block = new Block(at, next - at - TRAILER, null, null);
      } else if (block == null || !follows(rows, block)) {
        all = size(at, others.begin) >= 0; // the filter
        break;
      }
      rows.add(block);
      at = (int) block.offset + block.size + TRAILER;
    }
    byte[] ranges = others.known ? others.ranges : ranges(at);
    if (names == -1 && ranges != null && ranges.length == 0) {
      ranges = null; // it may have been where the table is cut
    }
    return rows.isEmpty() ? null : new Found(base, rows, at, all, ranges);
  }

  // --- The file's number

  /** Finds it; where the block of names begins, length if that is not known, -1 if nothing is. */
  private int base() {
    int end = length - FOOTER - TRAILER;
    base = bytes.getInt(end + TRAILER + 9);
    if (isFooterWhole()) {
      int size = bytes.getInt(end + TRAILER + 13);
      boolean isWhole = size > 0 && size <= end && isWhole(end - size, size);
      return isWhole ? end - size : length;
    }
    for (int size = 12; size <= Math.min(NAMES, end); size++) {
      base = modifier(end - size, size) ^ (end - size);
      if (areNames(end - size, size) && block(0, length) != null) {
        return end - size;
      }
    }
    return -1;
  }

  /**
   * Finds it by the first two blocks: the number that makes the first one whole, wherever it ends,
   * must make another one whole that follows.
   */
  private boolean baseOfRows() {
    int most = Math.min(length - TRAILER, LONGEST_FIRST);
    int crc = ~0;
    for (int end = 0; end <= most; end++) { // as in size
      int type = bytes.get(end);
      crc = (crc >>> 8) ^ CRC[(crc ^ type) & 0xFF];
      base = bytes.getInt(end + 1) - masked(~crc);
      if ((type == 0 || type == LZ4) && end >= SMALLEST && areRows(end)) {
        Block first = rows(0, end);
        Block second = first == null ? null : block(end + TRAILER, length);
        if (first != null && second != null && follows(List.of(first), second)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether a first block of this size may be one: only its first entry shares nothing. */
  private boolean areRows(int size) {
    byte type = bytes.get(size);
    return type == LZ4 || bytes.get(0) == 0;
  }

  private boolean isFooterWhole() {
    byte[] footer = new byte[FOOTER];
    bytes.get(length - FOOTER, footer);
    int stored = bytes.getInt(length - FOOTER + 5);
    Arrays.fill(footer, 5, 9, (byte) 0);
    return stored == masked(footer) + (base ^ (length - FOOTER))
        && bytes.getInt(length - 12) == VERSION;
  }

  private boolean areNames(int at, int size) {
    try {
      List<Entry> names = entries(content(at, size));
      return names.stream().anyMatch(each -> each.name().equals(PROPERTIES));
    } catch (IndexOutOfBoundsException | ArithmeticException | NegativeArraySizeException e) {
      return false;
    }
  }

  private int modifier(int at, int size) {
    byte[] whole = new byte[size + 1];
    bytes.get(at, whole);
    return bytes.getInt(at + size + 1) - masked(whole);
  }

  private boolean isWhole(int at, int size) {
    return at + size + TRAILER <= length && modifier(at, size) == (base ^ at);
  }

  static int masked(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return masked((int) crc.getValue());
  }

  private static int masked(int crc) {
    return Integer.rotateRight(crc, 15) + MASK;
  }

  // --- Blocks that are not of rows

  /**
   * What the block of names says.
   *
   * @param known whether it could be read
   * @param begin where the first of them begins, behind all blocks of rows; or the footer
   * @param ranges the block of deleted ranges, empty if there is none; null if it cannot be read
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Others(boolean known, int begin, byte @Nullable [] ranges) {}

  private Others others(int names) {
    if (names == length) {
      return new Others(false, length - FOOTER, null);
    }
    int begin = names;
    byte[] ranges = new byte[0];
    for (Entry each : entries(content(names, length - FOOTER - TRAILER - names))) {
      var handle = new RowReader(each.value, 0);
      int offset = (int) handle.variable();
      int size = (int) handle.variable();
      begin = Math.min(begin, offset);
      if (each.name().equals(RANGES)) {
        ranges = isWhole(offset, size) ? content(offset, size) : null;
      }
    }
    return new Others(true, begin, ranges);
  }

  /**
   * Looks for the block of deleted ranges among those behind the rows; null if that is not sure.
   */
  private byte @Nullable [] ranges(int from) {
    byte[] ranges = new byte[0];
    int at = from;
    while (at < length - FOOTER) {
      int size = size(at, length - FOOTER);
      if (size < 0) {
        // Behind it is the block of names at most, which cannot be read: what was found is all.
        boolean isLast = length - FOOTER - at <= NAMES && at > from;
        return isLast || ranges.length > 0 ? ranges : null;
      }
      if (isOfRanges(at, size)) {
        ranges = content(at, size);
      }
      at += size + TRAILER;
    }
    return ranges;
  }

  private boolean isOfRanges(int at, int size) {
    try {
      List<Entry> entries = bytes.get(at + size) == 0 ? entries(content(at, size)) : List.of();
      return !entries.isEmpty()
          && entries.stream()
              .allMatch(
                  each ->
                      each.key.length > NUMBER
                          && (each.key[each.key.length - NUMBER] & 0xFF) == RANGE);
    } catch (IndexOutOfBoundsException e) {
      return false;
    }
  }

  // --- Blocks of rows

  /** How large the block is that begins here and ends before that; -1 if there is none. */
  private int size(int at, int limit) {
    int crc = ~0;
    int most = (int) Math.min((long) at + LONGEST, limit - TRAILER);
    for (int end = at; end <= most; end++) { // is the byte here the one behind the block?
      int type = bytes.get(end);
      crc = (crc >>> 8) ^ CRC[(crc ^ type) & 0xFF];
      if ((type == 0 || type == LZ4)
          && end - at >= SMALLEST
          && bytes.getInt(end + 1) - (base ^ at) == masked(~crc)) {
        return end - at;
      }
    }
    return -1;
  }

  private @Nullable Block block(int at, int limit) {
    int size = size(at, limit);
    return size < 0 ? null : rows(at, size);
  }

  /** The block here, if it is one of rows. */
  private @Nullable Block rows(int at, int size) {
    try {
      List<Entry> entries = entries(content(at, size));
      byte[] first = entries.getFirst().key;
      byte[] last = entries.getLast().key;
      return first.length < NUMBER || last.length < NUMBER
          ? null
          : new Block(at, size, first, last);
    } catch (IndexOutOfBoundsException
        | NoSuchElementException
        | ArithmeticException
        | NegativeArraySizeException e) {
      return null;
    }
  }

  private static boolean follows(List<Block> rows, Block block) {
    byte[] before = rows.isEmpty() ? null : rows.getLast().last;
    return before == null || compare(before, Objects.requireNonNull(block.first)) < 0;
  }

  /** Keys in their order: by all but the end, and then the later one first. */
  static int compare(byte[] a, byte[] b) {
    int order = Arrays.compareUnsigned(a, 0, a.length - NUMBER, b, 0, b.length - NUMBER);
    return order != 0 ? order : Long.compareUnsigned(number(b), number(a));
  }

  static long number(byte[] key) {
    return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong(key.length - NUMBER);
  }

  /** Where the next block begins after one that is bad; the limit if it is not found. */
  private int next(int bad, int limit) {
    for (int at = bad + 1; at < Math.min(limit, bad + SEARCHED); at++) {
      Block block = block(at, Math.min(limit, at + SEARCHED));
      if (block != null) {
        return at;
      }
    }
    return limit;
  }

  // --- What is in a block

  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Entry(byte[] key, byte[] value) {
    String name() {
      return new RowReader(key, 0).rest();
    }
  }

  private byte[] content(int at, int size) {
    byte[] stored = new byte[size];
    bytes.get(at, stored);
    return bytes.get(at + size) == LZ4 ? unpacked(stored) : stored;
  }

  private static List<Entry> entries(byte[] block) {
    int restarts = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(block.length - 4);
    long end = block.length - 4L - 4L * restarts;
    if (restarts <= 0 || end < 0) {
      throw new IndexOutOfBoundsException("a block with so many offsets: " + restarts);
    }
    var entries = new ArrayList<Entry>();
    byte[] before = new byte[0];
    var row = new RowReader(block, 0);
    while (row.at() < end) {
      int shared = (int) row.variable();
      int own = Objects.checkIndex((int) row.variable(), block.length);
      int length = (int) row.variable();
      byte[] key = new byte[Math.addExact(Objects.checkIndex(shared, before.length + 1), own)];
      System.arraycopy(before, 0, key, 0, shared);
      row.bytes(key, shared, own);
      byte[] value = new byte[Objects.checkIndex(length, block.length)];
      row.bytes(value, 0, length);
      entries.add(new Entry(key, value));
      before = key;
    }
    return entries;
  }

  /** LZ4's block format, behind the length of what it makes. */
  private static byte[] unpacked(byte[] packed) {
    var row = new RowReader(packed, 0);
    byte[] out = new byte[(int) Math.min(row.variable(), LONGEST)];
    int to = 0;
    int at = row.at();
    while (to < out.length) {
      int token = packed[at++] & 0xFF;
      int literals = token >>> 4;
      for (int more = literals == 15 ? 255 : 0; more == 255; literals += more) {
        more = packed[at++] & 0xFF;
      }
      System.arraycopy(packed, at, out, to, literals);
      at += literals;
      to += literals;
      if (to == out.length) {
        break;
      }
      int distance = (packed[at] & 0xFF) | (packed[at + 1] & 0xFF) << 8;
      at += 2;
      int length = (token & 15) + 4;
      for (int more = (token & 15) == 15 ? 255 : 0; more == 255; length += more) {
        more = packed[at++] & 0xFF;
      }
      for (int i = 0; i < length; i++) {
        out[to] = out[to - distance];
        to++;
      }
    }
    Objects.checkFromToIndex(packed.length, at, at); // all of it, and no more
    return out;
  }
}
