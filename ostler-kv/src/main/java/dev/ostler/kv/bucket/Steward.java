package dev.ostler.kv.bucket;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.kv.journal.Archive;
import java.time.Duration;
import java.util.HashSet;

/**
 * The process that evicts buckets of a durable store from memory when they take too much of it. It
 * never waits for the disk, which may be full for hours.
 *
 * <p>It evicts buckets that were not used lately, by the clock algorithm: a hand passes over all
 * buckets in turn, and evicts those that were not used since it passed last.
 */
public final class Steward implements GenServer<Steward.Hand, Call<Steward, ?>, Cast<Steward>> {
  private static final Duration TICK = Duration.ofMillis(50);

  /** The hand passes over so many buckets at a time, or a part of all if that is more. */
  private static final int LEAST = 1000;

  /** One part in so many. */
  private static final int PART = 20;

  private final BucketTable table;
  private final Keyspace keyspace;
  private final Archive archive;
  private final long mostBytes;

  /**
   * For the buckets of one store.
   *
   * @param mostBytes about how many bytes of heap they may take
   */
  public Steward(BucketTable table, Keyspace keyspace, Archive archive, long mostBytes) {
    this.table = table;
    this.keyspace = keyspace;
    this.archive = archive;
    this.mostBytes = mostBytes;
  }

  private record Tick() {}

  /** The position of the hand. Used by the steward's process only. */
  static final class Hand {
    private long cursor;
  }

  @Override
  public Init<Hand> init() {
    again();
    return Init.ok(new Hand());
  }

  private static void again() {
    var _ = Self.sendAfter(new Tick(), TICK);
  }

  @Override
  public Next<? extends Hand> handleInfo(Object message, Hand hand) throws Exception {
    if (!(message instanceof Tick)) {
      return GenServer.super.handleInfo(message, hand);
    }
    try {
      archive.reserveNumbers();
      makeRoom(hand);
    } catch (OutOfMemoryError e) { // it must not end, because it frees memory: it tries again
      FullHeap.log("no bucket was evicted", e);
    }
    again();
    return Next.noReply(hand);
  }

  /**
   * Evicts buckets until they do not take too much memory. It passes over each bucket at most once,
   * so that new buckets cannot keep it busy forever. A bucket that was told to leave counts as
   * gone.
   */
  private void makeRoom(Hand hand) {
    long over = keyspace.environment().memory().sum() - mostBytes;
    int all = table.processes();
    int count = Math.max(LEAST, all / PART);
    long[] leaving = {0};
    var passed = new HashSet<BucketRef>(); // a scan of a shrinking table repeats some
    // After the second end the scan has seen all buckets, even if some of them have ended.
    for (int ends = 0; leaving[0] < over && passed.size() < all && ends < 2; ) {
      hand.cursor =
          table.scanProcesses(
              hand.cursor,
              count,
              bucket -> {
                if (leaving[0] < over && passed.add(bucket) && !bucket.wasUsed()) {
                  leaving[0] += bucket.evict();
                }
              });
      ends += hand.cursor == 0 ? 1 : 0;
    }
  }
}
