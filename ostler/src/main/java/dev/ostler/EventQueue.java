package dev.ostler;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Events that wait, and the one thread that does something with each: makes them, logs them, or
 * tells them to a subscriber.
 *
 * <p>Any thread may add one, also one that is dying, or has no memory or stack left: that never
 * blocks and never throws. If more than {@value #MOST} wait, new ones are dropped and counted.
 */
final class EventQueue {
  /*
   * put pushes an entry on a stack (Treiber, 1986), whose entries know how deep it is. The thread
   * takes the whole stack and reverses it. So neither side ever waits for the other.
   *
   *   null  -> entry   put: the thread is unparked
   *   entry -> entry   put: the thread is at work, and looks again before it parks
   *   entry -> null    the thread takes all
   *
   * The thread survives whatever it runs. If it could not be started for lack of memory, the
   * entries wait, and each later put tries again.
   *
   * Who starts the thread sets it first, since it may end at once. Between the two steps others put,
   * and end, as if it lived: it looks at the stack when it begins. When it has ended again before
   * its starter lets go of starting, what was put meanwhile could start no other: so the starter
   * looks once more.
   */
  static final int MOST = 1_000;

  /** The bound for what is logged: starts and ends, which may be very many, leave room for it. */
  static final int MOST_URGENT = 2 * MOST;

  /** Something to be done by the thread. The queue has let go of it when its job runs. */
  static final class Entry {
    private final Runnable job;
    private @Nullable Entry next;
    private int depth;

    Entry(Runnable job) {
      this.job = job;
    }
  }

  // Touched by any thread.
  private final AtomicReference<@Nullable Entry> newest = new AtomicReference<>();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicBoolean starting = new AtomicBoolean();
  private volatile @Nullable Thread thread;

  /** How long an end waits before it looks again whether the thread has been started. */
  private static final long A_MOMENT_NANOS = 100_000;

  private boolean ends; // touched by the thread

  private final String name;
  private final LongConsumer tellDropped;

  /**
   * An empty queue.
   *
   * @param name the thread's
   * @param tellDropped gets the number of dropped entries, on the thread; if it throws, it is
   *     called again
   */
  EventQueue(String name, LongConsumer tellDropped) {
    this.name = name;
    this.tellDropped = tellDropped;
  }

  /** Has the thread do something after all that was put before; drops it if there is too much. */
  void put(Runnable job) {
    try {
      put(new Entry(job));
    } catch (Throwable failed) {
      drop();
    }
  }

  /** As {@link #put(Runnable)}, with an entry that was made ahead. False if it was dropped. */
  boolean put(Entry entry) {
    return put(entry, MOST);
  }

  /** As {@link #put(Entry)}, unless that many wait already. */
  boolean put(Entry entry, int most) {
    if (push(entry, most)) {
      return true;
    }
    drop();
    return false;
  }

  /** One was lost. */
  void drop() {
    try {
      dropped.incrementAndGet();
    } catch (Throwable failed) {
      // The stack is at its end; this one is not counted.
    }
  }

  /** Waits until all that was put before is done; false if it is not, within the time. */
  boolean flush(long nanos) {
    if (isHere()) {
      return false;
    }
    var done = new CountDownLatch(1);
    push(new Entry(done::countDown), Integer.MAX_VALUE);
    try {
      return done.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether the current thread is its thread. */
  boolean isHere() {
    return Thread.currentThread() == thread;
  }

  private boolean push(Entry entry, int most) {
    Entry seen;
    do {
      seen = newest.get();
      entry.next = seen;
      entry.depth = seen == null ? 1 : seen.depth + 1;
      if (entry.depth > most) {
        return false;
      }
    } while (!newest.compareAndSet(seen, entry));
    try {
      wake();
    } catch (Throwable failed) {
      // The stack is at its end. The next put wakes the thread.
    }
    return true;
  }

  /**
   * Ends the thread once all that was put before is done; false if it does not end within the time.
   * A later put starts another.
   */
  boolean end(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    Thread running = thread;
    if (running == null || !lives(running)) {
      return true;
    }
    endSoon();
    while (running.getState() == Thread.State.NEW) {
      if (thread != running || System.nanoTime() - start > nanos) {
        return thread != running; // it could not be started
      }
      TimedPark.park(this, A_MOMENT_NANOS);
    }
    return running.join(Duration.ofNanos(Math.max(1, nanos - (System.nanoTime() - start))));
  }

  /** Whether it runs, or is about to be started. */
  private static boolean lives(Thread thread) {
    return thread.getState() != Thread.State.TERMINATED;
  }

  /** Lets the thread end once all that was put before is done. A later put starts another. */
  void endSoon() {
    Thread running = thread;
    if (running != null && lives(running)) {
      push(new Entry(() -> ends = true), Integer.MAX_VALUE);
    }
  }

  /** Starts the thread, so that it is there when memory is short. */
  void wake() {
    Thread running = thread;
    if (running != null && lives(running)) {
      LockSupport.unpark(running);
      return;
    }
    boolean started = true;
    while (started && !isThere() && starting.compareAndSet(false, true)) {
      try {
        started = isThere() || start();
      } finally {
        starting.set(false);
      }
      if (newest.get() == null) {
        return;
      }
    }
  }

  private boolean isThere() {
    Thread running = thread;
    return running != null && lives(running);
  }

  /** False if there is no memory for a thread; the next put tries again. */
  private boolean start() {
    try {
      Thread started = Threads.daemon(name, this::run);
      thread = started;
      started.start();
      return true;
    } catch (Throwable failed) {
      thread = null;
      return false;
    }
  }

  // --- The thread's own side ---

  private void run() {
    Entry oldest = null;
    while (true) {
      try {
        if (oldest == null) {
          oldest = takeAll();
        }
        if (dropped.get() > 0) {
          sayDropped();
        }
        if (oldest == null && ends) {
          leave();
          return;
        }
        if (oldest == null) {
          LockSupport.park(this);
          Thread.interrupted(); // an interrupt has no meaning here, and it would never park again
        } else {
          Runnable job = oldest.job;
          oldest = oldest.next;
          job.run();
        }
      } catch (Throwable failed) {
        drop();
      }
    }
  }

  private void leave() {
    ends = false;
    thread = null;
    if (newest.get() != null) { // put meanwhile, by a thread that saw this one alive
      wake();
    }
  }

  private @Nullable Entry takeAll() {
    Entry each = newest.getAndSet(null);
    Entry oldest = null;
    while (each != null) {
      Entry before = each.next;
      each.next = oldest;
      oldest = each;
      each = before;
    }
    return oldest;
  }

  private void sayDropped() {
    long count = dropped.getAndSet(0);
    try {
      tellDropped.accept(count);
    } catch (Throwable failed) {
      dropped.addAndGet(count); // it is said after the next event
    }
  }
}
