package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.KvException;
import dev.ostler.kv.Sync;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The journal of a durable store: the changes of all buckets in one order. Its thread appends them
 * to the engine, as many at a time as there are, and syncs.
 *
 * <p>Any thread may use it, and {@link #append} never waits for the engine. A position counts
 * groups of changes. After a crash a group is there as a whole or not at all, and never without all
 * earlier groups.
 */
public final class Journal implements Durability, AutoCloseable {
  /*
   *   append            the thread: take all    engine.append      engine.sync
   *   appended = n  ->  (queue)         ->  written = n    ->  durable = n
   *
   * With ALWAYS the thread syncs after each append, and replies wait for that. With EVERYSEC it
   * syncs once a second, with NO only at the end. Then no reply waits, so changes collect for a
   * while (WriteQueue), and those that are superseded meanwhile are left out. If a reader waits for
   * a change, the thread appends all at once.
   *
   * At the first failure of the engine the thread stops. Both marks stay where they are, waiters get
   * the cause, and nothing is appended any more.
   *
   * A full heap is not a failure of the engine. An append that finds no memory has written nothing,
   * and is repeated a little later. Meanwhile other threads free memory, and new changes are queued,
   * until there are so many that writers wait. If that goes on for long, the journal fails, because
   * nobody could rely on it.
   */

  private static final Logger LOG = System.getLogger("dev.ostler.kv");

  /** How often the thread asks the engine how much room the disk has. */
  private static final long ROOM_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** If there is room for more bytes, no change is ever refused. */
  private static final long MUCH_ROOM = 2 * WriteQueue.MOST_WAITING;

  /** How long the thread waits for room after the engine has found none. */
  private static final long FULL_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a full disk may hold up the end of the store. Then the last changes are lost. */
  private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long to wait for memory before a step is repeated. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How often a step is tried that finds no memory. */
  private static final int ATTEMPTS = 1000;

  /** Is told of a failure. */
  public interface Failure {
    /**
     * No further change becomes durable.
     *
     * @param doubtful whether changes that the engine has accepted may be lost, too
     */
    void failed(KvException why, boolean doubtful);
  }

  private final BucketStore engine;
  private final Optional<BucketStore.Lease> lease;
  private final Sync sync;
  private final Failure failed;
  private final TurnThread thread;
  private final WriteQueue queue;
  private final Superseded superseded = new Superseded();
  private final Mark written = new Mark();
  private final Mark durable = new Mark();

  /** Exists before it is needed: a full heap has no room for it. */
  private final KvException noMemory =
      new KvException.NotKept("changes cannot become durable: there is no memory for them");

  /*
   * A full disk is not a failure. While there is no room, the store refuses changes before they are
   * made. Changes that were made before are still appended: the engine holds back a margin for
   * them. If the margin is too small, the thread waits for room, and gives the engine nothing that
   * it could not write. So all continues by itself when there is room again. If another program
   * fills the disk suddenly, the engine refuses an append, and the thread repeats it later. Before
   * changes are refused or wait, the engine makes room as far as it can: its log and what is left of
   * a refused append may take half of the disk.
   */

  // Written by the thread, read by any.
  private final LongAdder appends = new LongAdder();
  private final LongAdder syncs = new LongAdder();
  private final LongAdder syncNanos = new LongAdder();
  private volatile long mostBytes = Long.MAX_VALUE; // if more is waiting, changes are refused

  // Used by the thread only.
  private boolean noRoom; // as last logged
  private long giveUpAt; // see LAST_NANOS; 0 until the store closes
  private long syncAt; // 0 for no sync
  private long roomAt = WriteQueue.moment(0); // when to ask the engine for its room
  private long margin; // as the engine last said
  private boolean unsynced;
  private boolean syncing;
  private List<Runnable> tasks = List.of(); // of the last batch, until they have run

  /**
   * Starts the thread.
   *
   * @param failed is told, once, that the engine has failed
   */
  public Journal(BucketStore engine, Sync sync, Failure failed) {
    this.engine = engine;
    this.lease = engine.lease();
    this.sync = sync;
    this.failed = failed;
    this.queue = new WriteQueue(sync != Sync.ALWAYS);
    this.thread = new TurnThread("kv journal", this::run);
    thread.start();
  }

  // --- Changes

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

  /** The position of the last group that was appended. */
  long appended() {
    return queue.appended();
  }

  /** The last position; once the engine has failed, the last one that it has. */
  @Override
  public long seen() {
    return hasFailed() ? written.reached() : appended();
  }

  @Override
  public Optional<BucketStore.Lease> lease() {
    return lease;
  }

  @Override
  public boolean hasFailed() {
    return queue.failure() != null;
  }

  @Override
  public boolean hasLost(long position) {
    return hasFailed() && !written.hasReached(position);
  }

  @Override
  public void check() {
    queue.check();
    if (hasNoRoom()) {
      throw new KvException.NotKept("the disk is full: nothing is changed until there is room");
    }
  }

  @Override
  public boolean isFull() {
    return waiting() > WriteQueue.MOST_WAITING && !hasFailed();
  }

  /** How many bytes the engine does not have yet. */
  public long waiting() {
    return queue.waiting();
  }

  /** How many changes the engine does not have yet, at most. */
  public long mostWaiting() {
    return queue.mostWaiting();
  }

  /** How many groups of changes the engine was given. */
  public long appends() {
    return appends.sum();
  }

  /** How many times the engine has synced. */
  public long syncs() {
    return syncs.sum();
  }

  /** How long that took altogether. */
  public long syncNanos() {
    return syncNanos.sum();
  }

  @Override
  public void awaitRoom() {
    while (isFull()) {
      awaitWritten();
    }
  }

  /**
   * Waits until the engine has all earlier changes.
   *
   * @throws KvException.NotKept if it never will
   */
  public void awaitWritten() {
    long position = appended();
    hurry(position);
    written.await(position);
  }

  /**
   * Completed once the engine has all earlier changes, and has synced them if replies wait for
   * that; fails if it never will.
   */
  public CompletableFuture<Void> caughtUp() {
    var done = new CompletableFuture<Void>();
    long position = appended();
    hurry(position);
    (repliesWait() ? durable : written)
        .whenKnown(
            position,
            why -> {
              if (why == null) {
                done.complete(null);
              } else {
                done.completeExceptionally(why);
              }
            });
    return done;
  }

  // --- Positions

  @Override
  public boolean repliesWait() {
    return sync == Sync.ALWAYS;
  }

  @Override
  public Mark written() {
    return written;
  }

  /** As {@link Mark#whenKnown} of {@link #written}, and has the thread append soon. */
  void whenWritten(long position, Consumer<@Nullable KvException> told) {
    hurry(position);
    written.whenKnown(position, told);
  }

  /** A reader waits for this position: the thread appends now. */
  private void hurry(long position) {
    if (!written.hasReached(position)) {
      queue.hurry();
    }
  }

  @Override
  public Mark durable() {
    return durable;
  }

  // --- The thread

  private void run() {
    try {
      while (turn()) {
        // There may be more.
      }
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    } finally {
      thread.endTurn();
    }
  }

  /** Appends one batch, and syncs if it is time; false if it was the last batch. */
  private boolean turn() throws IOException {
    long until = WriteQueue.earlier(syncAt, roomAt);
    WriteQueue.Batch taken = withMemory(() -> queue.take(until));
    tasks = taken.tasks();
    if (taken.group().isEmpty()) {
      checkRoom(withMemory(this::room));
    } else {
      write(taken);
    }
    tasks.forEach(Runnable::run);
    tasks = List.of();
    if (unsynced && (taken.last() || sync == Sync.ALWAYS || WriteQueue.isOver(syncAt))) {
      long begun = System.nanoTime();
      syncing = true;
      engine.sync(); // once: whatever it throws may mean that the disk failed
      syncing = false;
      unsynced = false;
      syncAt = 0;
      long took = System.nanoTime() - begun;
      syncs.increment();
      syncNanos.add(took);
      if (sync == Sync.ALWAYS) {
        queue.answered(taken, took);
      }
      durable.reach(taken.position());
    }
    thread.endTurn();
    return !taken.last();
  }

  /** A step that has changed nothing if it finds no memory. */
  private interface Step<R> {
    R take() throws IOException;
  }

  /** Takes the step, and repeats it after a pause as long as it finds no memory. */
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

  /** Whether changes are refused because the disk is full. Any thread. */
  public boolean hasNoRoom() {
    return waiting() > mostBytes;
  }

  /**
   * How many bytes may wait for the engine until changes are refused. It writes each twice: to its
   * log, and to a table.
   */
  private static long mostBytes(long room) {
    return room > 0 ? room / 2 : -1;
  }

  /**
   * Whether the engine can write what waits. Changes that were made just before others were refused
   * may take the margin.
   */
  private boolean fits(long room) {
    return room == Long.MAX_VALUE || waiting() <= (room + margin) / 2;
  }

  /**
   * How many bytes the disk has room for, if need be after the engine has made some; {@code
   * Long.MAX_VALUE} if unknown.
   */
  private long room() {
    try {
      margin = engine.margin();
      long room = engine.room();
      if (room < MUCH_ROOM) {
        engine.makeRoom(2 * waiting());
        room = engine.room();
      }
      return room;
    } catch (IOException | RuntimeException e) {
      return Long.MAX_VALUE; // the engine reports it at the next append
    }
  }

  /** Refuses or allows changes, depending on the room. */
  private void checkRoom(long room) {
    limit(mostBytes(room));
    roomAt = WriteQueue.moment(ROOM_NANOS);
  }

  /** Refuses changes if more bytes are waiting. */
  private void limit(long most) {
    mostBytes = most;
    boolean full = hasNoRoom();
    if (full != noRoom) {
      noRoom = full;
      try {
        LOG.log(
            full ? Level.ERROR : Level.WARNING,
            full
                ? "the disk is full: changes are refused until there is room"
                : "there is room on the disk again: changes go on");
      } catch (OutOfMemoryError e) {
        // There is no memory to say it: that must not end the journal.
      }
    }
  }

  /** Appends a batch to the engine. Waits while the disk is full. */
  private void write(WriteQueue.Batch taken) throws IOException {
    for (long pause = tryWrite(taken); pause > 0; pause = tryWrite(taken)) {
      limit(-1);
      LockSupport.parkNanos(pause);
    }
    if (!unsynced) {
      unsynced = true;
      syncAt = sync == Sync.EVERYSEC ? WriteQueue.moment(SYNC_NANOS) : 0;
    }
    long room = withMemory(this::room);
    mostBytes = Math.min(mostBytes, mostBytes(room)); // before done() lowers what is waiting
    queue.done(taken);
    checkRoom(room);
    written.reach(taken.position());
    thread.endTurn(); // readers need not wait for the sync
  }

  /**
   * Appends a batch to the engine, and returns 0; if the disk is full, returns how long to wait.
   */
  private long tryWrite(WriteQueue.Batch taken) throws IOException {
    boolean last = queue.isClosing();
    if (last && giveUpAt == 0) {
      giveUpAt = WriteQueue.moment(LAST_NANOS);
    }
    if (!last && !fits(withMemory(this::room))) {
      return ROOM_NANOS;
    }
    try {
      return withMemory(
          () -> {
            superseded.takeOut(taken.group());
            engine.append(taken.group());
            appends.increment();
            return 0L;
          });
    } catch (BucketStore.Full e) {
      if (last && WriteQueue.isOver(giveUpAt)) {
        throw e;
      }
      return last ? ROOM_NANOS : FULL_NANOS;
    }
  }

  private void fail(Throwable cause) {
    KvException why = cause instanceof OutOfMemoryError ? noMemory : new KvException.NotKept(cause);
    List<Runnable> queued = queue.fail(why);
    written.fail(why);
    durable.fail(why);
    tasks.forEach(Runnable::run); // each sees the failure
    queued.forEach(Runnable::run);
    failed.failed(why, syncing);
  }

  // --- Other tasks of the thread

  /** A task that uses the engine. */
  interface EngineTask {
    void run() throws IOException;
  }

  /**
   * Runs a task on the journal's thread, between appends, after all earlier changes are written.
   */
  CompletableFuture<Void> runBetween(EngineTask task) {
    var done = new CompletableFuture<Void>();
    if (!queue.add(() -> run(task, done))) {
      KvException why = queue.failure();
      done.completeExceptionally(
          why == null
              ? new KvException.NotKept("the store is closed")
              : new KvException.NotKept(why));
    }
    return done;
  }

  private void run(EngineTask task, CompletableFuture<Void> done) {
    KvException why = queue.failure();
    if (why != null) {
      done.completeExceptionally(why);
      return;
    }
    try {
      task.run();
      done.complete(null);
    } catch (IOException | RuntimeException | Error e) { // a failure of the task, not of the engine
      done.completeExceptionally(e);
    }
  }

  /**
   * Appends and syncs what is queued, ends the thread, and closes the engine.
   *
   * @throws IOException if the engine reports a failure; it is closed all the same
   */
  @Override
  public void close() throws IOException {
    queue.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the queued changes come first
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
