package dev.ostler.kv;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one way into a store's engine: changes of all buckets queue here in one order, and one thread
 * hands them over, as many at a time as there are.
 *
 * <p>Any thread may use it, and {@link #append} never waits for the engine. Positions count groups
 * of changes; a group is kept as a whole or not at all, and never without those before it.
 */
final class Journal implements AutoCloseable {
  /*
   *   append            the thread: take all    engine.append      engine.sync
   *   appended = n  ->  (queue)             ->  written = n    ->  durable = n
   *
   * With ALWAYS the thread syncs after each append; with EVERYSEC once a second; with NO never, but
   * at the end. At the first failure of the engine it stops: written and durable stay where they
   * are, who waits for more is told, and nothing is appended any more.
   */

  /** With more than so many bytes in the queue, whoever would add to it is to wait. */
  static final long MOST_WAITING = 32L * 1024 * 1024;

  private static final long SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long changes may wait for each other where no reply waits for them. */
  private static final long GATHER_MILLIS = 1;

  /** The thread looks by itself for so long after the last change; then it has to be woken. */
  private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What is told of a failure. */
  interface Failure {
    /**
     * Nothing more is kept.
     *
     * @param doubtful whether what the engine had taken may be lost, too
     */
    void failed(KvException why, boolean doubtful);
  }

  /** About what a change takes in the queue, besides its text. */
  private static final long OVERHEAD = 96;

  private final BucketStore engine;
  private final Sync sync;
  private final Failure failed;
  private final Thread thread;
  private final Mark written = new Mark();
  private final Mark durable = new Mark();

  // Under this object's lock; what is volatile is read by any thread.
  private ArrayList<BucketStore.Write> queue = new ArrayList<>();
  private volatile long waiting; // bytes in the queue, and on their way
  private volatile long appended;
  private boolean idle; // the thread waits until it is woken
  private boolean closing;
  private volatile @Nullable KvException failure;

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>(); // added to under the lock

  // The thread's own.
  private long busyUntil = System.nanoTime();
  private long syncAt;
  private boolean unsynced;
  private boolean syncing;

  /**
   * Starts its thread.
   *
   * @param failed is told, once, that the engine has failed
   */
  Journal(BucketStore engine, Sync sync, Failure failed) {
    this.engine = engine;
    this.sync = sync;
    this.failed = failed;
    this.thread = Thread.ofPlatform().name("kv journal").daemon().unstarted(this::run);
    thread.start();
  }

  // --- What comes in
  // ------------------------------------------------------------------------------

  /**
   * Adds a group of changes, behind all that were added before.
   *
   * @return its position
   * @throws KvException.NotKept if the engine has failed
   */
  long append(List<BucketStore.Write> group) {
    long bytes = 0;
    for (BucketStore.Write write : group) {
      bytes += bytes(write);
    }
    synchronized (this) {
      check();
      if (closing) {
        throw new KvException.NotKept("the store is closed");
      }
      queue.addAll(group);
      waiting += bytes; // no other thread writes it without the lock
      wake();
      long position = appended + 1;
      appended = position;
      return position;
    }
  }

  private static long bytes(BucketStore.Write write) {
    return OVERHEAD
        + write.bucket().length()
        + write.value().length()
        + switch (write.change()) {
          case Change.Put(String key, String value) -> key.length() + value.length();
          case Change.Removed(String key) -> key.length();
          case Change.KeyDeadline(String key, long _) -> key.length();
          case Change.Text(String value) -> value.length();
          case Change.Deadline _, Change.Kept _, Change.Dropped _ -> 0;
        };
  }

  private void wake() {
    if (idle) {
      idle = false;
      notifyAll();
    }
  }

  /** The position of the last group that was added. */
  long appended() {
    return appended;
  }

  /**
   * The position of the last group that readers can have seen anything of, who saw nothing that is
   * known better; once the engine has failed, that is the last one it has.
   */
  long seen() {
    return failure == null ? appended : written.reached();
  }

  boolean hasFailed() {
    return failure != null;
  }

  /**
   * Nothing, while changes are kept.
   *
   * @throws KvException.NotKept if the engine has failed
   */
  void check() {
    KvException why = failure;
    if (why != null) {
      throw new KvException.NotKept(why);
    }
  }

  /** Whether so much waits for the engine that whoever would add to it is to wait. */
  boolean isFull() {
    return waiting > MOST_WAITING && failure == null;
  }

  /** How many bytes wait for the engine. */
  long waiting() {
    return waiting;
  }

  /** How many changes wait for the engine, at most. */
  long mostWaiting() {
    return waiting / OVERHEAD;
  }

  /** Waits until there is room. */
  void awaitRoom() {
    while (isFull()) {
      written.await(appended());
    }
  }

  // --- What becomes of it
  // -------------------------------------------------------------------------

  /** Whether whoever is answered may rely on it: if not, replies need not wait. */
  boolean promises() {
    return sync == Sync.ALWAYS;
  }

  /** How far the engine has it, and gives it to who reads. */
  Mark written() {
    return written;
  }

  /** How far it outlives a loss of power. */
  Mark durable() {
    return durable;
  }

  /** Does something once it has come so far; never, if it fails before. */
  void whenDurable(long position, Runnable then) {
    durable.whenReached(
        position,
        why -> {
          if (why == null) {
            then.run();
          }
        });
  }

  // --- The thread
  // ---------------------------------------------------------------------------------

  private void run() {
    try {
      while (turn()) {
        // As long as there may be more.
      }
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    }
  }

  /** Hands over what there is; false if that was the end. */
  private boolean turn() throws IOException {
    List<BucketStore.Write> group;
    long position;
    long bytes;
    boolean last;
    synchronized (this) {
      awaitWork();
      group = queue;
      queue = new ArrayList<>(Math.min(group.size(), 10_000));
      position = appended;
      bytes = waiting;
      last = closing;
    }
    if (!group.isEmpty()) {
      engine.append(group);
      busyUntil = System.nanoTime() + BUSY_NANOS;
      if (!unsynced) {
        unsynced = true;
        syncAt = System.nanoTime() + SYNC_NANOS;
      }
      synchronized (this) {
        waiting -= bytes;
      }
      written.reach(position);
    }
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    if (unsynced && (last || isTimeToSync())) {
      syncing = true;
      engine.sync();
      syncing = false;
      unsynced = false;
      durable.reach(position);
    }
    return !last;
  }

  /** Waits, under the lock, until there is something to do. */
  private void awaitWork() {
    while (queue.isEmpty() && tasks.isEmpty() && !closing && !isTimeToSync()) {
      boolean busy = sync != Sync.ALWAYS && System.nanoTime() - busyUntil < 0;
      idle = !busy;
      try {
        if (busy) {
          wait(GATHER_MILLIS); // not woken: to wake it would cost more than the change
        } else if (unsynced && sync == Sync.EVERYSEC) {
          wait(1 + Math.max(0, TimeUnit.NANOSECONDS.toMillis(syncAt - System.nanoTime())));
        } else {
          wait();
        }
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt it.
      }
    }
    idle = false;
  }

  private boolean isTimeToSync() {
    return switch (sync) {
      case ALWAYS -> unsynced;
      case EVERYSEC -> unsynced && System.nanoTime() - syncAt >= 0;
      case NO -> false;
    };
  }

  private void fail(Throwable cause) {
    var why = new KvException.NotKept(cause);
    synchronized (this) {
      failure = why;
      queue = new ArrayList<>();
      waiting = 0;
    }
    written.fail(why);
    durable.fail(why);
    tasks.forEach(Runnable::run); // each finds the failure
    failed.failed(why, syncing);
  }

  // --- Besides
  // ------------------------------------------------------------------------------------

  /** Something with the engine. */
  interface Work {
    void run() throws IOException;
  }

  /** Does something on the journal's thread, after all that was appended before is written. */
  CompletableFuture<Void> between(Work work) {
    var done = new CompletableFuture<Void>();
    synchronized (this) {
      if (failure != null || closing) {
        done.completeExceptionally(new KvException.NotKept("the store is closed, or has failed"));
      } else {
        tasks.add(() -> run(work, done));
        wake();
      }
    }
    return done;
  }

  private void run(Work work, CompletableFuture<Void> done) {
    KvException why = failure;
    if (why != null) {
      done.completeExceptionally(why);
      return;
    }
    try {
      work.run();
      done.complete(null);
    } catch (IOException | RuntimeException e) {
      done.completeExceptionally(e);
    }
  }

  /**
   * Hands over and syncs what there is, ends the thread, and closes the engine.
   *
   * @throws UncheckedIOException if it cannot be closed
   */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
      wake();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // what was told must be kept first
      }
    }
    try {
      engine.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
