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
 * The options of RocksDB, and its memory outside the heap: at most {@link #MEMORY}, besides what
 * readers pin. Owned by one store, which closes it last.
 */
final class Tuning implements AutoCloseable {
  /** The size of a memtable, which becomes a file when it is full. A small one is fast. */
  private static final long MEMTABLE = 32 << 20;

  /**
   * The number of memtables: one is written to, the others are becoming files. Then writers wait.
   */
  private static final int MEMTABLES = 4;

  /** The size of the cache of blocks, with indexes and filters. */
  private static final long CACHE = 32 << 20;

  /**
   * The cache has so many parts, as a power of two. The filter of a file is one block, perhaps of a
   * megabyte. It must fit into a part, otherwise it is read again for each look-up.
   */
  private static final int CACHE_PARTS = 2;

  /** Rows whose first so many bytes are equal share an insertion hint. */
  private static final int HINTED = 3;

  /** About how many bytes all of it takes, at most. */
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

  /** For any store, but without compaction: tables stay as they are. */
  static Tuning unjoined(WALRecoveryMode recovery) throws RocksDBException {
    return new Tuning(recovery, false, false);
  }

  /**
   * For a store with files that cannot be read, or were replaced. Only the contents of the logs are
   * written.
   */
  static Tuning tolerant(WALRecoveryMode recovery) throws RocksDBException {
    return new Tuning(recovery, true, false);
  }

  Options options() {
    return options;
  }

  private DBOptions database(WALRecoveryMode recovery, boolean tolerant) throws RocksDBException {
    var unnamed = new Properties();
    // The manifest records synced logs. A log that is missing or short is so noticed.
    unnamed.setProperty("track_and_verify_wals_in_manifest", String.valueOf(!tolerant));
    // A table that replaces an unreadable one is another file.
    unnamed.setProperty("verify_sst_unique_id_in_manifest", String.valueOf(!tolerant));
    return keep(parsed(DBOptions::getDBOptionsFromProps, unnamed))
        .setCreateIfMissing(true)
        .setParanoidChecks(!tolerant)
        .setWalRecoveryMode(recovery)
        .setMaxTotalWalSize(MEMTABLE * (MEMTABLES - 1))
        .setMaxOpenFiles(512)
        .setMaxBackgroundJobs(2)
        // RocksDB would take 35 MB for a log in advance. On a disk with little room that is most
        // of it, and nobody can see that the log may still use it.
        .setAllowFAllocate(false)
        .setBytesPerSync(1 << 20)
        .setWalBytesPerSync(1 << 20)
        // One thread writes.
        .setAllowConcurrentMemtableWrite(false)
        .setEnableWriteThreadAdaptiveYield(false)
        // After a failure of the disk, RocksDB does not resume by itself.
        .setMaxBgErrorResumeCount(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(1 << 20)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  /** Options, with some that have no setter in Java. */
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
            // Java computes it fast, see TableScan.
            .setChecksumType(ChecksumType.kCRC32c)
            // A bucket has two entries in a filter, whatever the number of its keys.
            .setFilterPolicy(keep(new BloomFilter(10)))
            .setWholeKeyFiltering(false)
            .setOptimizeFiltersForMemory(true);
    // The insertion of a row starts at the last row with the same kind and the same first bytes of
    // the
    // hash, which may be one of the same bucket. Otherwise each insertion searches all rows.
    var unnamed = new Properties();
    unnamed.setProperty("memtable_insert_with_hint_prefix_extractor", "fixed:" + HINTED);
    return keep(parsed(ColumnFamilyOptions::getColumnFamilyOptionsFromProps, unnamed))
        .setTableFormatConfig(tables)
        .setWriteBufferSize(MEMTABLE)
        .setMaxWriteBufferNumber(MEMTABLES)
        // On a disk without room for compaction, 36 tables would stop all writing.
        .setLevel0StopWritesTrigger(Integer.MAX_VALUE)
        .useFixedLengthPrefixExtractor(Layout.PREFIX)
        .setMemtablePrefixBloomSizeRatio(0.05)
        // Each dropped bucket is a range deletion; many of them in memory would slow down reads.
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
