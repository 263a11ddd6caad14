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
 * Finds the blocks of rows in a table of RocksDB whose index or footer is damaged. One thread at a
 * time.
 */
final class TableScan {
  /*
   * The format (RocksDB's table/format.h, version 6). A table is blocks, one directly after the
   * other, and a footer of 53 bytes:
   *
   *   blocks of rows, filter, index, range deletions, properties, meta index, footer
   *
   * After each block come 5 bytes: its compression (1 byte: 0 none, 4 LZ4), and a checksum (4) of
   * the block and that byte. The checksum is a CRC-32C, rotated and shifted, plus a modifier that
   * depends on the offset and on a number of the file. The footer has that number. So the checksum
   * alone tells where a block ends. All numbers have their lowest byte first.
   *
   * A block is entries, then the offsets of some of them (4 bytes each), then the number of offsets
   * (4). An entry is three numbers in groups of 7 bits: how many bytes of the key it shares with
   * the entry before it, how many follow, and the length of the value; then the bytes of key and
   * value. A key ends with 8 bytes: the operation and the sequence number.
   *
   * The footer has the file's number. It also follows from the meta index, which ends where the
   * footer begins. The number is trusted only if the first block of rows confirms it. If the end of
   * the table is missing, the number is the one that makes the first two blocks valid.
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

  /** A meta index is not longer than this. */
  private static final int NAMES = 1024;

  /** The longest block of rows that is found. A value may have 512 MiB; such a block is lost. */
  private static final int LONGEST = 64 << 20;

  /** The longest first block if the end of the table is missing. */
  private static final int LONGEST_FIRST = 1 << 20;

  /** The next block after a damaged one is searched in so many bytes. */
  private static final int SEARCHED = 16 << 10;

  /**
   * A block of rows, perhaps a damaged one.
   *
   * @param first its first key; null if it is damaged
   * @param last its last key; null if it is damaged
   */
  @SuppressWarnings("ArrayRecordComponent") // they are not compared
  record Block(long offset, int size, byte @Nullable [] first, byte @Nullable [] last) {
    boolean isBad() {
      return first == null;
    }
  }

  /**
   * The result.
   *
   * @param base the file's number in its checksums
   * @param rows the blocks of rows in order, with damaged ones between them
   * @param end where the last of them ends
   * @param all whether certainly no rows follow these
   * @param ranges the block of range deletions; empty if there is none, null if unknown
   */
  @SuppressWarnings("ArrayRecordComponent") // they are not compared
  record Found(int base, List<Block> rows, long end, boolean all, byte @Nullable [] ranges) {}

  /** The table of CRC-32C, to compute the checksum after each byte. */
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

  /** Scans a file; null if nothing in it can be relied on. */
  static @Nullable Found of(Path file) throws IOException {
    // Unmapped at the end: a deleted file uses disk space as long as it is mapped.
    try (var channel = FileChannel.open(file);
        var arena = Arena.ofConfined()) {
      if (channel.size() > Integer.MAX_VALUE) {
        return null;
      }
      var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new TableScan(bytes.asByteBuffer()).scan();
    } catch (IndexOutOfBoundsException e) {
      return null; // a length in it is damaged
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
      ranges = null; // it may be in the missing part
    }
    return rows.isEmpty() ? null : new Found(base, rows, at, all, ranges);
  }

  // --- The file's number

  /**
   * Finds the file's number. Returns where the meta index begins; the file's length if that is
   * unknown; -1 if the number is unknown, too.
   */
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
   * Finds the file's number by the first two blocks: the number that makes the first one valid,
   * wherever it ends, must make the following one valid, too.
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

  /** Whether the first block may have this size: only its first entry shares nothing. */
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

  // --- Other blocks

  /**
   * The contents of the meta index.
   *
   * @param known whether it could be read
   * @param begin where the first block after the rows begins; or the footer
   * @param ranges the block of range deletions; empty if there is none, null if it is damaged
   */
  @SuppressWarnings("ArrayRecordComponent") // they are not compared
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

  /** Searches the blocks after the rows for the range deletions; null if that is uncertain. */
  private byte @Nullable [] ranges(int from) {
    byte[] ranges = new byte[0];
    int at = from;
    while (at < length - FOOTER) {
      int size = size(at, length - FOOTER);
      if (size < 0) {
        // At most the meta index follows, which is damaged: nothing else is missing.
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

  /** The size of the block that begins here and ends before {@code most}; -1 if there is none. */
  private int size(int at, int limit) {
    int crc = ~0;
    int most = (int) Math.min((long) at + LONGEST, limit - TRAILER);
    for (int end = at; end <= most; end++) { // is this the byte after the block?
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

  /** The block here, if it is a block of rows. */
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

  /** Compares keys: by user key, then the later sequence number first. */
  static int compare(byte[] a, byte[] b) {
    int order = Arrays.compareUnsigned(a, 0, a.length - NUMBER, b, 0, b.length - NUMBER);
    return order != 0 ? order : Long.compareUnsigned(number(b), number(a));
  }

  static long number(byte[] key) {
    return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong(key.length - NUMBER);
  }

  /** Where the next block after a damaged one begins; the limit if none is found. */
  private int next(int bad, int limit) {
    for (int at = bad + 1; at < Math.min(limit, bad + SEARCHED); at++) {
      Block block = block(at, Math.min(limit, at + SEARCHED));
      if (block != null) {
        return at;
      }
    }
    return limit;
  }

  // --- Entries of a block

  @SuppressWarnings("ArrayRecordComponent") // they are not compared
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
      throw new IndexOutOfBoundsException("a block has too many offsets: " + restarts);
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

  /** Decompresses LZ4's block format, which follows the uncompressed length. */
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
    Objects.checkFromToIndex(packed.length, at, at); // exactly all input was used
    return out;
  }
}
