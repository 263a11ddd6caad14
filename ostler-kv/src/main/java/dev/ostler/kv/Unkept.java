package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has changed in a bucket that is kept, and is not in the journal yet. Belongs to the bucket's
 * process, as its entries do.
 */
final class Unkept {
  private BucketStore.Head head = BucketStore.Head.NONE; // as it is after the last change
  private @Nullable List<BucketStore.Write> writes; // since they were last taken
  private boolean spoiled;

  /** The head the bucket has; {@link BucketStore.Head#NONE} to begin with. */
  BucketStore.Head head() {
    return head;
  }

  /** It was read, and has this head. */
  void begin(BucketStore.Head read) {
    head = read;
  }

  /** Adds a change, after which the bucket has this head: the same object if it is the same. */
  void add(Change change, String value, String bucket, long seq, BucketStore.Head after) {
    List<BucketStore.Write> all = writes;
    if (all == null) {
      all = new ArrayList<>(1);
      writes = all;
    }
    all.add(new BucketStore.Write(bucket, seq, change, value, head, after));
    head = after;
  }

  /**
   * The changes since this was last asked; null if there are none.
   *
   * @throws IllegalStateException if they must not be kept
   */
  @Nullable List<BucketStore.Write> take() {
    if (spoiled) {
      throw new IllegalStateException("a change of several buckets could not be kept");
    }
    List<BucketStore.Write> all = writes;
    writes = null;
    return all;
  }

  /** What was changed must not be kept: the bucket's process is to end. */
  void spoil() {
    spoiled = true;
  }

  /** As {@link #spoil}, if anything was changed that was not taken. */
  void spoilIfChanged() {
    spoiled |= writes != null;
  }
}
