package dev.ostler.kv.rocksdb;

/**
 * A moment before which no bucket wakes: where to look for the next that does. Any thread.
 *
 * <p>What woke leaves deleted rows behind, and whoever began at the first of them would go through
 * all of them each time.
 */
final class DueFloor {
  private long moment = Long.MIN_VALUE;
  private long version;

  synchronized long moment() {
    return moment;
  }

  /** To be asked before one looks for what {@link #raise} is told. */
  synchronized long version() {
    return version;
  }

  /** There may now be a bucket that wakes at this moment. To be told after it was written. */
  synchronized void lower(long to) {
    version++;
    moment = Math.min(moment, to);
  }

  /** The first bucket wakes at this moment, unless something was written since that version. */
  synchronized void raise(long to, long since) {
    if (since == version) {
      moment = to;
    }
  }
}
