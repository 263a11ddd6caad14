package dev.ostler.kv.bucket;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many buckets a store has in memory, and which of those with nothing in them may end now. Any
 * thread.
 */
final class Census {
  /*
   * A bucket that ends is work for those who start new ones: the registry and the supervisor of
   * buckets hear of each. Of so many that end at one moment (one DEL, FLUSHALL, one deadline) who
   * wants a new bucket would wait for all. So only a few are ending at a time. The others stay,
   * which nobody sees, as there is nothing in them, and may be used again; with each that the
   * registry has forgotten the next one may end.
   */
  private static final int MOST_ENDING = 200;

  private final LongAdder count = new LongAdder();
  private final LongAdder expiring = new LongAdder();
  private final AtomicInteger ending = new AtomicInteger(); // the registry has not heard of
  private final Queue<BucketRef> waiting = new ConcurrentLinkedQueue<>(); // until they may end

  /** So many more buckets have something in them. */
  void add(int more) {
    count.add(more);
  }

  /** How many buckets have something in them. */
  long size() {
    return count.sum();
  }

  /** So many more buckets go by themselves. */
  void addExpiring(int more) {
    expiring.add(more);
  }

  /** How many buckets go by themselves. */
  long expiring() {
    return expiring.sum();
  }

  /** Whether one more process may end now; then it has to. */
  boolean mayEnd() {
    if (ending.incrementAndGet() <= MOST_ENDING) {
      return true;
    }
    ending.decrementAndGet();
    return false;
  }

  /** Has a bucket that may not end now try again later. */
  void endLater(BucketRef bucket) {
    waiting.add(bucket);
    if (ending.get() == 0) { // all have ended meanwhile
      next();
    }
  }

  /** A process that has ended is forgotten. */
  void forgotten() {
    int now = ending.updateAndGet(before -> Math.max(0, before - 1)); // some ended unasked
    if (now < MOST_ENDING) {
      next();
    }
  }

  /** One that might have ended is used again: another may end. */
  void stays() {
    next();
  }

  /** There is another registry, which hears of all that have ended and are not forgotten yet. */
  void begin() {
    ending.set(0);
    for (int i = 0; i < MOST_ENDING && !waiting.isEmpty(); i++) {
      next();
    }
  }

  /** Whether some have nothing in them, and only wait until they may end. */
  boolean isLate() {
    return !waiting.isEmpty();
  }

  private void next() {
    BucketRef next = waiting.poll();
    while (next != null && !next.isAlive()) {
      next = waiting.poll();
    }
    if (next != null) {
      next.leave();
    }
  }
}
