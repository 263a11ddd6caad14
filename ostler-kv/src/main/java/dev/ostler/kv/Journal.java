package dev.ostler.kv;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
   * With ALWAYS the thread appends what there is as soon as it can, and syncs after each append.
   * With EVERYSEC it syncs once a second, with NO never, but at the end; nobody waits for that, and
   * so changes gather for a while, as those that are made void meanwhile need not be appended at
   * all. But somebody may wait until the engine can be read: then all is appended at once.
   *
   * At the first failure of the engine it stops: written and durable stay where they are, who waits
   * for more is told, and nothing is appended any more.
   */

  /** With more than so many bytes in the queue, whoever would add to it is to wait. */
  static final long MOST_WAITING = 32L * 1024 * 1024;

  private static final long SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long changes gather where no reply waits for them. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  /** With so many bytes in the queue they have gathered enough. */
  private static final long ENOUGH = MOST_WAITING / 4;

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
  private final TurnThread thread;
  private final TurnThread.Sleeper sleeper = this::wakeNow;
  private final Superseded superseded = new Superseded();
  private final Mark written = new Mark();
  private final Mark durable = new Mark();

  // Under this object's lock; what is volatile is read by any thread.
  private ArrayList<BucketStore.Write> queue = new ArrayList<>();
  private volatile long waiting; // bytes in the queue, and on their way
  private volatile long appended;
  private boolean idle; // the thread waits until it is woken
  private boolean hurried; // somebody waits for what is in the queue
  private boolean closing;
  private volatile @Nullable KvException failure;

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>(); // added to under the lock

  // The thread's own.
  private long gatherUntil;
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
    this.thread = new TurnThread("kv journal", this::run);
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
      checkOpen();
      queue.addAll(group);
      return added(bytes);
    }
  }

  /** As {@link #append(List)}, of one alone. */
  long append(BucketStore.Write write) {
    long bytes = bytes(write);
    synchronized (this) {
      checkOpen();
      queue.add(write);
      return added(bytes);
    }
  }

  private void checkOpen() {
    check();
    if (closing) {
      throw new KvException.NotKept("the store is closed");
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // no other thread writes it without the lock
  private long added(long bytes) {
    waiting += bytes;
    if (idle && (gatherUntil == 0 || waiting > ENOUGH)) {
      TurnThread.wake(sleeper);
    }
    long position = appended + 1;
    appended = position;
    return position;
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

  private synchronized void wakeNow() {
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

  /** Whether the engine has failed before it had this one. */
  boolean hasLost(long position) {
    return failure != null && !written.has(position);
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
      awaitWritten();
    }
  }

  /**
   * Waits until the engine has all that was appended until now.
   *
   * @throws KvException.NotKept if it never will
   */
  void awaitWritten() {
    long position = appended();
    hurry(position);
    written.await(position);
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

  /** As {@link Mark#whenReached} of {@link #written}, and sees to it that it is soon. */
  void whenWritten(long position, Consumer<@Nullable KvException> told) {
    hurry(position);
    written.whenReached(position, told);
  }

  /** Changes up to this one have gathered long enough. */
  private void hurry(long position) {
    if (!written.has(position)) {
      synchronized (this) {
        hurried = true;
      }
      TurnThread.wake(sleeper);
    }
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
    } finally {
      thread.endTurn();
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
      hurried = false;
    }
    if (!group.isEmpty()) {
      append(group, position, bytes);
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
    thread.endTurn();
    return !last;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // no other thread writes it without the lock
  private void append(List<BucketStore.Write> group, long position, long bytes) throws IOException {
    superseded.takeOut(group);
    engine.append(group);
    if (!unsynced) {
      unsynced = true;
      syncAt = System.nanoTime() + SYNC_NANOS;
    }
    synchronized (this) {
      waiting -= bytes;
    }
    written.reach(position);
    thread.endTurn(); // who reads need not wait for the sync
  }

  /** Waits, under the lock, until there is something to do. */
  private void awaitWork() {
    gatherUntil = 0; // while the queue is empty; the first change ends that, and later ones wait
    while (!isTimeToAppend() && tasks.isEmpty() && !closing && !isTimeToSync()) {
      idle = true;
      try {
        if (gatherUntil != 0) {
          wait(millisUntil(gatherUntil));
        } else if (unsynced && sync == Sync.EVERYSEC) {
          wait(millisUntil(syncAt));
        } else {
          wait();
        }
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt it.
      }
    }
    idle = false;
  }

  private static long millisUntil(long moment) {
    return 1 + Math.max(0, TimeUnit.NANOSECONDS.toMillis(moment - System.nanoTime()));
  }

  private boolean isTimeToAppend() {
    if (queue.isEmpty()) {
      return false;
    }
    if (sync == Sync.ALWAYS || hurried || waiting > ENOUGH) {
      return true;
    }
    long now = System.nanoTime();
    if (gatherUntil == 0) {
      gatherUntil = Math.max(1, now + GATHER_NANOS);
    }
    return now - gatherUntil >= 0;
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
        TurnThread.wake(sleeper);
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
    }
    wakeNow();
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
