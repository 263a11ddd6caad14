package dev.ostler.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the journal's thread, and whether it is time to take it. Any thread adds; the
 * journal's takes.
 */
final class Gathering {
  /** With more than so many bytes, whoever would add to it is to wait. */
  static final long MOST_WAITING = 32L * 1024 * 1024;

  /** With so many bytes, changes have gathered enough. */
  private static final long ENOUGH = MOST_WAITING / 4;

  /** How long changes gather where no reply waits for them. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  /** About what a change takes, besides its text. */
  private static final long OVERHEAD = 96;

  /**
   * What is to be done next.
   *
   * @param group may be empty
   * @param position of the last change in it, or of the last before it
   * @param bytes it is about so large
   * @param tasks what is to be done after the group is appended
   * @param last whether nothing comes behind it
   */
  record Taken(
      List<BucketStore.Write> group,
      long position,
      long bytes,
      List<Runnable> tasks,
      boolean last) {}

  private final boolean gathers;
  private final TurnThread.Sleeper sleeper = this::wake;

  // Under this object's lock; what is volatile is read by any thread.
  private ArrayList<BucketStore.Write> queue = new ArrayList<>();
  private List<Runnable> tasks = new ArrayList<>();
  private volatile long waiting; // bytes in the queue, and on their way
  private volatile long appended;
  private volatile @Nullable KvException failure;
  private boolean idle; // the thread waits until it is woken
  private boolean hurried; // somebody waits for what is in the queue
  private boolean closing;
  private long gatherUntil; // 0 while the thread does not know of any change

  /** With changes that are taken as soon as they can be, or that gather. */
  Gathering(boolean gathers) {
    this.gathers = gathers;
  }

  // --- What comes in
  // ------------------------------------------------------------------------------

  /** As {@link Journal#append(List)}. */
  long add(List<BucketStore.Write> group) {
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

  /** As {@link #add(List)}, of one alone. */
  long add(BucketStore.Write write) {
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

  /** As {@link Journal#check}. */
  void check() {
    KvException why = failure;
    if (why != null) {
      throw new KvException.NotKept(why);
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // no other thread writes it without the lock
  private long added(long bytes) {
    waiting += bytes;
    if (idle && (gatherUntil == 0 || waiting > ENOUGH)) { // else it comes by itself
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

  /** Has something done on the thread, after all that was added before; false if never. */
  boolean add(Runnable task) {
    synchronized (this) {
      if (failure != null || closing) {
        return false;
      }
      tasks.add(task);
    }
    TurnThread.wake(sleeper);
    return true;
  }

  /** What is there has gathered long enough. */
  void hurry() {
    synchronized (this) {
      hurried = true;
    }
    TurnThread.wake(sleeper);
  }

  /** Nothing more is to come. */
  void close() {
    synchronized (this) {
      closing = true;
    }
    wake();
  }

  private synchronized void wake() {
    if (idle) {
      idle = false;
      notifyAll();
    }
  }

  long appended() {
    return appended;
  }

  long waiting() {
    return waiting;
  }

  /** How many changes wait, at most. */
  long mostWaiting() {
    return waiting / OVERHEAD;
  }

  @Nullable KvException failure() {
    return failure;
  }

  // --- What is taken
  // ------------------------------------------------------------------------------

  /**
   * Takes all there is, once it is time; or nothing, at that moment.
   *
   * @param moment when it is time for something else; 0 for never
   */
  synchronized Taken take(long moment) {
    gatherUntil = 0;
    while (!isTimeToAppend() && tasks.isEmpty() && !closing && !isOver(moment)) {
      idle = true;
      try {
        wait(millisUntil(gatherUntil == 0 || isBefore(moment) ? moment : gatherUntil));
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt it.
      }
    }
    idle = false;
    hurried = false;
    var taken = new Taken(queue, appended, waiting, tasks, closing);
    queue = new ArrayList<>(Math.min(queue.size(), 10_000));
    tasks = tasks.isEmpty() ? tasks : new ArrayList<>();
    return taken;
  }

  private boolean isTimeToAppend() {
    if (queue.isEmpty()) {
      return false;
    }
    if (!gathers || hurried || waiting > ENOUGH) {
      return true;
    }
    if (gatherUntil == 0) {
      gatherUntil = moment(GATHER_NANOS);
    }
    return isOver(gatherUntil);
  }

  /** The moment so long from now, which is never 0. */
  static long moment(long nanos) {
    return System.nanoTime() + nanos | 1;
  }

  /** Whether this moment is over; false if it is 0, for never. */
  static boolean isOver(long moment) {
    return moment != 0 && System.nanoTime() - moment >= 0;
  }

  private boolean isBefore(long moment) {
    return moment != 0 && moment - gatherUntil < 0;
  }

  /** How long to wait for a moment; 0, for without an end, if it never comes. */
  private static long millisUntil(long moment) {
    if (moment == 0) {
      return 0;
    }
    return 1 + Math.max(0, TimeUnit.NANOSECONDS.toMillis(moment - System.nanoTime()));
  }

  /** What was taken is with the engine. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // no other thread writes it without the lock
  synchronized void done(Taken taken) {
    waiting -= taken.bytes;
  }

  /** Nothing is taken any more; gives the tasks that nobody has done. */
  synchronized List<Runnable> fail(KvException why) {
    failure = why;
    queue = new ArrayList<>();
    waiting = 0;
    return tasks;
  }
}
