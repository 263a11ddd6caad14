package dev.ostler.kv.bucket;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the buckets that a store has in memory, and decides which empty ones may end now. Any
 * thread may use it.
 */
final class Census {
  /*
   * The registry and the supervisor of buckets hear of each bucket that ends. If many ended at one
   * moment (one DEL, FLUSHALL, one deadline), a request for a new bucket would wait for all of
   * them. So only a few end at a time. The other processes stay, and may be used again; users do
   * not notice, because they are empty. Each time the registry has removed one, the next may end.
   */
  private static final int MOST_ENDING = 200;

  private final LongAdder count = new LongAdder();
  private final LongAdder expiring = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final AtomicInteger ending = new AtomicInteger(); // that the registry has not removed yet
  private final Queue<BucketRef> waiting =
      new ConcurrentLinkedQueue<>(); // empty ones, until they may end

  /** So many more buckets exist. */
  void add(int more) {
    count.add(more);
  }

  /** The number of buckets. */
  long size() {
    return count.sum();
  }

  /** So many more buckets have a deadline. */
  void addExpiring(int more) {
    expiring.add(more);
  }

  /** How many buckets have a deadline. */
  long expiring() {
    return expiring.sum();
  }

  /** A bucket leaves memory, and stays on the disk. */
  void evicted() {
    evictions.increment();
  }

  /** How many buckets have left memory so far. */
  long evictions() {
    return evictions.sum();
  }

  /** Whether one more process may end now. If so, it must. */
  boolean mayEnd() {
    if (ending.incrementAndGet() <= MOST_ENDING) {
      return true;
    }
    ending.decrementAndGet();
    return false;
  }

  /** Tells a bucket that may not end now to try again later. */
  void endLater(BucketRef bucket) {
    waiting.add(bucket);
    if (ending.get() == 0) { // all others have ended meanwhile
      next();
    }
  }

  /** The registry has removed a process that has ended. */
  void removed() {
    int now = ending.updateAndGet(before -> Math.max(0, before - 1)); // some ended without asking
    if (now < MOST_ENDING) {
      next();
    }
  }

  /** A process that was told to end is in use again: another may end. */
  void stays() {
    next();
  }

  /**
   * A new registry begins. It hears of all processes that have ended and are still in the table.
   */
  void begin() {
    ending.set(0);
    for (int i = 0; i < MOST_ENDING && !waiting.isEmpty(); i++) {
      next();
    }
  }

  /** Whether empty processes wait until they may end. */
  boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  private void next() {
    BucketRef next = waiting.poll();
    while (next != null && !next.isAlive()) {
      next = waiting.poll();
    }
    if (next != null) {
      next.endIfEmpty();
    }
  }
}
