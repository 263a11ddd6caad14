package dev.ostler.kv.rocksdb;

/**
 * A moment before which no bucket has a deadline: a search for due buckets begins there. Any thread
 * may use it.
 *
 * <p>Buckets that were due leave deleted rows behind. A search from the first of them would pass
 * over all of them each time.
 */
final class DueFloor {
  private long moment = Long.MIN_VALUE;
  private long version;

  synchronized long moment() {
    return moment;
  }

  /** Called before a search; its result is passed to {@link #raise} after it. */
  synchronized long version() {
    return version;
  }

  /** A bucket with this deadline was written. Called after the write. */
  synchronized void lower(long to) {
    version++;
    moment = Math.min(moment, to);
  }

  /** This is the earliest deadline, unless something was written since that version. */
  synchronized void raise(long to, long since) {
    if (since == version) {
      moment = to;
    }
  }
}
