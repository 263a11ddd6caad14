package dev.ostler.kv;

import dev.ostler.kv.rocksdb.RocksEngine;
import java.nio.file.Path;

/** Stores on disk, for tests, and changes of their buckets. Any thread may use it. */
final class Stores {
  private Stores() {}

  /** One that listens for RESP on a free port. */
  static Kv open(Path directory) {
    return Kv.open(KvConfig.durable(directory, new RocksEngine()).respPort(0));
  }

  /** Changes a bucket, which is made if it is not there. */
  static void change(Kv kv, String name, Change... changes) {
    kv.keyspace()
        .with(
            Bytes.of(name),
            true,
            true,
            new Keyspace.Job<Boolean>() {
              @Override
              Boolean doOn(Entries entries) {
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
