package dev.ostler.kv.journal;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Change;
import dev.ostler.kv.KvException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The changes and tasks that wait for the journal's thread, and the decision when it takes them.
 * Any thread adds; only the journal's thread takes.
 */
public final class WriteQueue {
  /** With more bytes than this in the queue, writers wait. Less with a small heap. */
  public static final long MOST_WAITING =
      Math.min(32L * 1024 * 1024, Runtime.getRuntime().maxMemory() / 16);

  /** With more bytes than this, the queue is due at once. */
  private static final long ENOUGH = MOST_WAITING / 4;

  /** How long changes collect if no reply waits for them. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  /** How long changes collect, at most, if replies wait for them. */
  private static final long MOST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** At most so many changes are expected: divided among so many, a sync is cheap. */
  private static final int MANY = 100;

  /** About how many bytes a change takes, besides its text. */
  private static final long OVERHEAD = 96;

  /**
   * What the journal's thread does next.
   *
   * @param group changes to append; may be empty
   * @param position of the last change in the group, or of the last one before it
   * @param bytes the approximate size of the group
   * @param tasks to run after the group is appended
   * @param last whether this is the last batch
   */
  record Batch(
      List<BucketStore.Write> group,
      long position,
      long bytes,
      List<Runnable> tasks,
      boolean last) {}

  /**
   * Where the last change of one bucket is in the queue, until it is taken. Used by the thread that
   * may use the bucket's entries.
   */
  public static final class Slot {
    private long generation; // of the queue in which it is
    private int index;
    private @Nullable String key; // whose value it sets; null if it is another change
    private long bytes;

    /** Forgets it: it is no longer the bucket's last change. */
    public void clear() {
      generation = 0;
    }
  }

  /*
   * The journal's thread takes all that is queued, as one batch. The stages of the queue:
   *
   *   EMPTY       nothing is queued
   *   FILLING     a thread that added something is still in its turn; only if replies wait
   *   COLLECTING  more changes are expected, until collectUntil
   *   DUE         the thread takes it
   *
   *   EMPTY      -> FILLING     add, if replies wait
   *   EMPTY      -> COLLECTING  add, if no replies wait
   *   FILLING    -> COLLECTING  the turn of a thread that added something has ended (turnEnded)
   *   COLLECTING -> DUE         the thread sees that collectUntil is over, or that there are more
   *                             than ENOUGH bytes, or as many changes as expected
   *   any but EMPTY -> DUE      a reader waits for what is queued (hurry)
   *   any        -> EMPTY       take: the next generation of the queue begins
   *
   * If no replies wait for changes (gathers), they collect for GATHER_NANOS, and none are expected.
   *
   * If replies wait, a batch of half a turn would cost a sync too much: hence FILLING. And clients
   * whose replies have just left are likely to send again at once. If the journal did not wait for
   * them, half of the clients would always wait for the sync of the other half. So it expects as
   * many changes as the last batch and the queue had, and waits for them no longer than the last
   * sync took.
   *
   * Besides, tasks and close() are taken at once, with whatever is queued. And the thread wakes at a
   * moment of its own, for a sync or to look at the disk. Then it takes what has collected; if
   * replies wait, only if that is due.
   */
  private enum Stage {
    EMPTY,
    FILLING,
    COLLECTING,
    DUE
  }

  private final boolean gathers;
  private final long mostPatience;

  // Both exist before they are needed: a full heap has no room for them.
  private final TurnThread.Sleeper turnEnd = this::turnEnded;
  private final TurnThread.Sleeper readerWaits = this::makeDue;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Written under the lock; any thread reads the atomic and volatile fields. A reader may see an
  // old value, so lazySet suffices.
  private final AtomicLong waiting = new AtomicLong(); // bytes that the engine does not have yet
  private final AtomicLong appended = new AtomicLong();
  private ArrayList<BucketStore.Write> queue = new ArrayList<>();
  private long generation = 1; // counts how often the queue was taken
  private long takenTo; // the position of the last change that was taken
  private List<Runnable> tasks = new ArrayList<>();
  private volatile @Nullable KvException failure;
  private Stage stage = Stage.EMPTY;
  private long collectUntil; // 0 until the thread has seen that changes collect
  private boolean idle; // the thread waits for the condition
  private boolean closing;
  private long collectNanos; // how long changes collect, at most
  private int expected; // with so many changes, the queue is due

