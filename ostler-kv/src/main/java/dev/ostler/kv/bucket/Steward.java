package dev.ostler.kv.bucket;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.kv.KvException;
import dev.ostler.kv.journal.Archive;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * The process that evicts buckets of a durable store from memory when they take too much of it, and
 * that loads buckets with something due, so that it expires.
 *
 * <p>It evicts buckets that were not used lately, by the clock algorithm: a hand passes over all
 * buckets in turn, and evicts those that were not used since it passed last.
 */
public final class Steward implements GenServer<Steward.Hand, Call<Steward, ?>, Cast<Steward>> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private static final Duration TICK = Duration.ofMillis(50);

  /** The hand passes over so many buckets at a time, or a part of all if that is more. */
  private static final int LEAST = 1000;

  /** One part in so many. */
  private static final int PART = 20;

  /** How many due buckets are loaded at a time. */
  private static final int DUE = 1000;

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
      if (!archive.journal().hasFailed()) { // otherwise nothing can expire for good
        expireDue();
      }
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

  /** Loads buckets with something due, page by page, as long as that succeeds. */
  private void expireDue() {
    int done;
    int found;
    do {
      List<String> due = due();
      found = due.size();
      done = 0;
      for (String name : due) {
        done += expireIn(name) ? 1 : 0;
      }
    } while (done > 0 && found == DUE);
  }

  private List<String> due() {
    try {
      return archive.due(keyspace.environment().clock().getAsLong(), DUE);
    } catch (KvException e) {
      LOG.log(Level.DEBUG, "the due buckets cannot be read", e);
      return List.of();
    }
  }

  /** Loads one bucket. A bucket that cannot be loaded does not stop the others. */
  private boolean expireIn(String name) {
    try {
      var _ = keyspace.with(name, false, new Nothing());
      return true;
    } catch (KvException | CallException e) {
      LOG.log(Level.DEBUG, "a due bucket was not loaded, and expires when it is next used", e);
      return false;
    }
  }

  /** Any request expires what is due before it runs: this one does nothing else. */
  private static final class Nothing extends BucketTask<Boolean> {
    Nothing() {
      super(true);
    }

    @Override
    protected Boolean runOn(Entries entries) {
      return entries.exists();
    }
  }
}
