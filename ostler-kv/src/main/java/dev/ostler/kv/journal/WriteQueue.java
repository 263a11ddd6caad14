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
  /** With more bytes than this, writers wait. Less with a small heap. */
  public static final long MOST_WAITING =
      Math.min(32L * 1024 * 1024, Runtime.getRuntime().maxMemory() / 16);

  /** With more bytes than this, changes are taken at once. */
  private static final long ENOUGH = MOST_WAITING / 4;

  /** How long changes collect if no reply waits for them. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  /** How long changes collect, at most, if replies wait for them. */
  private static final long MOST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** No more changes than this are expected: among so many, a sync is cheap. */
  private static final int MANY = 100;

  /** About what a change takes, besides its text. */
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
   * The journal's thread takes all that is queued, as one batch. The states of the queue:
   *
   *   EMPTY      nothing is queued
   *   COLLECTING something is queued; more is expected, until gatherUntil
   *   DUE        the thread takes it
   *
   *   EMPTY      -> COLLECTING  add; gatherUntil is set when the thread first sees it
   *   COLLECTING -> DUE         gatherUntil is over, there are ENOUGH bytes, as many changes as
   *                             expected, or somebody hurries
   *   DUE        -> EMPTY       take: the next generation of the queue begins
   *
   * If no reply waits for changes (gathers), they collect for GATHER_NANOS, and none are expected.
   *
   * If replies wait for changes, the turn of a thread that added some must also have ended (woken):
   * a batch of half a turn would cost a sync too much. Clients whose replies have just left are
   * likely to send again at once. If the journal did not wait for them, half of the clients would
   * always wait for the sync of the other half. So it expects as many changes as the last batch and
   * the queue had, and waits for them no longer than the last sync took.
   *
   * Two things happen beside that: tasks and close() are taken at once, and the thread also wakes at
   * a moment of its own, for a sync or to look at the disk, and then takes an empty batch, or what
   * has collected so far.
   */
  private final boolean gathers;
  private final long mostPatience;

  private final TurnThread.Sleeper sleeper = this::wake;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Changed under the lock; any thread reads the atomic and volatile fields. A reader may see an
  // old
  // value, so lazySet suffices.
  private final AtomicLong waiting = new AtomicLong(); // bytes in the queue, and on their way
  private final AtomicLong appended = new AtomicLong();
  private ArrayList<BucketStore.Write> queue = new ArrayList<>();
  private long generation = 1; // counts how often the queue was taken
  private long takenTo; // the position of the last change that was taken
  private List<Runnable> tasks = new ArrayList<>();
  private volatile @Nullable KvException failure;
  private boolean idle; // the thread waits until it is woken
  private boolean woken; // the turn of a writing thread has ended since the last batch
  private boolean hurried; // a reader waits for what is in the queue
  private boolean closing;
  private long gatherUntil; // 0 until the thread has seen a change
  private long gatherNanos; // how long changes collect, at most
  private int expected; // with this many changes, the queue is due

  /** With changes that are taken as soon as they can be, or that gather. */
  WriteQueue(boolean gathers) {
    this(gathers, MOST_PATIENCE_NANOS);
  }

  /** With another patience. */
  WriteQueue(boolean gathers, long mostPatience) {
    this.mostPatience = mostPatience;
    this.gathers = gathers;
    this.gatherNanos = gathers ? GATHER_NANOS : 0;
    this.expected = gathers ? Integer.MAX_VALUE : 1;
  }

  // --- What comes in
  // ------------------------------------------------------------------------------

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

  /** What changes of several buckets have to do with one another. Called under the lock. */
  public interface JointAppend {
    /** Throws if they must not be added. */
    void check();

    /** They were added, and are at this position. */
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

  /** Does something while nobody else adds anything. */
  void exclusively(Runnable something) {
    lock.lock();
    try {
      something.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #add(List)}, of one alone.
   *
   * @param last where the last change of the same bucket is, and this one is from now on
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
    boolean awaited = isAwaited();
    long position = appended.getPlain() + 1;
    appended.lazySet(position);
    if (awaited) {
      awaken();
    }
    return position;
  }

  /** What was added is added, whatever is thrown here. */
  private void awaken() {
    try {
      TurnThread.wake(sleeper);
    } catch (OutOfMemoryError e) {
      wake(); // now, and not at the end of a turn, which takes no memory
    }
  }

  /** Whether the thread is to be woken for the last change; else it comes by itself. */
  private boolean isAwaited() {
    return gathers
        ? idle && (gatherUntil == 0 || waiting.getPlain() > ENOUGH)
        : !woken || (idle && queue.size() >= expected);
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

  /** Has something done on the thread, after all that was added before; false if never. */
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
    TurnThread.wake(sleeper);
    return true;
  }

  /** What is there has gathered long enough. */
  void hurry() {
    lock.lock();
    try {
      hurried = true;
    } finally {
      lock.unlock();
    }
    TurnThread.wake(sleeper);
  }

  /** Nothing more is to come. */
  void close() {
    lock.lock();
    try {
      closing = true;
    } finally {
      lock.unlock();
    }
    wake();
  }

  /** Whether nothing more is to come. */
  boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      woken = true;
      if (idle) {
        idle = false;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  long appended() {
    return appended.get();
  }

  long waiting() {
    return waiting.get();
  }

  /** How many changes wait, at most. */
  long mostWaiting() {
    return waiting.get() / OVERHEAD;
  }

  @Nullable KvException failure() {
    return failure;
  }

  // --- What is taken
  // ------------------------------------------------------------------------------

  /**
   * Takes all there is, once it is time; or at that moment, when changes whose replies wait are
   * left to the end of their turn.
   *
   * @param moment when it is time for something else; 0 for never
   */
  Batch take(long moment) {
    lock.lock();
    try {
      gatherUntil = 0;
      while (!isTimeToAppend() && tasks.isEmpty() && !closing && !isOver(moment)) {
        idle = true;
        await(earlier(moment, gatherUntil));
      }
      if (!gathers && tasks.isEmpty() && !closing && !isTimeToAppend()) {
        idle = false;
        return new Batch(List.of(), takenTo, 0, List.of(), false); // half a turn is left
      }
      // What needs memory comes first: without it, nothing is taken.
      List<Runnable> now = tasks.isEmpty() ? List.of() : tasks; // others add to what stays
      var taken = new Batch(queue, appended.get(), waiting.get(), now, closing);
      var nextQueue = new ArrayList<BucketStore.Write>(Math.min(queue.size(), 10_000));
      List<Runnable> nextTasks = tasks.isEmpty() ? tasks : new ArrayList<>();
      idle = false;
      woken = false;
      hurried = false;
      queue = nextQueue;
      generation++;
      takenTo = taken.position;
      tasks = nextTasks;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until it is woken, or until this moment, 0 for never; or for no reason. */
  @SuppressWarnings("WaitNotInLoop") // its caller has the loop
  private void await(long moment) {
    if (moment == 0) {
      changed.awaitUninterruptibly();
      return;
    }
    try {
      var _ = changed.awaitNanos(moment - System.nanoTime());
    } catch (InterruptedException e) {
      // Nobody has a reason to interrupt it.
    }
  }

  private boolean isTimeToAppend() {
    if (queue.isEmpty() || !(gathers || woken)) {
      return false; // half a turn would be a sync too much
    }
    if (hurried || waiting.getPlain() > ENOUGH || queue.size() >= expected) {
      return true;
    }
    if (gatherUntil == 0) {
      gatherUntil = moment(gatherNanos);
    }
    return isOver(gatherUntil);
  }

  /**
   * Replies that waited for a group are about to leave: where they come from as many changes may be
   * expected.
   *
   * @param taken the group
   * @param nanos how long it took until it was durable
   */
  void answered(Batch taken, long nanos) {
    lock.lock();
    try {
      expected = Math.clamp(taken.group.size() + queue.size(), 1, MANY);
      gatherNanos = Math.min(nanos, mostPatience);
    } finally {
      lock.unlock();
    }
  }

  /** The moment so long from now, which is never 0. */
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

  /** What was taken is with the engine. */
  void done(Batch taken) {
    lock.lock();
    try {
      waiting.set(waiting.get() - taken.bytes);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is taken any more; gives the tasks that nobody has done. */
  List<Runnable> fail(KvException why) {
    lock.lock();
    try {
      failure = why;
      queue.clear();
      waiting.set(0);
      return tasks;
    } finally {
      lock.unlock();
    }
  }
}
