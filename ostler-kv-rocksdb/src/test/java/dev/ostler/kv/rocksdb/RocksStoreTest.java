package dev.ostler.kv.rocksdb;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.journal.BucketStoreSpecification;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The store on RocksDB does what every store does. */
class RocksStoreTest extends BucketStoreSpecification {
  @TempDir private Path directory;

  @Override
  protected BucketStore open() throws IOException {
    return new RocksEngine().open(directory, false, said -> {});
  }

  @Override
  protected BucketStore reopened(BucketStore store) throws IOException {
    store.close();
    return open();
  }
}
