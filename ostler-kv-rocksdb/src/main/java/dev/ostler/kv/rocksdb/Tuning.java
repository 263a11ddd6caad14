package dev.ostler.kv.rocksdb;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ChecksumType;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksObject;
import org.rocksdb.WALRecoveryMode;

/**
 * How RocksDB is set up, and what of it is outside the heap: not more than {@link #MEMORY}, but for
 * what readers hold. Belongs to one store, which closes it last.
 */
final class Tuning implements AutoCloseable {
  /** What was written last, in memory until it is a file of its own: small, so that it is fast. */
  private static final long MEMTABLE = 32 << 20;

  /** One is written to, the others wait to become files; then writers wait. */
  private static final int MEMTABLES = 4;

  /** Blocks of files, with their indexes and filters. */
  private static final long CACHE = 32 << 20;

  /**
   * In so many parts, as a power of two: a file's filter is one block, of a megabyte perhaps, and
   * has to fit into a part, else it is read again for each row that is looked for.
   */
  private static final int CACHE_PARTS = 2;

  /** How long the beginnings of rows are that share a hint where to put them. */
  private static final int HINTED = 3;

  /** About how many bytes all of it takes at most. */
  static final long MEMORY = MEMTABLE * MEMTABLES + CACHE + (16 << 20);

  private final List<RocksObject> parts = new ArrayList<>();
  private final Options options;

  Tuning(WALRecoveryMode recovery) throws RocksDBException {
    this(recovery, false, true);
  }

  private Tuning(WALRecoveryMode recovery, boolean tolerant, boolean joins)
      throws RocksDBException {
    options = keep(new Options(database(recovery, tolerant), rows()));
    options.setDisableAutoCompactions(!joins);
  }

  /** As any store, but tables stay as they are, and are not joined to larger ones. */
  static Tuning unjoined(WALRecoveryMode recovery) throws RocksDBException {
    return new Tuning(recovery, false, false);
  }

  /**
   * To open what has files that cannot be read, or others in place of them; nothing is written but
   * what is in the logs.
   */
  static Tuning tolerant(WALRecoveryMode recovery) throws RocksDBException {
    return new Tuning(recovery, true, false);
  }

  Options options() {
    return options;
  }

  private DBOptions database(WALRecoveryMode recovery, boolean tolerant) throws RocksDBException {
    var unnamed = new Properties();
    // A log that was synced to its end is on record: if it is gone or short, that is seen.
    unnamed.setProperty("track_and_verify_wals_in_manifest", String.valueOf(!tolerant));
    // Another table in place of one that cannot be read is another file.
    unnamed.setProperty("verify_sst_unique_id_in_manifest", String.valueOf(!tolerant));
    return keep(parsed(DBOptions::getDBOptionsFromProps, unnamed))
        .setCreateIfMissing(true)
        .setParanoidChecks(!tolerant)
        .setWalRecoveryMode(recovery)
        .setMaxTotalWalSize(MEMTABLE * (MEMTABLES - 1))
        .setMaxOpenFiles(512)
        .setMaxBackgroundJobs(2)
        .setBytesPerSync(1 << 20)
        .setWalBytesPerSync(1 << 20)
        // One thread writes.
        .setAllowConcurrentMemtableWrite(false)
        .setEnableWriteThreadAdaptiveYield(false)
        // A disk that failed once is not written to again by itself.
        .setMaxBgErrorResumeCount(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(1 << 20)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  /** Options with some that have no setter in Java. */
  private static <T> T parsed(Function<Properties, @Nullable T> parse, Properties unnamed)
      throws RocksDBException {
    T parsed = parse.apply(unnamed);
    if (parsed == null) {
      throw new RocksDBException("RocksDB does not know all of " + unnamed);
    }
    return parsed;
  }

  private ColumnFamilyOptions rows() throws RocksDBException {
    Cache cache = keep(new LRUCache(CACHE, CACHE_PARTS));
    var tables =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setBlockSize(8 << 10)
            .setFormatVersion(6)
            // Java can compute it fast, see TableScan.
            .setChecksumType(ChecksumType.kCRC32c)
            // A bucket has two entries in a filter, whatever the number of its keys.
            .setFilterPolicy(keep(new BloomFilter(10)))
            .setWholeKeyFiltering(false)
            .setOptimizeFiltersForMemory(true);
    // A row is looked for in memory from where the last one was put of those whose kind and hash
    // begin alike, which may be one of the same bucket: else each row is a search among all.
    var unnamed = new Properties();
    unnamed.setProperty("memtable_insert_with_hint_prefix_extractor", "fixed:" + HINTED);
    return keep(parsed(ColumnFamilyOptions::getColumnFamilyOptionsFromProps, unnamed))
        .setTableFormatConfig(tables)
        .setWriteBufferSize(MEMTABLE)
        .setMaxWriteBufferNumber(MEMTABLES)
        .useFixedLengthPrefixExtractor(Layout.PREFIX)
        .setMemtablePrefixBloomSizeRatio(0.05)
        // Each dropped bucket is a range; many of them in memory would slow down who reads.
        .setMemtableMaxRangeDeletions(10_000)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setForceConsistencyChecks(true);
  }

  private <T extends RocksObject> T keep(T part) {
    parts.addFirst(part);
    return part;
  }

  @Override
  public void close() {
    parts.forEach(RocksObject::close);
  }
}
