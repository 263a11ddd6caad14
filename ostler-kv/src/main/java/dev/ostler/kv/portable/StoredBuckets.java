package dev.ostler.kv.portable;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Limits;
import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.bucket.Environment;
import dev.ostler.kv.bytes.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads all buckets of a store that no server has open, one after the other. Used by one thread,
 * while nothing changes the store.
 */
public final class StoredBuckets {
  /** How many names are read at a time. */
  private static final int PAGE = 1000;

  private final BucketStore store;
  private final Progress progress;

  public StoredBuckets(BucketStore store, Progress progress) {
    this.store = store;
    this.progress = progress;
  }

  /** Is called with each bucket. */
  private interface Each {
    void bucket(Entries bucket) throws IOException;
  }

  /**
   * Writes an export of all buckets that have not expired at this moment; returns their contents.
   */
  public Contents export(OutputStream out, long now) throws IOException {
    var writer = new PortableWriter(out);
    writer.begin();
    forEach(
        now,
        bucket -> {
          bucket.expire();
          if (bucket.exists()) {
            writer.bucket(bucket);
          }
        });
    return writer.end();
  }

  /** Reads all buckets, also those that are due; returns their contents. */
  public Contents read() throws IOException {
    var writer = new PortableWriter(OutputStream.nullOutputStream());
    Contents[] all = {Contents.NONE};
    forEach(0, bucket -> all[0] = all[0].plus(writer.bucket(bucket)));
    return all[0];
  }

  /** The contents of one bucket. */
  static Contents contents(Entries bucket) throws IOException {
    return new PortableWriter(OutputStream.nullOutputStream()).bucket(bucket);
  }

  private void forEach(long now, Each each) throws IOException {
    var environment =
        new Environment(Limits.DEFAULT, () -> now, new LongAdder(), (bucket, type, event) -> {});
    long done = 0;
    long cursor = 0;
    do {
      var names = new ArrayList<String>();
      cursor = store.scan(cursor, PAGE, (name, head) -> names.add(name));
      for (String name : names) {
        progress.show(done++, store.size());
        var bucket = new Entries(name, environment);
        bucket.load(stored(name));
        each.bucket(bucket);
      }
    } while (cursor != 0);
    progress.show(done, done);
  }

  private BucketStore.Stored stored(String name) throws IOException {
    return store
        .load(name)
        .orElseThrow(
            () ->
                new IOException(
                    "the store is damaged: it lists the bucket "
                        + Bytes.text(name)
                        + ", and does not have it"));
  }
}
