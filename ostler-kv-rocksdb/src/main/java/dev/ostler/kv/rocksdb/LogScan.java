package dev.ostler.kv.rocksdb;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log file of RocksDB to find whether and where it is damaged. Used by one thread at a
 * time.
 */
final class LogScan {
  /*
   * The format (RocksDB's wiki, "Write Ahead Log File Format"). A file is blocks of 32 KiB; the
   * last one is shorter. A block is pieces, each a header and bytes:
   *
   *   checksum (4)  CRC-32C of all that follows the length, rotated and shifted
   *   length   (2)  of the bytes
   *   type     (1)  1 a whole record, 2 its first piece, 3 a middle one, 4 its last;
   *                 5 to 8 the same in a recycled file; others are notes between records
   *   number   (4)  of the log, only in types 5 to 8
   *
   * If fewer than 7 bytes are left in a block, they are zeros. A record is a batch: the sequence
   * number of its first change in 8 bytes, the number of changes in 4, and the changes. All numbers
   * have their lowest byte first.
   */
  static final int BLOCK = 32 << 10;

  /** Where a header has its type. */
  static final int TYPE = 6;

  /** No piece has this type, and RocksDB does not ignore it. */
  static final byte UNKNOWN_TYPE = 0x7F;

  private static final int HEADER = 7;
  private static final int SECTOR = 512;

  /**
   * The result for one file.
   *
   * @param file the file
   * @param length in bytes
   * @param lastSeq the last change before the damage; 0 if there is none
   * @param end where the last good record ends
   * @param bad where the first damaged piece begins; -1 if there is none
   * @param what is wrong with it; empty if nothing is
   * @param torn whether the last write was only not finished
   * @param lost how many pieces after the damage are good
   */
  record Finding(
      Path file,
      long length,
      long lastSeq,
      long end,
      long bad,
      String what,
      boolean torn,
      int lost) {
    boolean whole() {
      return bad < 0;
    }
  }

  private final Path file;
  private final ByteBuffer bytes;
  private final int length;

  // The result so far.
  private int at;
  private int end;
  private long lastSeq;
  private boolean within; // a record has begun and not ended
  private int begun; // where it has begun

  // The first bytes of that record.
  private final ByteBuffer opening = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);

  private LogScan(Path file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    this.length = bytes.limit();
  }

  static Finding of(Path file) throws IOException {
    // Unmapped at the end: a deleted file uses disk space as long as it is mapped.
    try (var channel = FileChannel.open(file);
        var arena = Arena.ofConfined()) {
      // A log is not larger than some memtables: its size fits into an int.
      var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new LogScan(file, bytes.asByteBuffer()).scan();
    }
  }

  /** Scans these bytes as if they were the file's. */
  static Finding of(Path file, byte[] bytes) {
    return new LogScan(file, ByteBuffer.wrap(bytes)).scan();
  }

  private Finding scan() {
    while (at < length) {
      int left = BLOCK - at % BLOCK;
      if (left < HEADER) {
        at += left;
        continue;
      }
      String wrong = wrong(at, left);
      if (wrong != null) {
        return bad(wrong);
      }
      wrong = take();
      if (wrong != null) {
        return bad(wrong);
      }
    }
    if (within) {
      at = begun;
      return new Finding(
          file, length, lastSeq, end, begun, "the file ends within a record", true, 0);
    }
    return new Finding(file, length, lastSeq, end, -1, "", false, 0);
  }

  /** What is wrong with the piece here, if so many bytes are left in its block; null if nothing. */
  private @Nullable String wrong(int from, int left) {
    if (from + HEADER > length) {
      return "the file ends within a header";
    }
    int size = size(from);
    if (size > left) {
      return "a length of %d goes beyond the block".formatted(size);
    }
    if (from + size > length) {
      return "the file ends within a piece of a record";
    }
    int type = type(from);
    if (type == 0) {
      return "there is no record: its type is 0";
    }
    int stored = bytes.getInt(from);
    int computed = checksum(from, size);
    return stored == computed
        ? null
        : "the checksum is %08x, but the bytes have %08x".formatted(stored, computed);
  }

  private int type(int from) {
    return bytes.get(from + TYPE) & 0xFF;
  }

  /** The size of a piece with its header. */
  private int size(int from) {
    return header(from) + (bytes.getShort(from + 4) & 0xFFFF);
  }

  private int header(int from) {
    int type = type(from);
    return type >= 5 && type <= 8 ? HEADER + 4 : HEADER;
  }

  private int checksum(int from, int size) {
    var crc = new CRC32C();
    crc.update(bytes.slice(from + TYPE, size - TYPE));
    int value = (int) crc.getValue();
    return Integer.rotateRight(value, 15) + 0xA282EAD8;
  }

  /** Adds a good piece; returns what is wrong with its position, or null. */
  private @Nullable String take() {
    int size = size(at);
    int kind = type(at) > 4 && type(at) <= 8 ? type(at) - 4 : type(at);
    boolean first = kind == 1 || kind == 2;
    if (kind <= 4 && within == first) {
      return within ? "a record begins within another" : "a record continues that has not begun";
    }
    if (first) {
      begun = at;
      opening.clear();
    }
    if (kind <= 4) {
      int header = header(at);
      int some = Math.min(opening.remaining(), size - header);
      opening.put(bytes.slice(at + header, some));
      within = kind == 2 || kind == 3;
    }
    at += size;
    if (!within) {
      end = at;
      if (kind <= 4 && opening.remaining() == 0) {
        lastSeq = opening.getLong(0) + (opening.getInt(8) & 0xFFFFFFFFL) - 1;
      }
    }
    return null;
  }

  private Finding bad(String wrong) {
    int lost = lost();
    boolean torn = lost == 0 && isUnfinished();
    return new Finding(file, length, lastSeq, end, at, wrong, torn, lost);
  }

  /** Whether these bytes are the rest of an interrupted write. */
  private boolean isUnfinished() {
    int left = BLOCK - at % BLOCK;
    if (length - at < HEADER) {
      return true;
    }
    int size = HEADER + (bytes.getShort(at + 4) & 0xFFFF); // the type may be what is damaged
    if (size <= left && at + size > length) {
      // Otherwise the piece is complete, and its length is damaged.
      return checksum(at, length - at) != bytes.getInt(at);
    }
    // The file may have its final length, but end with sectors that were never written.
    int written = length;
    while (written > at && bytes.get(written - 1) == 0) {
      written--;
    }
    return written == at || (written + SECTOR - 1) / SECTOR * SECTOR < length;
  }

  /** The number of good pieces after the damage. */
  private int lost() {
    int found = 0;
    int from = at + 1;
    while (from + HEADER <= length) {
      int left = BLOCK - from % BLOCK;
      if (left >= HEADER && type(from) <= 13 && wrong(from, left) == null) {
        found++;
        from += size(from);
      } else {
        from++;
      }
    }
    return found;
  }
}
