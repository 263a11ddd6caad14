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

/** The way of exported buckets into a store that no server has open. Used by one thread, once. */
public final class Import {
  private final BucketStore store;
  private final Archive archive;
  private final Environment environment;
  private Contents imported = Contents.NONE;
  private Contents expected = Contents.NONE; // of all of the store, at the end

  public Import(BucketStore store, Archive archive) {
    this.store = store;
    this.archive = archive;
    this.environment = Environment.of(Limits.DEFAULT).with(archive);
  }

  /** What was imported until now. */
  public Contents imported() {
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
   * Nothing, after so many changes: so that the last of those that follow has the number it had.
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
