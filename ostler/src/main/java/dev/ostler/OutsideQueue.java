package dev.ostler;

import org.jspecify.annotations.Nullable;

/**
 * Some of the tasks of {@link Scheduler} that no worker has yet: those that come from threads that
 * are none of its own, and what is taken from a worker that is stuck. First in, first out. Any
 * thread may use it. {@link OutsideQueues} has several.
 */
final class OutsideQueue {
  /*
   * A ring under the queue's lock. Like RunQueue's, it grows before it is full, and goes back to the
   * first one, which is kept, when it is empty. So adding a task needs no memory as a rule.
   */
  private static final int FIRST = 1024; // powers of two
  private static final int MOST = 1 << 28;

  // Under the lock.
  private final @Nullable Runnable[] first;
  private @Nullable Runnable[] ring;
  private int head;

  private volatile int count; // written under the lock

  OutsideQueue() {
    this(FIRST);
  }

  OutsideQueue(int length) {
    first = new @Nullable Runnable[length];
    ring = first;
  }

  /** Adds a task at the end. If it throws, there was no memory, and the task is not added. */
  synchronized void add(Runnable task) {
    reserve();
    int waiting = count;
    ring[(head + waiting) & (ring.length - 1)] = task;
    count = waiting + 1;
  }

  /** Makes sure that there is room for one more. */
  private void reserve() {
    int waiting = count;
    if (waiting >= ring.length - (ring.length >> 2)) {
      makeRoom(waiting);
    }
  }

  private void makeRoom(int waiting) {
    try {
      if (ring.length == MOST) {
        throw new OutOfMemoryError("too many threads wait for their turn");
      }
      @Nullable Runnable[] larger = new @Nullable Runnable[2 * ring.length];
      for (int i = 0; i < waiting; i++) {
        larger[i] = ring[(head + i) & (ring.length - 1)];
      }
      ring = larger;
      head = 0;
    } catch (OutOfMemoryError e) {
      if (waiting == ring.length) {
        throw e;
      } // else there is room, and the next one tries again
    }
  }

  /** Moves up to so many tasks here from a worker's queue. */
  synchronized void addFrom(RunQueue queue, int most) {
    for (int i = 0; i < most; i++) {
      try {
        reserve();
      } catch (OutOfMemoryError e) {
        return; // the rest stays where it is
      }
      Runnable task = queue.steal();
      if (task == null) {
        return;
      }
      add(task);
    }
  }

  /** Takes the task that waits longest; null if there is none. */
  @Nullable Runnable poll() {
    return count == 0 ? null : take();
  }

  private synchronized @Nullable Runnable take() {
    int waiting = count;
    if (waiting == 0) {
      return null;
    }
    Runnable task = ring[head];
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    count = waiting - 1;
    if (waiting == 1) {
      ring = first;
      head = 0;
    }
    return task;
  }

  boolean isEmpty() {
    return count == 0;
  }

  int size() {
    return count;
  }
}
