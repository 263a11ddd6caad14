package dev.ostler.kv.server.cli;

import dev.ostler.kv.Change;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import dev.ostler.kv.bucket.BucketTask;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Store;
import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.rocksdb.RocksEngine;
import dev.ostler.kv.server.Resp;
import java.nio.file.Path;

/** Opens stores on disk for tests, and changes their buckets. Any thread may use it. */
final class Stores {
  private Stores() {}

  /** A store with RESP on a free port. */
  static Kv open(Path directory) {
    return Kv.open(KvConfig.durable(directory, new RocksEngine()).with(Resp.on(0)));
  }

  /** Changes a bucket, and creates it if it does not exist. */
  static void change(Kv kv, String name, Change... changes) {
    Store.of(kv)
        .keyspace()
        .with(
            Bytes.of(name),
            true,
            new BucketTask<Boolean>(true) {
              @Override
              public Boolean runOn(Entries entries) {
                for (Change change : changes) {
                  entries.apply(change);
                }
                return true;
              }
            });
  }

  static Change put(String key, String value) {
    return new Change.Put(key, value);
  }
}
