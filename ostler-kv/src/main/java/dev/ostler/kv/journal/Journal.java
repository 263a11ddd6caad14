package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one way into a store's engine: changes of all buckets queue here in one order, and one thread
 * hands them over, as many at a time as there are.
 *
 * <p>Any thread may use it, and {@link #append} never waits for the engine. Positions count groups
 * of changes; a group is kept as a whole or not at all, and never without those before it.
 */
public final class Journal implements Durability, AutoCloseable {
  /*
   *   append            the thread: take all    engine.append      engine.sync
   *   appended = n  ->  (queue)         ->  written = n    ->  durable = n
   *
   * With ALWAYS the thread appends what there is, and syncs after each append.
   * With EVERYSEC it syncs once a second, with NO never, but at the end; nobody waits for that, and
   * so changes gather for a while, as those that are made void meanwhile need not be appended at
   * all. But somebody may wait until the engine can be read: then all is appended at once.
   *
   * At the first failure of the engine it stops: written and durable stay where they are, who waits
   * for more is told, and nothing is appended any more.
   *
   * A full heap is no failure of the engine. An append that found no memory has written nothing, and
   * is done again a little later: others give memory back meanwhile, and what is added waits, until
   * there is so much of it that its writers wait, too. Only if that goes on for long the journal
   * fails, since nobody could rely on it.
   */

  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** So often it is looked whether a full disk has room again. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** So long it is waited for room when the engine has found none. */
  private static final long FULL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long to wait for memory before an append is tried again, and how often to try. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final int ATTEMPTS = 1000;

  /** What is told of a failure. */
  public interface Failure {
    /**
     * Nothing more is kept.
     *
     * @param doubtful whether what the engine had taken may be lost, too
     */
    void failed(KvException why, boolean doubtful);
  }

  private final BucketStore engine;
  private final Sync sync;
  private final Failure failed;
  private final TurnThread thread;
  private final WriteQueue queue;
  private final Superseded superseded = new Superseded();
  private final Mark written = new Mark();
  private final Mark durable = new Mark();

  /** Made before it is needed: with a full heap it could not be. */
  private final KvException noMemory =
      new KvException.NotKept("changes cannot be kept: there is no memory for them");

  /*
   * A full disk is no failure. While there is no room, changes are refused before they are made.
   * What was made before is appended still, as the engine has held back a margin for it. If that is
   * too small, it waits for room: nothing is given to the engine that it could not write. So all
   * goes on by itself when there is room again. If another program fills the disk at once, the
   * engine refuses what it is given, and is given it again later.
   */

  // Written by the thread, read by any.
  private volatile long mostBytes = Long.MAX_VALUE; // with more waiting, changes are refused
  private volatile boolean noRoom; // as it was last said

  // The thread's own.
  private long syncAt; // 0 if all is synced, or never is
  private long lookAt = WriteQueue.moment(0); // whether there is room
  private long margin;
  private boolean unsynced;
  private boolean syncing;
  private List<Runnable> undone = List.of(); // of what was taken

  /**
   * Starts its thread.
   *
   * @param failed is told, once, that the engine has failed
   */
  public Journal(BucketStore engine, Sync sync, Failure failed) {
    this.engine = engine;
    this.sync = sync;
    this.failed = failed;
    this.queue = new WriteQueue(sync != Sync.ALWAYS);
    this.thread = new TurnThread("kv journal", this::run);
    thread.start();
  }

  // --- What comes in
  // ------------------------------------------------------------------------------

  @Override
  public boolean isDurable() {
    return true;
  }

  @Override
  public long append(List<BucketStore.Write> group) {
    return queue.add(group);
  }

  @Override
  public void append(List<BucketStore.Write> group, WriteQueue.JointAppend joint) {
    if (!group.isEmpty()) {
      queue.add(group, joint);
    }
  }

  @Override
  public void exclusively(Runnable something) {
    queue.exclusively(something);
  }

  @Override
  public long append(BucketStore.Write write, WriteQueue.Slot last) {
    return queue.add(write, last);
  }

  /** The position of the last group that was added. */
  long appended() {
    return queue.appended();
  }

  /** The last group appended; once the engine has failed, the last one it has. */
  @Override
  public long seen() {
    return hasFailed() ? written.reached() : appended();
  }

  @Override
  public boolean hasFailed() {
    return queue.failure() != null;
  }

  @Override
  public boolean hasLost(long position) {
    return hasFailed() && !written.has(position);
  }

  @Override
  public void check() {
    queue.check();
    if (waiting() > mostBytes) {
      throw new KvException.NotKept("the disk is full: nothing is changed until there is room");
    }
  }

  @Override
  public boolean isFull() {
    return waiting() > WriteQueue.MOST_WAITING && !hasFailed();
  }

  /** How many bytes wait for the engine. */
  public long waiting() {
    return queue.waiting();
  }

  /** How many changes wait for the engine, at most. */
  public long mostWaiting() {
    return queue.mostWaiting();
  }

  @Override
  public void awaitRoom() {
    while (isFull()) {
      awaitWritten();
    }
  }

  /**
   * Waits until the engine has all that was appended until now.
   *
   * @throws KvException.NotKept if it never will
   */
  public void awaitWritten() {
    long position = appended();
    hurry(position);
    written.await(position);
  }

  // --- What becomes of it
  // -------------------------------------------------------------------------

  @Override
  public boolean repliesWait() {
    return sync == Sync.ALWAYS;
  }

  /** The last position that can be read from the engine. */
  public Mark written() {
    return written;
  }

  @Override
  public boolean hasWritten(long position) {
    return written.has(position);
  }

  /** As {@link Mark#whenReached} of {@link #written}, and sees to it that it is soon. */
  void whenWritten(long position, Consumer<@Nullable KvException> told) {
    hurry(position);
    written.whenReached(position, told);
  }

  /** Changes up to this one have gathered long enough. */
  private void hurry(long position) {
    if (!written.has(position)) {
      queue.hurry();
    }
  }

  /** The last position that outlives a loss of power. */
  public Mark durable() {
    return durable;
  }

  @Override
  public boolean isDurable(long position) {
    return durable.has(position);
  }

  @Override
  public void whenDurable(long position, Runnable then) {
    durable.whenReached(
        position,
        why -> {
          if (why == null) {
            then.run();
          }
        });
  }

  @Override
  public void whenKnown(long position, Consumer<@Nullable KvException> told) {
    durable.whenReached(position, told);
  }

  @Override
  public void await(long position) {
    durable.await(position);
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
    long until = WriteQueue.earlier(syncAt, lookAt);
    WriteQueue.Batch taken = withMemory(() -> queue.take(until));
    undone = taken.tasks();
    if (taken.group().isEmpty()) {
      look(room());
    } else {
      append(taken);
    }
    undone.forEach(Runnable::run);
    undone = List.of();
    if (unsynced && (taken.last() || sync == Sync.ALWAYS || WriteQueue.isOver(syncAt))) {
      long begun = System.nanoTime();
      syncing = true;
      engine.sync();
      syncing = false;
      unsynced = false;
      syncAt = 0;
      if (sync == Sync.ALWAYS) {
        queue.answered(taken, System.nanoTime() - begun);
      }
      durable.reach(taken.position());
    }
    thread.endTurn();
    return !taken.last();
  }

  /** A step that changes nothing if it finds no memory. */
  private interface Step<R> {
    R take() throws IOException;
  }

  /** Takes the step, and again after a pause as long as there is no memory for it. */
  private static <R> R withMemory(Step<R> step) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return step.take();
      } catch (OutOfMemoryError e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Whether changes are refused, as there is no room for them at the moment. Any thread. */
  public boolean hasNoRoom() {
    return noRoom;
  }

  /** So many bytes may wait for the engine: what is written is in a log, and then in a table. */
  private long mostBytes(long room) {
    return room == Long.MAX_VALUE ? room : (room + margin) / 2;
  }

  /** How many bytes the disk takes; nobody knows if it is the largest number. */
  private long room() {
    try {
      margin = engine.margin();
      return engine.room();
    } catch (IOException | RuntimeException e) {
      return Long.MAX_VALUE; // the engine will say so
    }
  }

  /** Refuses or allows changes, as there is room for them. */
  private void look(long room) {
    admit(room > 0 ? mostBytes(room) : -1);
    lookAt = WriteQueue.moment(LOOK_NANOS);
  }

  private void admit(long most) {
    mostBytes = most;
    boolean full = waiting() > most;
    if (full != noRoom) {
      noRoom = full;
      LOG.log(
          full ? Level.ERROR : Level.WARNING,
          full
              ? "the disk is full: changes are refused until there is room"
              : "there is room on the disk again: changes go on");
    }
  }

  private void append(WriteQueue.Batch taken) throws IOException {
    for (long pause = pause(taken); pause > 0; pause = pause(taken)) {
      admit(-1);
      LockSupport.parkNanos(pause);
    }
    if (!unsynced) {
      unsynced = true;
      syncAt = sync == Sync.EVERYSEC ? WriteQueue.moment(SYNC_NANOS) : 0;
    }
    long room = room();
    mostBytes = Math.min(mostBytes, mostBytes(room)); // before what was taken counts no more
    queue.done(taken);
    look(room);
    written.reach(taken.position());
    thread.endTurn(); // who reads need not wait for the sync
  }

  /** Gives them to the engine, and returns 0; or how long to wait, as the disk is full. */
  private long pause(WriteQueue.Batch taken) throws IOException {
    boolean last = queue.isClosing(); // there is nothing to wait for
    if (!last && waiting() > mostBytes(room())) {
      return LOOK_NANOS;
    }
    try {
      return withMemory(
          () -> {
            superseded.takeOut(taken.group());
            engine.append(taken.group());
            return 0L;
          });
    } catch (BucketStore.Full e) {
      if (last) {
        throw e;
      }
      return FULL_NANOS;
    }
  }

  private void fail(Throwable cause) {
    KvException why = cause instanceof OutOfMemoryError ? noMemory : new KvException.NotKept(cause);
    List<Runnable> behind = queue.fail(why);
    written.fail(why);
    durable.fail(why);
    undone.forEach(Runnable::run); // each finds the failure
    behind.forEach(Runnable::run);
    failed.failed(why, syncing);
  }

  // --- Besides
  // ------------------------------------------------------------------------------------

  /** Something with the engine. */
  interface EngineTask {
    void run() throws IOException;
  }

  /** Does something on the journal's thread, after all that was appended before is written. */
  CompletableFuture<Void> runBetween(EngineTask work) {
    var done = new CompletableFuture<Void>();
    if (!queue.add(() -> run(work, done))) {
      KvException why = queue.failure();
      done.completeExceptionally(
          why == null
              ? new KvException.NotKept("the store is closed")
              : new KvException.NotKept(why));
    }
    return done;
  }

  private void run(EngineTask work, CompletableFuture<Void> done) {
    KvException why = queue.failure();
    if (why != null) {
      done.completeExceptionally(why);
      return;
    }
    try {
      work.run();
      done.complete(null);
    } catch (IOException | RuntimeException | Error e) { // a failure of this, not of the engine
      done.completeExceptionally(e);
    }
  }

  /**
   * Hands over and syncs what there is, ends the thread, and closes the engine.
   *
   * @throws IOException if the engine cannot be closed properly; it is closed all the same
   */
  @Override
  public void close() throws IOException {
    queue.close();
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
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
