package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.ForwardingStore;
import dev.ostler.kv.rocksdb.RocksEngine;
import java.io.IOException;

/** A disk that a test fills. Any thread. */
final class SmallDisk {
  private volatile boolean full;

  /** From now on no store has room. */
  void fill() {
    full = true;
  }

  /** Keeps stores on it. */
  BucketStore.Engine engine() {
    return (directory, readOnly, report) ->
        new ForwardingStore(new RocksEngine().open(directory, readOnly, report)) {
          @Override
          public long room() throws IOException {
            return full ? 0 : super.room();
          }
        };
  }

  /** A store has nothing to report. */
  static void fail(String report) {
    throw new AssertionError(report);
  }
}
