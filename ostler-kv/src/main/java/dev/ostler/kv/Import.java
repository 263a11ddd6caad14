package dev.ostler.kv;

import java.io.IOException;

/** The way of exported buckets into a store that no server has open. Used by one thread, once. */
final class Import {
  private final BucketStore store;
  private final Archive archive;
  private final Environment environment;
  private Contents imported = Contents.NONE;
  private Contents expected = Contents.NONE; // of all of the store, at the end

  Import(BucketStore store, Archive archive) {
    this.store = store;
    this.archive = archive;
    this.environment = Environment.of(Limits.DEFAULT).with(archive);
  }

  /** What was imported until now. */
  Contents imported() {
    return imported;
  }

  /**
   * Imports all that is read, each bucket as a whole, instead of one of the same name.
   *
   * @param reading is told how far it has come
   * @param readingBack as well, when all of the store is read before and after
   * @throws IOException if the export is not as it should be, or what is read back is not what was
   *     written; what came before stays
   */
  void run(PortableReader reader, Runnable reading, Progress readingBack) throws IOException {
    boolean empty = store.size() == 0;
    if (!empty) {
      expected = new StoredBuckets(store, readingBack).read();
    }
    reader.read(
        (name, stored) -> {
          bucket(name, stored, empty);
          reading.run();
        });
    archive.journal().written().await(archive.journal().appended());
    Contents found = new StoredBuckets(store, readingBack).read();
    if (!found.equals(expected)) {
      throw new IOException(
          "what was read back is not what was written: expected "
              + expected
              + ", and found "
              + found
              + "; is a bucket in the file twice?");
    }
  }

  private void bucket(String name, BucketStore.Stored stored, boolean isNew) throws IOException {
    archive.journal().check();
    archive.journal().awaitRoom();
    var bucket = new Entries(name, environment);
    BucketStore.Stored before = isNew ? null : store.load(name).orElse(null);
    if (before != null) {
      bucket.restore(before);
      expected = expected.minus(StoredBuckets.contents(bucket));
      bucket.apply(new Change.Dropped());
    }
    bucket.countFrom(stored.seq() - stored.changes().size());
    stored.changes().forEach(bucket::apply);
    Contents contents = StoredBuckets.contents(bucket);
    var writes = bucket.takeUnkept();
    if (writes == null) {
      throw new IllegalStateException("a bucket without changes: " + Bytes.text(name));
    }
    archive.journal().append(writes);
    imported = imported.plus(contents);
    expected = expected.plus(contents);
  }
}
