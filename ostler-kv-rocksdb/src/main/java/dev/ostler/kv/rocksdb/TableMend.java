package dev.ostler.kv.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes a table that RocksDB can open in place of one that it cannot open: the same rows, with a
 * new index and footer. A read of a lost row fails, as a read of any damaged block does; it never
 * returns an older row instead. Pure functions; any thread.
 */
final class TableMend {
  private static final int CRC32C_TYPE = 1;
  private static final long MAGIC = 0x88E241B785F4CFF7L;
  private static final byte[] EXTENDED = {0x3E, 0, 0x7A, 0};
  private static final int OTHER_BASE = 0x5EED5EED;

  /** How much of a table can be read. */
  enum Mended {
    /** Rows, and range deletions. */
    ALL,
    /** Rows, but not the range deletions, which delete older rows. */
    ROWS,
    NOTHING
  }

  private TableMend() {}

  /**
   * Writes a table of the same size as the damaged one: the store knows the sizes of its tables.
   *
   * @param damaged may be missing
   * @param to does not exist yet
   * @param size the table's size, as the store knows it
   * @param smallest the smallest key, without its sequence number
   * @param largest the largest key
   * @return how much of the table can be read
   */
  static Mended write(Path damaged, Path to, long size, byte[] smallest, byte[] largest)
      throws IOException {
    TableScan.Found found = Files.exists(damaged) ? TableScan.of(damaged) : null;
    try (var out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      if (found != null
          && rows(damaged, found, new Table(out, found.base()), smallest, largest, size)) {
        return found.ranges() == null ? Mended.ROWS : Mended.ALL;
      }
      out.truncate(0);
      var table = new Table(out.position(0), OTHER_BASE);
      table.begin(smallest);
      table.lost(key(largest, 0));
      if (!table.end(new byte[0], size)) {
        throw new IOException(damaged + ": no table has but " + size + " bytes");
      }
      return Mended.NOTHING;
    }
  }

  /** Writes what was found; false if the size is too small for that. */
  private static boolean rows(
      Path damaged, TableScan.Found found, Table table, byte[] smallest, byte[] largest, long size)
      throws IOException {
    table.copy(damaged, found.end());
    List<TableScan.Block> rows = found.rows();
    if (rows.getFirst().isBad()) {
      table.begin(smallest);
    }
    for (int i = 0; i < rows.size(); i++) {
      TableScan.Block block = rows.get(i);
      byte[] next = i + 1 < rows.size() ? rows.get(i + 1).first() : null;
      byte[] last = block.last() == null ? before(next, largest) : block.last();
      if (block.isBad()) {
        table.lost(last);
      } else {
        table.add(last, block.offset(), block.size());
      }
    }
    byte[] last = rows.getLast().last();
    if (!found.all() && last != null && !isOf(largest, last)) {
      table.lost(key(largest, 0));
    }
    return table.end(Objects.requireNonNullElse(found.ranges(), new byte[0]), size);
  }

  /** The last key before this one; the last of all if there is none. */
  private static byte[] before(byte @Nullable [] next, byte[] largest) {
    if (next == null) {
      return key(largest, 0);
    }
    return key(Arrays.copyOf(next, next.length - TableScan.NUMBER), TableScan.number(next) + 1);
  }

  private static boolean isOf(byte[] user, byte[] key) {
    return Arrays.equals(user, Arrays.copyOf(key, key.length - TableScan.NUMBER));
  }

  private static byte[] key(byte[] user, long number) {
    return ByteBuffer.allocate(user.length + TableScan.NUMBER)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(user)
        .putLong(number)
        .array();
  }

  /** A block whose entries share no prefix with the entry before them. */
  private static final class Entries {
    private final RowWriter out = new RowWriter(1 << 10);
    private final List<Integer> offsets = new ArrayList<>();

    void add(byte[] key, byte[] value) {
      offsets.add(out.length());
      out.variable(0).variable(key.length).variable(value.length).bytes(key).bytes(value);
    }

    byte[] end() {
      offsets.forEach(out::little);
      if (offsets.isEmpty()) {
        out.little(0);
      }
      return out.little(Math.max(1, offsets.size())).toArray();
    }
  }

  /** A table that is being written. */
  private static final class Table {
    private final FileChannel out;
    private final int base;
    private final Entries index = new Entries();
    private long at;

    Table(FileChannel out, int base) {
      this.out = out;
      this.base = base;
    }

    /** Begins with the bytes of another table. */
    void copy(Path from, long end) throws IOException {
      try (var in = FileChannel.open(from)) {
        while (at < end) {
          at += in.transferTo(at, end - at, out);
        }
      }
    }

    /**
     * Adds a meaningless row before all others. So a search for a key before this table does not
     * read lost rows.
     */
    void begin(byte[] smallest) throws IOException {
      var block = new Entries();
      byte[] key = key(Arrays.copyOf(smallest, Math.max(0, smallest.length - 1)), 0); // a deletion
      block.add(key, new byte[0]);
      add(key, at, append(block.end()));
    }

    /** Rows up to this key are lost: a read fails, because their checksum is wrong. */
    void lost(byte[] last) throws IOException {
      add(last, at, append(new byte[16], ~0));
    }

    void add(byte[] last, long offset, int size) {
      index.add(last, handle(offset, size));
    }

    /** Ends the table at this size; false if it would be larger. */
    boolean end(byte[] ranges, long size) throws IOException {
      var names = new Entries();
      names.add(name("rocksdb.index"), handle(at, append(index.end())));
      var properties = new Entries(); // they must not be missing
      properties.add(
          name("rocksdb.block.based.table.index.type"),
          new byte[4]); // the index has the last key of each block
      names.add(name(TableScan.PROPERTIES), handle(at, append(properties.end())));
      if (ranges.length > 0) {
        names.add(name(TableScan.RANGES), handle(at, append(ranges)));
      }
      byte[] content = names.end();
      long place = size - TableScan.FOOTER - TableScan.TRAILER - content.length;
      if (place < at) {
        return false;
      }
      at = place; // nothing reads the bytes before it
      out.position(place);
      append(content);
      footer(content.length);
      return true;
    }

    private static byte[] name(String name) {
      return new RowWriter(20).string(name).toArray();
    }

    private static byte[] handle(long offset, long size) {
      return new RowWriter(20).variable(offset).variable(size).toArray();
    }

    /** Appends a block; returns its size. */
    private int append(byte[] block) throws IOException {
      return append(block, 0);
    }

    private int append(byte[] block, int wrong) throws IOException {
      byte[] whole = Arrays.copyOf(block, block.length + 1); // not compressed
      var bytes = ByteBuffer.allocate(whole.length + 4).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put(whole).putInt((TableScan.masked(whole) + modifier()) ^ wrong);
      write(bytes.flip());
      return block.length;
    }

    private void footer(int names) throws IOException {
      var bytes = ByteBuffer.allocate(TableScan.FOOTER).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put((byte) CRC32C_TYPE).put(EXTENDED).putInt(0).putInt(base).putInt(names);
      bytes.putInt(TableScan.FOOTER - 12, TableScan.VERSION).putLong(TableScan.FOOTER - 8, MAGIC);
      bytes.putInt(5, TableScan.masked(bytes.array()) + modifier());
      write(bytes.position(TableScan.FOOTER).flip());
    }

    private int modifier() {
      return base ^ ((int) at + (int) (at >>> 32));
    }

    private void write(ByteBuffer bytes) throws IOException {
      at += bytes.remaining();
      while (bytes.hasRemaining()) {
        Objects.checkIndex(out.write(bytes), Integer.MAX_VALUE);
      }
    }
  }
}
