package dev.ostler.kv.bucket;

import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Self;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Steward.Notice;
import dev.ostler.kv.bucket.Steward.Question;
import dev.ostler.kv.journal.Archive;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * The process that decides which buckets of a durable store are in memory: those that were not used
 * for a while leave it when there is too much in it, and those that have to let something go come
 * back for that.
 *
 * <p>Which have not been used is found as a clock's hand would: it passes all buckets, one after
 * the other, and takes those that nobody has used since it passed last.
 */
public final class Steward implements GenServer<Steward.Hand, Question<?>, Notice> {
  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  private static final Duration TICK = Duration.ofMillis(50);

  /** The least number of buckets it passes at a time; else a part of all. */
  private static final int LEAST = 1000;

  private static final int PART = 20;

  /** How many buckets are brought back at a time. */
  private static final int DUE = 1000;

  private final BucketTable table;
  private final Keyspace keyspace;
  private final Archive archive;
  private final long mostBytes;

  /**
   * For a store's buckets.
   *
   * @param mostBytes about how many bytes of heap they may take
   */
  public Steward(BucketTable table, Keyspace keyspace, Archive archive, long mostBytes) {
    this.table = table;
    this.keyspace = keyspace;
    this.archive = archive;
    this.mostBytes = mostBytes;
  }

  /** What it is asked: nothing. */
  interface Question<R> extends Call<Steward, R> {}

  /** What it is told: nothing. */
  interface Notice extends Cast<Steward> {}

  private record Tick() {}

  /** Where the hand is. Moved by its own process only. */
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
  public Next<Hand> handleCall(Question<?> question, From<?> from, Hand hand) {
    throw new UnsupportedOperationException("nothing is asked of the steward");
  }

  @Override
  public Next<Hand> handleCast(Notice notice, Hand hand) {
    throw new UnsupportedOperationException("nothing is told to the steward");
  }

  @Override
  public Next<Hand> handleInfo(Object message, Hand hand) throws Exception {
    if (!(message instanceof Tick)) {
      return GenServer.super.handleInfo(message, hand);
    }
    try {
      archive.look();
      makeRoom(hand);
      if (!archive.journal().hasFailed()) { // else nothing that is due can go for good
        wake();
      }
    } catch (OutOfMemoryError e) { // it is the one who makes room: at the next tick
      FullHeap.log("what can leave memory was not looked for", e);
    }
    again();
    return Next.noReply(hand);
  }

  /**
   * Passes buckets until there is not too much in memory, and each of them once at most: however
   * fast new ones come, they do not fill the heap. Those that were told to leave are counted as
   * gone, as they soon are.
   */
  private void makeRoom(Hand hand) {
    long over = keyspace.environment().memory().sum() - mostBytes;
    int all = table.processes();
    int count = Math.max(LEAST, all / PART);
    long[] leaving = {0};
    var passed = new HashSet<BucketRef>(); // a table that shrinks shows some again
    // Behind the second end all have been shown, though fewer than there were before.
    for (int ends = 0; leaving[0] < over && passed.size() < all && ends < 2; ) {
      hand.cursor =
          table.scanProcesses(
              hand.cursor,
              count,
              bucket -> {
                if (leaving[0] < over && passed.add(bucket) && !bucket.wasUsed()) {
                  leaving[0] += bucket.rest();
                }
              });
      ends += hand.cursor == 0 ? 1 : 0;
    }
  }

  /** Has buckets let go what is due, and goes on as long as some do. */
  private void wake() {
    int done;
    int found;
    do {
      List<String> due = due();
      found = due.size();
      done = 0;
      for (String name : due) {
        done += wake(name) ? 1 : 0;
      }
    } while (done > 0 && found == DUE);
  }

  private List<String> due() {
    try {
      return archive.due(keyspace.environment().clock().getAsLong(), DUE);
    } catch (KvException e) {
      LOG.log(Level.DEBUG, "what is due is not known", e);
      return List.of();
    }
  }

  /** One that cannot be read must not keep the others. */
  private boolean wake(String name) {
    try {
      var _ = keyspace.with(name, false, true, new Nothing());
      return true;
    } catch (KvException | CallException e) {
      LOG.log(Level.DEBUG, "a bucket whose time is over stays until it is used", e);
      return false;
    }
  }

  /** Whatever is done with a bucket, it lets go first what is due. */
  private static final class Nothing extends Keyspace.Job<Boolean> {
    @Override
    protected Boolean doOn(Entries entries) {
      return entries.exists();
    }
  }
}
