import org.jspecify.annotations.NullMarked;

/** Stores the buckets of KV on disk, with RocksDB. */
@NullMarked
@SuppressWarnings("requires-automatic") // rocksdbjni is no module yet
module dev.ostler.kv.rocksdb {
  requires static org.jspecify;
  requires transitive dev.ostler.kv;
  requires rocksdbjni;

  exports dev.ostler.kv.rocksdb;

  provides dev.ostler.kv.BucketStore.Engine with
      dev.ostler.kv.rocksdb.RocksEngine;
}
