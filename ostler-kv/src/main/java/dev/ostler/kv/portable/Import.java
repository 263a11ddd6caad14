package dev.ostler.kv.portable;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bucket.PendingChanges;
import dev.ostler.kv.journal.Archive;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Imports exported buckets into a store that no server has open. Used by one thread. Single use.
 */
public final class Import {
  private final BucketStore store;
  private final Archive archive;
  private final Environment environment;
  private Contents imported = Contents.NONE;
  private Contents expected = Contents.NONE; // of the whole store, at the end

  public Import(BucketStore store, Archive archive) {
    this.store = store;
    this.archive = archive;
    this.environment = Environment.of(Limits.DEFAULT).with(archive);
  }

  /** The buckets that were imported so far. */
  public Contents imported() {
    return imported;
  }

  /**
   * Imports all buckets of an export. Each replaces the whole bucket of its name.
   *
   * @param reading is called after each bucket
   * @param readingBack shows the progress of reading the whole store, before and after
   * @throws IOException if the export is invalid, or the store does not contain what was written;
   *     the buckets that were imported before stay
   */
  public void run(PortableReader reader, Runnable reading, Progress readingBack)
      throws IOException {
    boolean empty = store.size() == 0;
    if (!empty) {
      expected = new StoredBuckets(store, readingBack).read();
    }
    reader.read(
        (name, stored) -> {
          bucket(name, stored, empty);
          reading.run();
        });
    archive.journal().awaitWritten();
    Contents found = new StoredBuckets(store, readingBack).read();
    if (!found.equals(expected)) {
      throw new IOException(
          "the store does not contain what was written: expected "
              + expected
              + ", and found "
              + found
              + "; does the file contain a bucket twice?");
    }
  }

  private void bucket(String name, BucketStore.Stored stored, boolean isNew) throws IOException {
    archive.journal().check();
    archive.journal().awaitRoom();
    var writes = new ArrayList<BucketStore.Write>();
    BucketStore.Stored before = isNew ? null : store.load(name).orElse(null);
    if (before != null) {
      var old = new Entries(name, environment);
      old.load(before);
      expected = expected.minus(StoredBuckets.contents(old));
      old.apply(new Change.Dropped());
      takePending(old, writes);
    }
    var bucket = new Entries(name, environment);
    bucket.load(nothing(stored.seq() - stored.changes().size()));
    stored.changes().forEach(bucket::apply);
    takePending(bucket, writes);
    archive.journal().append(writes);
    Contents contents = StoredBuckets.contents(bucket);
    imported = imported.plus(contents);
    expected = expected.plus(contents);
  }

  /**
   * An empty bucket after so many changes. So the last of the following changes gets the number
   * that it had.
   */
  private static BucketStore.Stored nothing(long seq) {
    return new BucketStore.Stored(seq, List.of());
  }

  private static void takePending(Entries bucket, List<BucketStore.Write> writes) {
    PendingChanges pending = bucket.pending();
    writes.addAll(pending.writes());
    pending.appended();
  }
}