  /**
   * An empty queue.
   *
   * @param gathers whether no replies wait for changes, so that they may collect
   */
  WriteQueue(boolean gathers) {
    this(gathers, MOST_PATIENCE_NANOS);
  }

  /**
   * With another limit, for tests.
   *
   * @param mostPatience how long changes collect, at most, if replies wait for them
   */
  WriteQueue(boolean gathers, long mostPatience) {
    this.mostPatience = mostPatience;
    this.gathers = gathers;
    this.collectNanos = gathers ? GATHER_NANOS : 0;
    this.expected = gathers ? Integer.MAX_VALUE : 1;
  }

  // --- Any thread adds

  /** As {@link Journal#append(List)}. */
  long add(List<BucketStore.Write> group) {
    long bytes = 0;
    for (BucketStore.Write write : group) {
      bytes += bytes(write);
    }
    lock.lock();
    try {
      checkOpen();
      queue.addAll(group);
      return added(bytes);
    } finally {
      lock.unlock();
    }
  }

  /** A group of changes of several buckets that is added as one. Called while nobody else adds. */
  public interface JointAppend {
    /** Throws if the group must not be added any more. */
    void check();

    /** The group has this position. Must not throw. */
    void appendedAt(long position);
  }

  /** As {@link Journal#append(List, JointAppend)}. */
  void add(List<BucketStore.Write> group, JointAppend joint) {
    long bytes = 0;
    for (BucketStore.Write write : group) {
      bytes += bytes(write);
    }
    lock.lock();
    try {
      checkOpen();
      joint.check();
      queue.addAll(group); // all or nothing: it makes room first
      joint.appendedAt(appended.getPlain() + 1);
      var _ = added(bytes);
    } finally {
      lock.unlock();
    }
  }

  /** Runs something while no other thread adds. */
  void exclusively(Runnable something) {
    lock.lock();
    try {
      something.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #add(List)}, with one change. It replaces the previous change of its bucket if that
   * is still queued and set the same key.
   *
   * @param last where the bucket's last change is; it is moved to this one
   */
  long add(BucketStore.Write write, Slot last) {
    long bytes = bytes(write);
    lock.lock();
    try {
      checkOpen();
      String key = gathers ? Superseded.key(write) : null;
      long more = bytes;
      if (key != null && last.generation == generation && key.equals(last.key)) {
        queue.set(last.index, write);
        more -= last.bytes;
      } else {
        last.generation = generation;
        last.index = queue.size();
        last.key = key;
        queue.add(write);
      }
      last.bytes = bytes;
      return added(more);
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    check();
    if (closing) {
      throw new KvException.NotKept("the store is closed");
    }
  }

  /** As {@link Journal#check}. */
  void check() {
    KvException why = failure;
    if (why != null) {
      throw new KvException.NotKept(why);
    }
  }

  private long added(long bytes) {
    waiting.lazySet(waiting.getPlain() + bytes);
    if (stage == Stage.EMPTY) {
      stage = gathers ? Stage.COLLECTING : Stage.FILLING;
    }
    long position = appended.getPlain() + 1;
    appended.lazySet(position);
    if (mustWake()) {
      wakeAtTurnEnd();
    }
    return position;
  }

  /** Whether nothing more is worth waiting for. */
  private boolean hasEnough() {
    return waiting.getPlain() > ENOUGH || queue.size() >= expected;
  }

  /** Whether the thread must hear of the last change; otherwise it wakes by itself. */
  private boolean mustWake() {
    return switch (stage) {
      case EMPTY -> false;
      case FILLING -> true; // it must hear of the end of each turn
      case COLLECTING -> idle && (collectUntil == 0 || hasEnough());
      case DUE -> idle;
    };
  }

  /** The change is added, whatever is thrown here. */
  private void wakeAtTurnEnd() {
    try {
      TurnThread.wake(turnEnd);
    } catch (OutOfMemoryError e) {
      turnEnded(); // earlier than necessary, but this takes no memory
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

  /** Runs a task on the journal's thread, after all earlier changes; false if it never will. */
  boolean add(Runnable task) {
    lock.lock();
    try {
      if (failure != null || closing) {
        return false;
      }
      tasks.add(task);
    } finally {
      lock.unlock();
    }
    TurnThread.wake(turnEnd);
    return true;
  }

  /** A reader waits for what is queued: it is due, at the end of this thread's turn. */
  void hurry() {
    TurnThread.wake(readerWaits);
  }

  /** Refuses further changes; what is queued is due. */
  void close() {
    lock.lock();
    try {
      closing = true;
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the queue is closed. */
  boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  private void turnEnded() {
    lock.lock();
    try {
      if (stage == Stage.FILLING) {
        stage = Stage.COLLECTING;
      }
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void makeDue() {
    lock.lock();
    try {
      if (stage != Stage.EMPTY) {
        stage = Stage.DUE;
      }
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes the thread. Called under the lock. */
  private void wake() {
    if (idle) {
      idle = false;
      changed.signal();
    }
  }

  /** The position of the last change that was added. */
  long appended() {
    return appended.get();
  }

  /** How many bytes the engine does not have yet. */
  long waiting() {
    return waiting.get();
  }

  /** How many changes the engine does not have yet, at most. */
  long mostWaiting() {
    return waiting.get() / OVERHEAD;
  }

  /** Why the engine has failed; null if it has not. */
  @Nullable KvException failure() {
    return failure;
  }

  // --- The journal's thread takes

  /**
   * Waits until the queue is due, a task comes, or the queue is closed, and takes all there is. At
   * the given moment it stops waiting: it takes what has collected, or nothing if replies wait.
   *
   * @param moment when the thread has something else to do; 0 for never
   */
  Batch take(long moment) {
    lock.lock();
    try {
      while (!isDue() && tasks.isEmpty() && !closing && !isOver(moment)) {
        idle = true;
        await(earlier(moment, collectUntil));
      }
      idle = false;
      if (!gathers && stage != Stage.DUE && tasks.isEmpty() && !closing) {
        return new Batch(List.of(), takenTo, 0, List.of(), false);
      }
      // What needs memory comes first: without it, nothing is taken.
      List<Runnable> now = tasks.isEmpty() ? List.of() : tasks; // this list does not grow any more
      var taken = new Batch(queue, appended.get(), waiting.get(), now, closing);
      var nextQueue = new ArrayList<BucketStore.Write>(Math.min(queue.size(), 10_000));
      List<Runnable> nextTasks = tasks.isEmpty() ? tasks : new ArrayList<>();
      queue = nextQueue;
      generation++;
      takenTo = taken.position;
      tasks = nextTasks;
      stage = Stage.EMPTY;
      collectUntil = 0;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the queue is due; it becomes so with time. */
  private boolean isDue() {
    if (stage == Stage.COLLECTING) {
      if (collectUntil == 0) {
        collectUntil = moment(collectNanos);
      }
      if (hasEnough() || isOver(collectUntil)) {
        stage = Stage.DUE;
      }
    }
    return stage == Stage.DUE;
  }

  /** Waits until the thread is woken, or until this moment; 0 for never. May return early. */
  @SuppressWarnings("WaitNotInLoop") // its caller has the loop
  private void await(long moment) {
    if (moment == 0) {
      changed.awaitUninterruptibly();
      return;
    }
    try {
      var _ = changed.awaitNanos(moment - System.nanoTime());
    } catch (InterruptedException e) {
      // Nobody has a reason to interrupt the journal's thread.
    }
  }

  /**
   * The replies that waited for a batch are about to leave. As many changes are expected next.
   *
   * @param nanos how long the sync took
   */
  void answered(Batch taken, long nanos) {
    lock.lock();
    try {
      expected = Math.clamp(taken.group.size() + queue.size(), 1, MANY);
      collectNanos = Math.min(nanos, mostPatience);
    } finally {
      lock.unlock();
    }
  }

  /** The moment so many nanoseconds from now; never 0. */
  static long moment(long nanos) {
    return System.nanoTime() + nanos | 1;
  }

  /** Whether this moment is over; false if it is 0, for never. */
  static boolean isOver(long moment) {
    return moment != 0 && System.nanoTime() - moment >= 0;
  }

  /** The earlier of two moments; 0 is never. */
  static long earlier(long one, long other) {
    return one != 0 && (other == 0 || one - other < 0) ? one : other;
  }

  /** The engine has a batch. */
  void done(Batch taken) {
    lock.lock();
    try {
      waiting.set(waiting.get() - taken.bytes);
    } finally {
      lock.unlock();
    }
  }

  /** The engine has failed: nothing is taken any more. Returns the tasks that have not run. */
  List<Runnable> fail(KvException why) {
    lock.lock();
    try {
      failure = why;
      queue.clear();
      stage = Stage.EMPTY;
      waiting.set(0);
      return tasks;
    } finally {
      lock.unlock();
    }
  }
}
